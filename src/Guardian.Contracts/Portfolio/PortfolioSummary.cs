namespace Guardian.Contracts;

/// <summary>The view over all guardians of a session.</summary>
[GenerateSerializer, Immutable, Alias("guardian.portfolio-summary")]
public sealed record PortfolioSummary
{
    /// <summary>Gets the session.</summary>
    [Id(0)] public required string Session { get; init; }

    /// <summary>Gets the wall time of the newest summary in it.</summary>
    [Id(1)] public Timestamp AsOf { get; init; }

    /// <summary>Gets the portfolio's own trading state, by holds of portfolio scope.</summary>
    [Id(2)] public TradingState TradingState { get; init; }

    /// <summary>Gets the number of guardians seen.</summary>
    [Id(3)] public int Symbols { get; init; }

    /// <summary>Gets the number of guardians by trading state.</summary>
    [Id(4)] public Dictionary<TradingState, int> ByTradingState { get; init; } = [];

    /// <summary>Gets the number of guardians by level.</summary>
    [Id(5)] public Dictionary<Level, int> ByLevel { get; init; } = [];

    /// <summary>Gets the merged latency windows per stage; never averages of percentiles.</summary>
    [Id(6)] public StageLatency[] Latency { get; init; } = [];

    /// <summary>Gets the symbols that are worst, worst first, at most ten.</summary>
    [Id(7)] public SymbolSummary[] Worst { get; init; } = [];

    /// <summary>Gets the open holds of every scope.</summary>
    [Id(8)] public Hold[] Holds { get; init; } = [];

    /// <summary>Gets the drift of each feature over all symbols, by feature.</summary>
    [Id(9)] public FeatureDrift[] Drift { get; init; } = [];

    /// <summary>Gets the guardrails that warn at many symbols at once, by guardrail.</summary>
    [Id(10)] public CorrelatedWarning[] Correlated { get; init; } = [];
}

/// <summary>Merged latency of one stage over all symbols; milliseconds.</summary>
[GenerateSerializer, Immutable, Alias("guardian.stage-latency")]
public sealed record StageLatency
{
    /// <summary>Gets the stage.</summary>
    [Id(0)] public required string Stage { get; init; }

    /// <summary>Gets the number of samples in the merged window.</summary>
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

    /// <summary>Gets the number of symbols that have the stage.</summary>
    [Id(7)] public int Symbols { get; init; }
}

/// <summary>One symbol in short.</summary>
[GenerateSerializer, Immutable, Alias("guardian.symbol-summary")]
public sealed record SymbolSummary
{
    /// <summary>Gets the key.</summary>
    [Id(0)] public required string Symbol { get; init; }

    /// <summary>Gets the trading state.</summary>
    [Id(1)] public TradingState TradingState { get; init; }

    /// <summary>Gets the worst level.</summary>
    [Id(2)] public Level Level { get; init; }

    /// <summary>Gets the breaker's state.</summary>
    [Id(3)] public BreakerState Breaker { get; init; }

    /// <summary>Gets the episode.</summary>
    [Id(4)] public long Episode { get; init; }

    /// <summary>Gets the reasons.</summary>
    [Id(5)] public Reason[] Reasons { get; init; } = [];
}

/// <summary>What a guardian says of itself at most every 250 ms; repeats make good a lost one.</summary>
[GenerateSerializer, Immutable, Alias("guardian.guardian-summary")]
public sealed record GuardianSummary
{
    /// <summary>Gets the symbol in short.</summary>
    [Id(0)] public required SymbolSummary Summary { get; init; }

    /// <summary>Gets the guardian's epoch; an older one's summary is ignored.</summary>
    [Id(1)] public Epoch Epoch { get; init; }

    /// <summary>Gets the sequence; an older one's summary is ignored.</summary>
    [Id(2)] public long Sequence { get; init; }

    /// <summary>Gets the session time.</summary>
    [Id(3)] public Timestamp AsOf { get; init; }

    /// <summary>Gets the conditions that hold now, from which alerts are made.</summary>
    [Id(4)] public Condition[] Conditions { get; init; } = [];

    /// <summary>Gets the packed latency windows by stage.</summary>
    [Id(5)] public StageWindow[] Windows { get; init; } = [];

    /// <summary>Gets the level of each reading.</summary>
    [Id(6)] public SubjectLevel[] Levels { get; init; } = [];

    /// <summary>Gets the counts by bin of each feature that is judged.</summary>
    [Id(7)] public FeatureCounts[] Features { get; init; } = [];
}

/// <summary>A packed latency window, as the detection's histogram writes it.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Histogram">The packed histogram.</param>
[GenerateSerializer, Immutable, Alias("guardian.stage-window")]
public sealed record StageWindow([property: Id(0)] string Stage, [property: Id(1)] byte[] Histogram);

/// <summary>The summaries of one silo, gathered.</summary>
/// <param name="Items">The summaries of one session.</param>
/// <param name="SentAt">Wall time of sending.</param>
[GenerateSerializer, Immutable, Alias("guardian.summary-batch")]
public sealed record SummaryBatch([property: Id(0)] GuardianSummary[] Items, [property: Id(1)] Timestamp SentAt);

/// <summary>A symbol on the durable list of what must be guarded.</summary>
[GenerateSerializer, Immutable, Alias("guardian.roster-entry")]
public sealed record RosterEntry
{
    /// <summary>Gets the key.</summary>
    [Id(0)] public required string Symbol { get; init; }

    /// <summary>Gets the limits it starts with.</summary>
    [Id(1)] public GuardianLimits Limits { get; init; } = new();

    /// <summary>Gets when it was added.</summary>
    [Id(2)] public Timestamp AddedAt { get; init; }
}

/// <summary>A session to be opened.</summary>
[GenerateSerializer, Immutable, Alias("guardian.session-request")]
public sealed record SessionRequest
{
    /// <summary>Gets the limits of guardians that appear in it.</summary>
    [Id(0)] public GuardianLimits Limits { get; init; } = new();

    /// <summary>Gets whether what is in it stays; otherwise it is emptied first.</summary>
    [Id(1)] public bool Append { get; init; }

    /// <summary>Gets whether its guardians run on recorded time: only observations move their clock.</summary>
    [Id(2)] public bool RecordedTime { get; init; } = true;
}
