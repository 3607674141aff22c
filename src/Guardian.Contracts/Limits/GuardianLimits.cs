namespace Guardian.Contracts;

/// <summary>By which rules a guardian judges: a committed profile and what differs from it.</summary>
[GenerateSerializer, Immutable, Alias("guardian.limits")]
public sealed record GuardianLimits
{
    /// <summary>Gets the profile: <c>default</c>, <c>feed</c>, <c>orders</c> or <c>bars</c>.</summary>
    [Id(0)] public string Profile { get; init; } = "default";

    /// <summary>Gets what differs, such as <c>Latency:Limit</c> → <c>00:00:00.2</c>.</summary>
    [Id(1)] public Dictionary<string, string> Overrides { get; init; } = [];

    /// <summary>Gets the hash of the resulting options; guards against lost updates when given back.</summary>
    [Id(2)] public string? ETag { get; init; }
}

/// <summary>A change of limits.</summary>
[GenerateSerializer, Immutable, Alias("guardian.limits-request")]
public sealed record LimitsRequest
{
    /// <summary>Gets the new limits.</summary>
    [Id(0)] public required GuardianLimits Limits { get; init; }

    /// <summary>Gets who changes them, 1 to 64 characters.</summary>
    [Id(1)] public required string Actor { get; init; }

    /// <summary>Gets why, 1 to 512 characters.</summary>
    [Id(2)] public required string Reason { get; init; }
}

/// <summary>A new drift reference for a feature.</summary>
[GenerateSerializer, Immutable, Alias("guardian.rebaseline-request")]
public sealed record RebaselineRequest
{
    /// <summary>Gets the feature.</summary>
    [Id(0)] public required string Feature { get; init; }

    /// <summary>Gets the reference values; null: learn anew from the next ones.</summary>
    [Id(1)] public double[]? Values { get; init; }

    /// <summary>Gets who asks, 1 to 64 characters.</summary>
    [Id(2)] public required string Actor { get; init; }

    /// <summary>Gets why, 1 to 512 characters.</summary>
    [Id(3)] public required string Reason { get; init; }
}

/// <summary>A position as its owner knows it.</summary>
/// <param name="Account">The account.</param>
/// <param name="Quantity">Signed size: positive long, negative short.</param>
/// <param name="At">As of when; none: now.</param>
[GenerateSerializer, Immutable, Alias("guardian.position")]
public sealed record Position(
    [property: Id(0)] string Account,
    [property: Id(1)] double Quantity,
    [property: Id(2)] Timestamp At);
