namespace Guardian.Detection.Events;

/// <summary>Why a level or a trading state is what it is, with number and limit. Immutable.</summary>
/// <param name="Code">Stable code, such as <c>latency.fast</c> or <c>hold</c>.</param>
/// <param name="Guardrail">The guardrail in lower case, <c>breaker</c> or <c>hold</c>.</param>
/// <param name="Subject">Stage, feature, rule or hold id.</param>
/// <param name="Value">The value; NaN where there is none.</param>
/// <param name="Limit">The limit; NaN where there is none.</param>
/// <param name="Unit">Unit of value and limit; empty where there is none.</param>
/// <param name="SampleCount">Samples behind the value.</param>
/// <param name="NoiseLine">What chance alone may reach; NaN where there is no such line.</param>
/// <param name="Since">Session time since when, Unix nanoseconds.</param>
/// <param name="Until">Earliest lift by itself, Unix nanoseconds; 0 when only a person can lift it or unknown.</param>
/// <param name="Text">A person's words; null for guardrails.</param>
public readonly record struct Reason(
    string Code,
    string Guardrail,
    string Subject,
    double Value,
    double Limit,
    string Unit,
    long SampleCount,
    double NoiseLine,
    long Since,
    long Until,
    string? Text);
