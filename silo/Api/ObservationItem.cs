using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>An observation as HTTP carries it. Immutable.</summary>
public sealed record ObservationItem
{
    /// <summary>Gets the symbol; obligatory in an array and in NDJSON, left out in a batch of one symbol.</summary>
    public string? Symbol { get; init; }

    /// <summary>Gets what is reported.</summary>
    public required ObservationKind Kind { get; init; }

    /// <summary>Gets when it was observed; left out: stamped on arrival.</summary>
    public Timestamp At { get; init; }

    /// <summary>Gets the stage, feature, order id or price source; 1 to 64 characters.</summary>
    public string? Subject { get; init; }

    /// <summary>Gets latency or pending age in milliseconds, feature value, price or position.</summary>
    public double? Value { get; init; }

    /// <summary>Gets how an order ended; only for an outcome.</summary>
    public OutcomeKind? Outcome { get; init; }

    /// <summary>Gets the sent or exchange time of a latency given by both times.</summary>
    public Timestamp Sent { get; init; }

    /// <summary>Gets the received time of a latency given by both times.</summary>
    public Timestamp Received { get; init; }

    /// <summary>Gets the signed size of an order or fill.</summary>
    public double? Quantity { get; init; }

    /// <summary>Gets outcome code, order id of a fill, or clock source of a latency.</summary>
    public string? Text { get; init; }

    /// <summary>Finds what a default would hide; null when nothing.</summary>
    /// <param name="index">The item's index, for the error.</param>
    internal ItemError? Check(int index)
    {
        if (Outcome is not null && Kind != ObservationKind.Outcome)
            return new ItemError(index, "outcome", Outcome.Value.ToString(), "given only where kind is outcome");
        if (Kind == ObservationKind.Outcome && Outcome is null)
            return new ItemError(index, "outcome", string.Empty, JsonNames.Of<OutcomeKind>());
        if (Kind is ObservationKind.Order or ObservationKind.Fill && Quantity is null)
            return new ItemError(index, "quantity", string.Empty, "a signed number");
        return null;
    }

    /// <summary>Makes the grain's message; a value left out becomes NaN, which no guardrail takes for data.</summary>
    public Observation ToObservation() => new()
    {
        Kind = Kind,
        At = At.HasValue || Kind != ObservationKind.Latency ? At : Received,
        Subject = Subject ?? (Kind == ObservationKind.Time ? "time" : string.Empty),
        Value = Outcome is { } outcome ? (double)outcome : Value ?? (Kind == ObservationKind.Time ? 0 : double.NaN),
        Sent = Sent,
        Received = Received,
        Quantity = Quantity ?? 0,
        Text = Text,
    };
}

/// <summary>A batch of one producer and one symbol as HTTP carries it. Immutable.</summary>
public sealed record ObservationBody
{
    /// <summary>Gets the symbol, with <c>@session</c> where it is not live.</summary>
    public required string Symbol { get; init; }

    /// <summary>Gets the producer's name; left out: not numbered.</summary>
    public string? Producer { get; init; }

    /// <summary>Gets the epoch that <c>POST /producers</c> issued; 0: not numbered, repeats are not seen.</summary>
    public long ProducerEpoch { get; init; }

    /// <summary>Gets the sequence of the first item, from 1.</summary>
    public long FirstSequence { get; init; }

    /// <summary>Gets how many items the producer dropped just before the first.</summary>
    public long Skipped { get; init; }

    /// <summary>Gets the items, at most 5,000.</summary>
    public required ObservationItem[] Items { get; init; }
}

/// <summary>How one item was taken. Immutable.</summary>
/// <param name="Index">Its index in the array or among the lines, from 0.</param>
/// <param name="Symbol">Its symbol; null where it could not be read.</param>
/// <param name="Accepted">Whether it was folded.</param>
/// <param name="Field">The field at fault; null when it was taken.</param>
/// <param name="Value">What was given.</param>
/// <param name="Limit">What is allowed.</param>
public sealed record ItemResult(
    int Index, string? Symbol, bool Accepted, string? Field = null, string? Value = null, string? Limit = null);

/// <summary>The answer to items of any symbols. Immutable.</summary>
/// <param name="Accepted">How many were folded.</param>
/// <param name="Refused">How many were refused; their neighbours were folded.</param>
/// <param name="Items">One result an item, in their order.</param>
public sealed record ObservationsResult(int Accepted, int Refused, IReadOnlyList<ItemResult> Items);
