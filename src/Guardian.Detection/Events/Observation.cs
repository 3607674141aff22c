namespace Guardian.Detection.Events;

/// <summary>What kind of thing a producer reports. Values are stored: never renumber.</summary>
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

    /// <summary>Time passed; nothing else happened. Moves the clock of a session on recorded time.</summary>
    Time = 9,
}

/// <summary>How an order ended. Values are stored: never renumber.</summary>
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

/// <summary>
/// One thing a producer reports about a symbol, as the fold takes it: flat, so that none is allocated.
/// </summary>
/// <param name="Kind">What is reported.</param>
/// <param name="At">Session time at which it is folded, Unix nanoseconds.</param>
/// <param name="Subject">Stage, feature, order id or source of a price; never null.</param>
/// <param name="Value">
/// Latency or pending age in milliseconds, feature value, price, position; for an outcome the numeric
/// <see cref="OutcomeKind"/>. NaN for a latency that is given by both times.
/// </param>
/// <param name="Sent">Sent or exchange time, Unix nanoseconds; 0 where the value is given instead.</param>
/// <param name="Received">Received time, Unix nanoseconds; 0 where the value is given instead.</param>
/// <param name="Quantity">Size of an order or a fill, signed: positive buys, negative sells; else 0.</param>
/// <param name="Text">
/// Outcome code, order id of a fill, or the clock source of a latency; null where there is none.
/// </param>
public readonly record struct Observation(
    ObservationKind Kind,
    long At,
    string Subject,
    double Value,
    long Sent = 0,
    long Received = 0,
    double Quantity = 0,
    string? Text = null);
