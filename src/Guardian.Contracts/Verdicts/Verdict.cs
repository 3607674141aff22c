using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>Why a trading state is what it is: one guardrail or person, with number and limit.</summary>
[GenerateSerializer, Immutable, Alias("guardian.reason")]
public sealed record Reason
{
    /// <summary>Gets the stable code, such as <c>latency.fast</c>, <c>staleness.silent</c>, <c>hold</c>.</summary>
    [Id(0)] public required string Code { get; init; }

    /// <summary>Gets the guardrail (<c>latency</c>, <c>staleness</c> …), or <c>hold</c>.</summary>
    [Id(1)] public required string Guardrail { get; init; }

    /// <summary>Gets the stage, feature, rule or hold id.</summary>
    [Id(2)] public required string Subject { get; init; }

    /// <summary>Gets the value; null where there is none.</summary>
    [Id(3)] public double? Value { get; init; }

    /// <summary>Gets the limit the value is held against; null where there is none.</summary>
    [Id(4)] public double? Limit { get; init; }

    /// <summary>Gets the unit of value and limit; empty where there is none.</summary>
    [Id(5)] public string Unit { get; init; } = string.Empty;

    /// <summary>Gets since when.</summary>
    [Id(6)] public Timestamp Since { get; init; }

    /// <summary>Gets the earliest time at which it can lift by itself; none when only a person can lift it.</summary>
    [Id(7)] public Timestamp Until { get; init; }

    /// <summary>Gets the number of samples behind the value.</summary>
    [Id(8)] public long SampleCount { get; init; }

    /// <summary>Gets what chance alone may reach; null where there is no such line.</summary>
    [Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? NoiseLine { get; init; }

    /// <summary>Gets who held, and why, in words; null for guardrails.</summary>
    [Id(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Text { get; init; }
}

/// <summary>What one guardrail says of one subject now.</summary>
[GenerateSerializer, Immutable, Alias("guardian.reading")]
public sealed record Reading
{
    /// <summary>
    /// Gets the guardrail: <c>latency</c>, <c>clock</c>, <c>staleness</c>, <c>pending</c>, <c>drift</c>, <c>errors</c>.
    /// </summary>
    [Id(0)] public required string Guardrail { get; init; }

    /// <summary>Gets the stage, feature or rule.</summary>
    [Id(1)] public required string Subject { get; init; }

    /// <summary>Gets the level.</summary>
    [Id(2)] public Level Level { get; init; }

    /// <summary>Gets the value; null where there is none.</summary>
    [Id(3)] public double? Value { get; init; }

    /// <summary>Gets the limit; null where there is none.</summary>
    [Id(4)] public double? Limit { get; init; }

    /// <summary>Gets the unit of value and limit.</summary>
    [Id(5)] public string Unit { get; init; } = string.Empty;

    /// <summary>Gets the number of samples behind the value.</summary>
    [Id(6)] public long SampleCount { get; init; }

    /// <summary>Gets since when the level holds.</summary>
    [Id(7)] public Timestamp Since { get; init; }

    /// <summary>Gets the stable code of the rule that decided.</summary>
    [Id(8)] public string Code { get; init; } = string.Empty;

    /// <summary>Gets whether the guardrail may stop orders.</summary>
    [Id(9)] public GuardrailMode Mode { get; init; }

    /// <summary>Gets marks such as <c>clock-suspect</c>, <c>market-closed</c>.</summary>
    [Id(10)] public string[] Marks { get; init; } = [];

    /// <summary>Gets what chance alone may reach; null where there is no such line.</summary>
    [Id(11), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? NoiseLine { get; init; }
}

/// <summary>Where a guardian's state came from and what stands behind it.</summary>
[GenerateSerializer, Immutable, Alias("guardian.provenance")]
public sealed record Provenance
{
    /// <summary>Gets how it came up: <c>fresh</c>, <c>checkpoint</c>, <c>journal</c>, …</summary>
    [Id(0)] public string RecoveredFrom { get; init; } = "fresh";

    /// <summary>Gets when it came up.</summary>
    [Id(1)] public Timestamp ActivatedAt { get; init; }

    /// <summary>Gets whether no tier or peer could tell its halts yet.</summary>
    [Id(2)] public bool Unverified { get; init; }

    /// <summary>Gets whether its epoch is not claimed in grain storage yet.</summary>
    [Id(3)] public bool Provisional { get; init; }

    /// <summary>Gets the number of events replayed after the snapshot.</summary>
    [Id(4)] public long Replayed { get; init; }

    /// <summary>Gets how old the newest durable event is per tier, in seconds.</summary>
    [Id(5)] public TierAge[] Tiers { get; init; } = [];
}

/// <summary>How far one tier is behind.</summary>
/// <param name="Tier"><c>L1</c>, <c>L2</c> or <c>L3</c>.</param>
/// <param name="AgeSeconds">Age of the oldest event that it lacks, in seconds; 0 when it lacks none.</param>
[GenerateSerializer, Immutable, Alias("guardian.tier-age")]
public sealed record TierAge([property: Id(0)] string Tier, [property: Id(1)] double AgeSeconds);

/// <summary>The trading state of a symbol with its reasons, readings and provenance.</summary>
[GenerateSerializer, Immutable, Alias("guardian.verdict")]
public sealed record Verdict
{
    /// <summary>Gets the key: symbol, with <c>@session</c> outside live.</summary>
    [Id(0)] public required string Symbol { get; init; }

    /// <summary>Gets the effective trading state, the strictest over symbol and portfolio.</summary>
    [Id(1)] public TradingState TradingState { get; init; }

    /// <summary>Gets the worst level of its readings.</summary>
    [Id(2)] public Level Level { get; init; }

    /// <summary>Gets the breaker's state.</summary>
    [Id(3)] public BreakerState Breaker { get; init; }

    /// <summary>Gets the number of the running or last episode; 0 before the first.</summary>
    [Id(4)] public long Episode { get; init; }

    /// <summary>Gets why the state is not Active; empty when it is.</summary>
    [Id(5)] public Reason[] Reasons { get; init; } = [];

    /// <summary>Gets what each guardrail says.</summary>
    [Id(6)] public Reading[] Readings { get; init; } = [];

    /// <summary>Gets the epoch of the guardian.</summary>
    [Id(7)] public Epoch Epoch { get; init; }

    /// <summary>Gets the sequence of the last event.</summary>
    [Id(8)] public long Sequence { get; init; }

    /// <summary>Gets the session time of the verdict.</summary>
    [Id(9)] public Timestamp AsOf { get; init; }

    /// <summary>Gets where the state came from.</summary>
    [Id(10)] public Provenance Provenance { get; init; } = new();

    /// <summary>Gets the fraction of its size a probe order may have; 1 outside HalfOpen.</summary>
    [Id(11)] public double SizeFactor { get; init; } = 1;

    /// <summary>Gets the earliest time at which the state can lift by itself; none when only a person can.</summary>
    [Id(12)] public Timestamp Until { get; init; }
}
