namespace Guardian.Simulation.Planting;

/// <summary>The deliberate faults by name.</summary>
internal static class PlantedFaults
{
    private static readonly SortedDictionary<string, Func<Plant>> All = new(StringComparer.Ordinal)
    {
    };

    internal static IEnumerable<string> Names => All.Keys;

    internal static Plant Make(string? name) => name is null ? new Plant() : All[name]();
}
