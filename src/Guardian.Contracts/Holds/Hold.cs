using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>A person's stop: what, how far and why.</summary>
[GenerateSerializer, Immutable, Alias("guardian.hold-request")]
public sealed record HoldRequest
{
    /// <summary>Gets the id, up to 64 characters; null: one is made. The same id twice is one hold.</summary>
    [Id(0)] public string? Id { get; init; }

    /// <summary>Gets how far it reaches.</summary>
    [Id(1)] public Scope Scope { get; init; }

    /// <summary>Gets the symbol key or strategy; empty for the portfolio.</summary>
    [Id(2)] public string Key { get; init; } = string.Empty;

    /// <summary>
    /// Gets the state it forces: <see cref="TradingState.Halted"/> or <see cref="TradingState.Reducing"/>.
    /// </summary>
    [Id(3)] public TradingState State { get; init; } = TradingState.Halted;

    /// <summary>Gets who holds, 1 to 64 characters.</summary>
    [Id(4)] public required string Actor { get; init; }

    /// <summary>Gets why, 1 to 512 characters.</summary>
    [Id(5)] public required string Reason { get; init; }

    /// <summary>Gets the session.</summary>
    [Id(6)] public string Session { get; init; } = SymbolName.Live;
}

/// <summary>A hold or latch on the halt board, or its tombstone once it has been released.</summary>
[GenerateSerializer, Immutable, Alias("guardian.hold")]
public sealed record Hold
{
    /// <summary>Gets the id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Gets how far it reaches.</summary>
    [Id(1)] public Scope Scope { get; init; }

    /// <summary>Gets the symbol key or strategy; empty for the portfolio.</summary>
    [Id(2)] public string Key { get; init; } = string.Empty;

    /// <summary>Gets the session.</summary>
    [Id(3)] public string Session { get; init; } = SymbolName.Live;

    /// <summary>Gets the state it forces.</summary>
    [Id(4)] public TradingState State { get; init; }

    /// <summary>Gets who held.</summary>
    [Id(5)] public required string Actor { get; init; }

    /// <summary>Gets why.</summary>
    [Id(6)] public required string Reason { get; init; }

    /// <summary>Gets since when.</summary>
    [Id(7)] public Timestamp Since { get; init; }

    /// <summary>Gets when it was released; none while it is open.</summary>
    [Id(8)] public Timestamp ReleasedAt { get; init; }

    /// <summary>Gets who released it; null while it is open.</summary>
    [Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ReleasedBy { get; init; }

    /// <summary>Gets why it was released; null while it is open.</summary>
    [Id(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ReleaseReason { get; init; }

    /// <summary>Gets what it is: a latch is ended by the symbol's reset and not by a release.</summary>
    [Id(11)] public HaltKind Kind { get; init; }

    /// <summary>Gets the episode in which a symbol latched; 0 for a hold.</summary>
    [Id(12)] public long Episode { get; init; }

    /// <summary>Gets whether it is open.</summary>
    [JsonIgnore] public bool IsOpen => !ReleasedAt.HasValue;
}

/// <summary>The release of a hold.</summary>
[GenerateSerializer, Immutable, Alias("guardian.release-request")]
public sealed record ReleaseRequest
{
    /// <summary>Gets the hold's id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Gets who releases, 1 to 64 characters.</summary>
    [Id(1)] public required string Actor { get; init; }

    /// <summary>Gets why, 1 to 512 characters.</summary>
    [Id(2)] public required string Reason { get; init; }
}

/// <summary>The reset of a latched breaker.</summary>
[GenerateSerializer, Immutable, Alias("guardian.reset-request")]
public sealed record ResetRequest
{
    /// <summary>Gets the episode that is meant: a newer trip voids the reset.</summary>
    [Id(0)] public long Episode { get; init; }

    /// <summary>Gets who resets, 1 to 64 characters.</summary>
    [Id(1)] public required string Actor { get; init; }

    /// <summary>Gets why, 1 to 512 characters.</summary>
    [Id(2)] public required string Reason { get; init; }
}

/// <summary>A second person's consent to a reset, within 15 minutes, bound to the exact episode.</summary>
[GenerateSerializer, Immutable, Alias("guardian.approval-request")]
public sealed record ApprovalRequest
{
    /// <summary>Gets the id of what is to be approved.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Gets who approves; must be another person than the one who asked.</summary>
    [Id(1)] public required string Actor { get; init; }

    /// <summary>Gets why.</summary>
    [Id(2)] public required string Reason { get; init; }
}

/// <summary>The answer to an action of a person.</summary>
[GenerateSerializer, Immutable, Alias("guardian.action-result")]
public sealed record ActionResult
{
    /// <summary>Gets whether it was done (or had been done before).</summary>
    [Id(0)] public bool Done { get; init; }

    /// <summary>
    /// Gets the stable code, such as <c>held</c>, <c>released</c>, <c>unknown-hold</c>, <c>invalid</c>.
    /// </summary>
    [Id(1)] public required string Code { get; init; }

    /// <summary>Gets the id of the hold, approval or alert; null where there is none.</summary>
    [Id(2)] public string? Id { get; init; }

    /// <summary>Gets what is wrong and what to do; null when it was done.</summary>
    [Id(3)] public string? Message { get; init; }

    /// <summary>Gets how safely it rests.</summary>
    [Id(4)] public Durability Durable { get; init; }
}
