namespace Guardian.Contracts;

/// <summary>The drift of one feature over all symbols of a session.</summary>
/// <remarks>
/// Counts are added by rank of the bin, each symbol's within its own reference, so scales need not agree; those with
/// another number of bins than most are left out. What moves up at one symbol and down at another may cancel in the
/// sum: the worst symbol and the counts by level stand beside it for that.
/// </remarks>
[GenerateSerializer, Immutable, Alias("guardian.feature-drift")]
public sealed record FeatureDrift
{
    /// <summary>Gets the feature.</summary>
    [Id(0)] public required string Feature { get; init; }

    /// <summary>Gets the number of symbols that observe it.</summary>
    [Id(1)] public int Symbols { get; init; }

    /// <summary>Gets the number of symbols whose counts are in the sum.</summary>
    [Id(2)] public int Merged { get; init; }

    /// <summary>Gets the PSI of the summed counts; null while there is nothing to compare.</summary>
    [Id(3)] public double? Psi { get; init; }

    /// <summary>Gets the PSI that chance alone exceeds once in 1,000 times; null while there is none.</summary>
    [Id(4)] public double? NoiseLine { get; init; }

    /// <summary>Gets the number of values in the references of the sum.</summary>
    [Id(5)] public long ReferenceCount { get; init; }

    /// <summary>Gets the number of values in the windows of the sum.</summary>
    [Id(6)] public long WindowCount { get; init; }

    /// <summary>Gets the symbol with the largest PSI; null while none has one.</summary>
    [Id(7)] public string? WorstSymbol { get; init; }

    /// <summary>Gets the largest PSI of a symbol; null while none has one.</summary>
    [Id(8)] public double? WorstPsi { get; init; }

    /// <summary>Gets the number of symbols by level.</summary>
    [Id(9)] public Dictionary<Level, int> ByLevel { get; init; } = [];
}

/// <summary>A guardrail that warns, or is in breach, at many symbols at once.</summary>
[GenerateSerializer, Immutable, Alias("guardian.correlated-warning")]
public sealed record CorrelatedWarning
{
    /// <summary>Gets the guardrail.</summary>
    [Id(0)] public required string Guardrail { get; init; }

    /// <summary>Gets how many symbols warn, now or in the last 10 s.</summary>
    [Id(1)] public int Symbols { get; init; }

    /// <summary>Gets how many symbols there are.</summary>
    [Id(2)] public int Of { get; init; }

    /// <summary>Gets since when it is so, session time.</summary>
    [Id(3)] public Timestamp Since { get; init; }

    /// <summary>Gets the first of the symbols by name, at most ten.</summary>
    [Id(4)] public string[] Examples { get; init; } = [];
}

/// <summary>The level of one reading.</summary>
/// <param name="Guardrail">The guardrail.</param>
/// <param name="Subject">The stage, feature or rule.</param>
/// <param name="Level">The level.</param>
[GenerateSerializer, Immutable, Alias("guardian.subject-level")]
public sealed record SubjectLevel(
    [property: Id(0)] string Guardrail,
    [property: Id(1)] string Subject,
    [property: Id(2)] Level Level);

/// <summary>Counts by bin of a feature, which add up over symbols.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Reference">Counts of the reference.</param>
/// <param name="Window">Counts of the window, as many bins.</param>
[GenerateSerializer, Immutable, Alias("guardian.feature-counts")]
public sealed record FeatureCounts(
    [property: Id(0)] string Feature,
    [property: Id(1)] long[] Reference,
    [property: Id(2)] long[] Window);
