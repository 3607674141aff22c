using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>One stored event of a guardian. What a kind does not have is null and not written.</summary>
[GenerateSerializer, Immutable, Alias("guardian.history-event")]
public sealed record HistoryEvent
{
    /// <summary>Gets the key of the guardian.</summary>
    [Id(0)] public required string Symbol { get; init; }

    /// <summary>Gets the epoch it was folded in.</summary>
    [Id(1)] public Epoch Epoch { get; init; }

    /// <summary>Gets its sequence in the epoch.</summary>
    [Id(2)] public long Sequence { get; init; }

    /// <summary>Gets its session time.</summary>
    [Id(3)] public Timestamp At { get; init; }

    /// <summary>Gets the wall time at which it was folded.</summary>
    [Id(4)] public Timestamp ReceivedAt { get; init; }

    /// <summary>Gets what it is.</summary>
    [Id(5)] public HistoryKind Kind { get; init; }

    /// <summary>Gets what was observed; only for observations.</summary>
    [Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ObservationKind? Observed { get; init; }

    /// <summary>Gets stage, feature, order id, rule or hold id.</summary>
    [Id(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Subject { get; init; }

    /// <summary>Gets the observed or judged value; milliseconds for a latency.</summary>
    [Id(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? Value { get; init; }

    /// <summary>Gets the signed size of an order or fill.</summary>
    [Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? Quantity { get; init; }

    /// <summary>Gets the sent time of a latency given by both times.</summary>
    [Id(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Timestamp? Sent { get; init; }

    /// <summary>Gets the received time of a latency given by both times.</summary>
    [Id(11), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Timestamp? Received { get; init; }

    /// <summary>Gets a code, a reason in words or a description.</summary>
    [Id(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Text { get; init; }

    /// <summary>Gets the guardrail of a transition, or <c>breaker</c>.</summary>
    [Id(13), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Guardrail { get; init; }

    /// <summary>Gets what a transition left.</summary>
    [Id(14), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? From { get; init; }

    /// <summary>Gets what a transition entered.</summary>
    [Id(15), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? To { get; init; }

    /// <summary>Gets the trading state after the event.</summary>
    [Id(16), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TradingState? TradingState { get; init; }

    /// <summary>Gets the reasons of a transition.</summary>
    [Id(17), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Reason[]? Reasons { get; init; }

    /// <summary>Gets the episode of a transition.</summary>
    [Id(18), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? Episode { get; init; }

    /// <summary>Gets whether the guardrail ran in shadow mode.</summary>
    [Id(19), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Shadow { get; init; }

    /// <summary>Gets who acted.</summary>
    [Id(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Actor { get; init; }

    /// <summary>Gets whether it came of an older epoch after a newer one had begun: kept, and never folded.</summary>
    /// <value>True; null where it is not so, or the store does not tell.</value>
    [Id(21), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Late { get; init; }
}

/// <summary>Which events are asked for.</summary>
[GenerateSerializer, Immutable, Alias("guardian.history-query")]
public sealed record HistoryQuery
{
    /// <summary>Most events in one page.</summary>
    public const int MaximumLimit = 10_000;

    /// <summary>Gets the key of the guardian.</summary>
    [Id(0)] public required string Symbol { get; init; }

    /// <summary>Gets the first session time, inclusive; none: from the beginning.</summary>
    [Id(1)] public Timestamp From { get; init; }

    /// <summary>Gets the last session time, exclusive; none: to the end.</summary>
    [Id(2)] public Timestamp To { get; init; }

    /// <summary>Gets the kinds; empty: all.</summary>
    [Id(3)] public HistoryKind[] Kinds { get; init; } = [];

    /// <summary>Gets where the page before ended; null: the first page.</summary>
    [Id(4)] public string? Cursor { get; init; }

    /// <summary>Gets the most events wanted, 1 to <see cref="MaximumLimit"/>.</summary>
    [Id(5)] public int Limit { get; init; } = 1_000;

    /// <summary>Gets whether the newest come first.</summary>
    [Id(6)] public bool NewestFirst { get; init; }
}

/// <summary>A page of a list.</summary>
/// <param name="Items">The events, in order of time, epoch and sequence.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
[GenerateSerializer, Immutable, Alias("guardian.history-page")]
public sealed record HistoryPage(
    [property: Id(0)] HistoryEvent[] Items,
    [property: Id(1)] string? Next);

/// <summary>Which downsampled series is asked for.</summary>
[GenerateSerializer, Immutable, Alias("guardian.series-query")]
public sealed record SeriesQuery
{
    /// <summary>Gets the key of the guardian.</summary>
    [Id(0)] public required string Symbol { get; init; }

    /// <summary>Gets the metric: <c>latency.STAGE</c>.</summary>
    [Id(1)] public required string Metric { get; init; }

    /// <summary>Gets the first session time, inclusive.</summary>
    [Id(2)] public Timestamp From { get; init; }

    /// <summary>Gets the last session time, exclusive.</summary>
    [Id(3)] public Timestamp To { get; init; }

    /// <summary>Gets the step; windows are aligned to the Unix epoch; 1 s to 1 day.</summary>
    [Id(4)] public TimeSpan Step { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>One window of a latency series; percentiles in milliseconds, upper edge of their bucket.</summary>
[GenerateSerializer, Immutable, Alias("guardian.series-point")]
public sealed record SeriesPoint
{
    /// <summary>Gets the start of the window.</summary>
    [Id(0)] public Timestamp At { get; init; }

    /// <summary>Gets the number of samples; a window without any is left out.</summary>
    [Id(1)] public long Count { get; init; }

    /// <summary>Gets the median.</summary>
    [Id(2)] public double P50 { get; init; }

    /// <summary>Gets the 90th percentile.</summary>
    [Id(3)] public double P90 { get; init; }

    /// <summary>Gets the 99th percentile.</summary>
    [Id(4)] public double P99 { get; init; }

    /// <summary>Gets the 99.9th percentile.</summary>
    [Id(5)] public double P999 { get; init; }

    /// <summary>Gets the exact maximum.</summary>
    [Id(6)] public double Maximum { get; init; }
}

/// <summary>A question for the state as of a moment.</summary>
/// <param name="Symbol">The key of the guardian.</param>
/// <param name="AsOf">The session time.</param>
[GenerateSerializer, Immutable, Alias("guardian.state-query")]
public sealed record StateQuery([property: Id(0)] string Symbol, [property: Id(1)] Timestamp AsOf);

/// <summary>A question what other limits would have done.</summary>
[GenerateSerializer, Immutable, Alias("guardian.whatif-request")]
public sealed record WhatIfRequest
{
    /// <summary>Gets the key of the guardian.</summary>
    [Id(0)] public required string Symbol { get; init; }

    /// <summary>Gets the first session time.</summary>
    [Id(1)] public Timestamp From { get; init; }

    /// <summary>Gets the last session time.</summary>
    [Id(2)] public Timestamp To { get; init; }

    /// <summary>Gets the limits to try.</summary>
    [Id(3)] public required GuardianLimits Limits { get; init; }
}
