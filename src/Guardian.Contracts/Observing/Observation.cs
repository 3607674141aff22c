using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>What kind of thing a producer reports.</summary>
public enum ObservationKind : byte
{
    /// <summary>A latency sample of a stage.</summary>
    Latency = 1,

    /// <summary>A value of a feature.</summary>
    Feature = 2,

    /// <summary>The end of an order.</summary>
    Outcome = 3,

    /// <summary>The age of the oldest unanswered order.</summary>
    Pending = 4,

    /// <summary>An order was sent.</summary>
    Order = 5,

    /// <summary>An order was filled, wholly or partly.</summary>
    Fill = 6,

    /// <summary>A price was seen.</summary>
    Price = 7,

    /// <summary>The position as its owner knows it.</summary>
    Position = 8,

    /// <summary>Time passed and nothing else: moves the clock of a session on recorded time.</summary>
    Time = 9,
}

/// <summary>How an order ended.</summary>
public enum OutcomeKind : byte
{
    /// <summary>Accepted and done.</summary>
    Ok = 0,

    /// <summary>Refused by the venue for a reason of the order's.</summary>
    Rejected = 1,

    /// <summary>Failed for a reason of the venue's or the way to it.</summary>
    Error = 2,

    /// <summary>Not answered in time.</summary>
    Timeout = 3,
}

/// <summary>One thing a producer reports about a symbol. Make it by the factory methods. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("guardian.observation")]
public readonly record struct Observation
{
    /// <summary>Gets what is reported.</summary>
    [Id(0)] public ObservationKind Kind { get; init; }

    /// <summary>
    /// Gets when it was observed; none: stamped on arrival. Obligatory in a session on recorded time.
    /// </summary>
    [Id(1)] public Timestamp At { get; init; }

    /// <summary>Gets the stage, feature, order id or price source; 1 to 64 characters.</summary>
    [Id(2)] public string Subject { get; init; }

    /// <summary>Gets latency or pending age in milliseconds, feature value, price, position or outcome.</summary>
    [Id(3)] public double Value { get; init; }

    /// <summary>Gets the sent or exchange time of a latency given by both times.</summary>
    [Id(4)] public Timestamp Sent { get; init; }

    /// <summary>Gets the received time of a latency given by both times.</summary>
    [Id(5)] public Timestamp Received { get; init; }

    /// <summary>Gets the signed size of an order or fill: positive buys, negative sells.</summary>
    [Id(6)] public double Quantity { get; init; }

    /// <summary>Gets outcome code, order id of a fill, or clock source of a latency.</summary>
    [Id(7)] public string? Text { get; init; }

    /// <summary>Makes a latency sample from a duration.</summary>
    /// <param name="stage">Such as <c>market-data</c>, <c>decision</c>, <c>order-ack</c>, <c>fill</c>.</param>
    /// <param name="latency">Duration, ≥ 0.</param>
    /// <param name="at">When it was observed; none: stamped on arrival.</param>
    public static Observation Latency(string stage, TimeSpan latency, Timestamp at = default) => new()
    {
        Kind = ObservationKind.Latency, Subject = stage, Value = latency.TotalMilliseconds, At = at,
    };

    /// <summary>Makes a latency sample from both of its times, with the symbol's one source.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="sent">Sent or exchange time.</param>
    /// <param name="received">Received time by the receiver's clock; also when it was observed.</param>
    public static Observation Latency(string stage, Timestamp sent, Timestamp received) =>
        Latency(stage, sent, received, source: null);

    /// <summary>Makes a latency sample from both of its times.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="sent">Sent or exchange time.</param>
    /// <param name="received">Received time by the receiver's clock; also when it was observed.</param>
    /// <param name="source">Whose clock <paramref name="sent"/> is; null: the symbol's one source.</param>
    public static Observation Latency(string stage, Timestamp sent, Timestamp received, string? source) => new()
    {
        Kind = ObservationKind.Latency, Subject = stage, Value = double.NaN,
        Sent = sent, Received = received, At = received, Text = source,
    };

    /// <summary>Makes a feature value.</summary>
    public static Observation Feature(string name, double value, Timestamp at = default) =>
        new() { Kind = ObservationKind.Feature, Subject = name, Value = value, At = at };

    /// <summary>Makes the end of an order.</summary>
    /// <param name="orderId">The order's id, or the permit's where the order was a probe.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="code">The venue's code, if any.</param>
    /// <param name="at">When.</param>
    public static Observation Outcome(
        string orderId, OutcomeKind outcome, string? code = null, Timestamp at = default) =>
        new() { Kind = ObservationKind.Outcome, Subject = orderId, Value = (double)outcome, Text = code, At = at };

    /// <summary>Makes the age of the oldest unanswered order.</summary>
    /// <param name="stage">Gateway or stage the orders went through.</param>
    /// <param name="age">The age; zero when none is pending.</param>
    /// <param name="at">When.</param>
    public static Observation Pending(string stage, TimeSpan age, Timestamp at = default) =>
        new() { Kind = ObservationKind.Pending, Subject = stage, Value = age.TotalMilliseconds, At = at };

    /// <summary>Makes the mark that time passed.</summary>
    public static Observation Time(Timestamp at) =>
        new() { Kind = ObservationKind.Time, Subject = "time", At = at };

    /// <summary>Makes an order that was sent.</summary>
    public static Observation Order(string orderId, double quantity, double price, Timestamp at = default) => new()
    {
        Kind = ObservationKind.Order, Subject = orderId, Quantity = quantity, Value = price, At = at,
    };

    /// <summary>Makes a fill.</summary>
    public static Observation Fill(
        string fillId, string orderId, double quantity, double price, Timestamp at = default) =>
        new()
        {
            Kind = ObservationKind.Fill, Subject = fillId, Text = orderId, Quantity = quantity, Value = price, At = at,
        };

    /// <summary>Makes a price.</summary>
    public static Observation Price(string source, double price, Timestamp at = default) =>
        new() { Kind = ObservationKind.Price, Subject = source, Value = price, At = at };

    /// <summary>Makes a position as its owner knows it.</summary>
    public static Observation Position(string account, double quantity, Timestamp at = default) =>
        new() { Kind = ObservationKind.Position, Subject = account, Value = quantity, At = at };
}

/// <summary>Observations of one producer about one symbol, numbered without a gap.</summary>
[GenerateSerializer, Immutable, Alias("guardian.observation-batch")]
public sealed record ObservationBatch
{
    /// <summary>Most items in one batch.</summary>
    public const int MaximumItems = 5_000;

    /// <summary>Gets the producer's name, 1 to 64 characters.</summary>
    [Id(0)] public required string Producer { get; init; }

    /// <summary>
    /// Gets the epoch the server issued to the producer; 0: no numbering wanted, hence no protection.
    /// </summary>
    [Id(1)] public long ProducerEpoch { get; init; }

    /// <summary>Gets the sequence of the first item, per producer and symbol, from 1.</summary>
    [Id(2)] public long FirstSequence { get; init; }

    /// <summary>
    /// Gets how many items the producer dropped just before the first one; recorded as a gap of the source.
    /// </summary>
    [Id(3)] public long Skipped { get; init; }

    /// <summary>Gets the items, at most <see cref="MaximumItems"/>; none asks only how far the guardian is.</summary>
    [Id(4)] public required Observation[] Items { get; init; }
}

/// <summary>How a batch was taken.</summary>
public enum ObserveCode : byte
{
    /// <summary>Taken; single items may still have been refused.</summary>
    Accepted = 0,

    /// <summary>Taken before; nothing changed.</summary>
    Duplicate = 1,

    /// <summary>A gap that was not announced; nothing changed.</summary>
    Gap = 2,

    /// <summary>The producer's epoch is older than one already seen; nothing changed.</summary>
    StaleProducer = 3,

    /// <summary>The batch as a whole is not valid; nothing changed.</summary>
    Invalid = 4,
}

/// <summary>The answer to a batch.</summary>
[GenerateSerializer, Immutable, Alias("guardian.observe-result")]
public sealed record ObserveResult
{
    /// <summary>Gets how the batch was taken.</summary>
    [Id(0)] public ObserveCode Code { get; init; }

    /// <summary>Gets the last sequence that is folded.</summary>
    [Id(1)] public long AcceptedThrough { get; init; }

    /// <summary>Gets the last sequence that survives a crash; a lossless producer resends what is after it.</summary>
    [Id(2)] public long DurableThrough { get; init; }

    /// <summary>Gets the sequence that is expected next.</summary>
    [Id(3)] public long ExpectedSequence { get; init; }

    /// <summary>Gets the number of items folded.</summary>
    [Id(4)] public int Accepted { get; init; }

    /// <summary>Gets the items that were refused, each with its reason; their neighbours were folded.</summary>
    [Id(5)] public ItemError[] Errors { get; init; } = [];

    /// <summary>Gets what is wrong with the batch as a whole; null when nothing is.</summary>
    [Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Message { get; init; }
}

/// <summary>Why one item or field was refused.</summary>
/// <param name="Index">The item's index in its batch, from 0.</param>
/// <param name="Field">The field, such as <c>value</c>.</param>
/// <param name="Value">What was given.</param>
/// <param name="Limit">What is allowed.</param>
[GenerateSerializer, Immutable, Alias("guardian.item-error")]
public sealed record ItemError(
    [property: Id(0)] int Index,
    [property: Id(1)] string Field,
    [property: Id(2)] string Value,
    [property: Id(3)] string Limit);
