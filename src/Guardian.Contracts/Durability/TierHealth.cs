namespace Guardian.Contracts;

/// <summary>How one tier of one silo is.</summary>
[GenerateSerializer, Immutable, Alias("guardian.tier-health")]
public sealed record TierHealth
{
    /// <summary>Gets the tier: <c>L1</c>, <c>L2</c>, <c>L3</c> or <c>grain-storage</c>.</summary>
    [Id(0)] public required string Tier { get; init; }

    /// <summary>
    /// Gets what it is made of: <c>memory</c>, <c>sqlite</c>, <c>redis</c>, <c>postgresql</c>, <c>timescaledb</c>.
    /// </summary>
    [Id(1)] public required string Store { get; init; }

    /// <summary>Gets whether it takes what it is given.</summary>
    [Id(2)] public bool Healthy { get; init; }

    /// <summary>Gets the number of events it lacks.</summary>
    [Id(3)] public long LagEvents { get; init; }

    /// <summary>Gets the age of the oldest event it lacks, in seconds; what a loss now would cost (RPO).</summary>
    [Id(4)] public double LagSeconds { get; init; }

    /// <summary>Gets the number of events that went unrecorded for want of room.</summary>
    [Id(5)] public long Unrecorded { get; init; }

    /// <summary>Gets the last error in words; null when there is none.</summary>
    [Id(6)] public string? LastError { get; init; }
}

/// <summary>How durable the whole is now.</summary>
[GenerateSerializer, Immutable, Alias("guardian.durability-report")]
public sealed record DurabilityReport
{
    /// <summary>Gets the tiers.</summary>
    [Id(0)] public TierHealth[] Tiers { get; init; } = [];

    /// <summary>Gets when the tiers were last compared; none: never.</summary>
    [Id(1)] public Timestamp LastCheck { get; init; }

    /// <summary>Gets when a recovery was last tried; none: never.</summary>
    [Id(2)] public Timestamp LastRecoveryDrill { get; init; }

    /// <summary>Gets how many differences the last comparison found; 0 also when there was none.</summary>
    [Id(3)] public long LastCheckDifferences { get; init; }

    /// <summary>Gets the size of the local file in use, in bytes.</summary>
    [Id(4)] public long JournalBytes { get; init; }

    /// <summary>Gets the size at which the local file is full, in bytes; the last tenth is kept for state.</summary>
    [Id(5)] public long JournalBytesLimit { get; init; }

    /// <summary>Gets how many rows a tier could not store and were set apart with the reason.</summary>
    [Id(6)] public long ParkedRows { get; init; }

    /// <summary>Gets how many of the unrecorded entries were not samples.</summary>
    [Id(7)] public long UnrecordedState { get; init; }

    /// <summary>Gets the paths under which damaged files were set aside since this silo started.</summary>
    [Id(8)] public string[] SetAside { get; init; } = [];

    /// <summary>Gets what was found damaged since this silo started, in words; the first hundred.</summary>
    [Id(9)] public string[] Damages { get; init; } = [];

    /// <summary>Gets how the log of human actions is.</summary>
    [Id(10)] public AuditState Audit { get; init; } = new();

    /// <summary>Gets the seconds of events that a loss of this process now would cost (RPO).</summary>
    [Id(11)] public double RpoSeconds { get; init; }

    /// <summary>Gets the entries that went unrecorded, by the limit that refused them; only those with any.</summary>
    [Id(12)] public UnrecordedCount[] UnrecordedBy { get; init; } = [];
}

/// <summary>How many journal entries one limit refused since the silo started. Immutable.</summary>
/// <param name="Limit">The option, such as <c>BacklogEntries</c>.</param>
/// <param name="Entries">Entries; judged, but not recorded.</param>
[GenerateSerializer, Immutable, Alias("guardian.unrecorded-count")]
public sealed record UnrecordedCount([property: Id(0)] string Limit, [property: Id(1)] long Entries);
