using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>What a key may do; each role includes none of the others.</summary>
public enum Role : byte
{
    /// <summary>Reads.</summary>
    Viewer = 0,

    /// <summary>Checks, observes, holds.</summary>
    Trader = 1,

    /// <summary>Releases, resets, changes limits, silences.</summary>
    Operator = 2,

    /// <summary>Approves as the second person.</summary>
    Approver = 3,

    /// <summary>Manages keys; silences P0.</summary>
    Admin = 4,
}

/// <summary>A key to the API, without its secret.</summary>
[GenerateSerializer, Immutable, Alias("guardian.api-key")]
public sealed record ApiKey
{
    /// <summary>Gets the id: the middle part of <c>gk_ID_SECRET</c>.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Gets whose it is.</summary>
    [Id(1)] public required string Owner { get; init; }

    /// <summary>Gets what it may do.</summary>
    [Id(2)] public Role[] Roles { get; init; } = [];

    /// <summary>Gets when it was made.</summary>
    [Id(3)] public Timestamp CreatedAt { get; init; }

    /// <summary>Gets when it ends; none: never.</summary>
    [Id(4)] public Timestamp ExpiresAt { get; init; }

    /// <summary>Gets the whole key; given once, when it is made.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Secret { get; init; }
}
