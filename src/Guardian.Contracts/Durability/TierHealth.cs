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
}

/// <summary>One entry of the hash-chained log of human actions.</summary>
[GenerateSerializer, Immutable, Alias("guardian.audit-entry")]
public sealed record AuditEntry
{
    /// <summary>Gets the writer whose chain it is in.</summary>
    [Id(0)] public required string Writer { get; init; }

    /// <summary>Gets its number in the chain, from 1.</summary>
    [Id(1)] public long Number { get; init; }

    /// <summary>Gets the wall time.</summary>
    [Id(2)] public Timestamp At { get; init; }

    /// <summary>Gets who acted.</summary>
    [Id(3)] public required string Actor { get; init; }

    /// <summary>Gets what was done, such as <c>hold</c>, <c>release</c>.</summary>
    [Id(4)] public required string Action { get; init; }

    /// <summary>Gets what it was done to.</summary>
    [Id(5)] public required string Target { get; init; }

    /// <summary>Gets why.</summary>
    [Id(6)] public required string Reason { get; init; }

    /// <summary>Gets the hash over this entry and the one before, hexadecimal.</summary>
    [Id(7)] public required string Hash { get; init; }
}
