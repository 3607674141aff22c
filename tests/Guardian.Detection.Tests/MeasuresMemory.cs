namespace Guardian.Detection.Tests;

/// <summary>Tests that look at the whole process's memory run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuresMemory
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "measures memory";
}
