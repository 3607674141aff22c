using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>Which way an order goes.</summary>
public enum OrderSide : byte
{
    /// <summary>Buys.</summary>
    Buy = 0,

    /// <summary>Sells.</summary>
    Sell = 1,
}

/// <summary>What is to be done.</summary>
public enum OrderAction : byte
{
    /// <summary>A new order.</summary>
    New = 0,

    /// <summary>A change of a resting order.</summary>
    Replace = 1,

    /// <summary>A cancel: always passes.</summary>
    Cancel = 2,
}

/// <summary>An order that asks whether it may go out.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("guardian.order-request")]
public sealed record OrderRequest
{
    /// <summary>Gets the client's order id, up to 64 characters; a probe's permit is bound to it.</summary>
    [Id(0)] public string? OrderId { get; init; }

    /// <summary>Gets the strategy that sends it; holds of that strategy apply.</summary>
    [Id(1)] public string? Strategy { get; init; }

    /// <summary>Gets the account.</summary>
    [Id(2)] public string? Account { get; init; }

    /// <summary>Gets what is to be done.</summary>
    [Id(3)] public OrderAction Action { get; init; }

    /// <summary>Gets the side.</summary>
    [Id(4)] public OrderSide Side { get; init; }

    /// <summary>Gets the size, in units of the symbol, &gt; 0 for anything but a cancel.</summary>
    [Id(5)] public double Quantity { get; init; }

    /// <summary>Gets the limit price; null for a market order.</summary>
    [Id(6)] public double? Price { get; init; }

    /// <summary>Gets whether the order is marked as one that may only shrink the position.</summary>
    [Id(7)] public bool ReduceOnly { get; init; }

    /// <summary>Gets the order's own time; obligatory only in a session on recorded time.</summary>
    [Id(8)] public Timestamp At { get; init; }
}

/// <summary>The answer to one order.</summary>
/// <remarks>What is 0 or null is not sent, so nothing else may be what a field starts with.</remarks>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("guardian.decision")]
public sealed record Decision
{
    /// <summary>Gets whether the order may go out.</summary>
    [Id(0)] public bool Allowed { get; init; }

    /// <summary>
    /// Gets the stable code: <c>allowed</c>, <c>allowed.cancel</c>, <c>allowed.probe</c>, <c>denied.halted</c> …
    /// </summary>
    [Id(1)] public required string Code { get; init; }

    /// <summary>Gets why, with numbers and limits; empty when nothing speaks against the order.</summary>
    [Id(2)] public Reason[] Reasons { get; init; } = [];

    /// <summary>Gets the effective trading state, the strictest over the scopes.</summary>
    [Id(3)] public TradingState TradingState { get; init; }

    /// <summary>Gets the fraction of its size the order may have, 0 to 1.</summary>
    [Id(4)] public required double SizeFactor { get; init; }

    /// <summary>Gets the permit of a probe order; null otherwise.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Permit? Permit { get; init; }

    /// <summary>
    /// Gets the earliest time at which the denial can lift by itself; none when only a person can lift it.
    /// </summary>
    [Id(6)] public Timestamp Until { get; init; }

    /// <summary>Gets the epoch of the guardian that decided.</summary>
    [Id(7)] public Epoch Epoch { get; init; }

    /// <summary>Gets the sequence of the last event the decision rests on.</summary>
    [Id(8)] public long Sequence { get; init; }

    /// <summary>Gets what is wrong with the order itself; null when nothing is.</summary>
    [Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Message { get; init; }
}

/// <summary>Leave for one probe order while the breaker is half open.</summary>
/// <param name="Id">The order's id, or one made for it; report the order's outcome under it.</param>
/// <param name="Epoch">The guardian's epoch; a permit of another epoch counts for nothing.</param>
/// <param name="Until">When the lease ends; a later outcome counts for nothing.</param>
[GenerateSerializer, Immutable, Alias("guardian.permit")]
public sealed record Permit(
    [property: Id(0)] string Id,
    [property: Id(1)] Epoch Epoch,
    [property: Id(2)] Timestamp Until);
