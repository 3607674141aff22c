namespace Guardian.Detection;

/// <summary>What one guardrail says of one subject now. Immutable, hence safe to share between threads.</summary>
/// <param name="Guardrail">Which guardrail.</param>
/// <param name="Subject">The stage, feature or rule that is watched.</param>
/// <param name="Level">Its level.</param>
/// <param name="Value">
/// The judged figure in <paramref name="Unit"/>; <see cref="double.NaN"/> where there is none.
/// </param>
/// <param name="Limit">The limit the value was held against, same unit; NaN where there is none.</param>
/// <param name="Unit">Unit of value and limit: <c>ms</c>, <c>s</c>, <c>psi</c>, <c>ratio</c>, <c>count</c>.</param>
/// <param name="SampleCount">Samples behind the value, ≥ 0.</param>
/// <param name="Since">Session time in Unix nanoseconds at which the level was entered; 0 before any data.</param>
/// <param name="Confirmed">For a breach: it has held long enough to trip. False on every other level.</param>
/// <param name="Code">Stable machine-readable code, such as <c>latency.fast</c> or <c>staleness.silent</c>.</param>
/// <param name="NoiseLine">The value that chance alone may reach; NaN where the guardrail has no such line.</param>
/// <param name="Flags">Marks such as <see cref="ReadingFlags.ClockSuspect"/>.</param>
public readonly record struct Reading(
    GuardrailKind Guardrail,
    string Subject,
    Level Level,
    double Value,
    double Limit,
    string Unit,
    long SampleCount,
    long Since,
    bool Confirmed,
    string Code,
    double NoiseLine,
    ReadingFlags Flags);

/// <summary>Marks on a reading.</summary>
[Flags]
public enum ReadingFlags : byte
{
    /// <summary>No marks.</summary>
    None = 0,

    /// <summary>The source's clock is off by more than the tolerance: values were corrected by a lower bound.</summary>
    ClockSuspect = 1,

    /// <summary>The guardrail runs in shadow mode.</summary>
    Shadow = 2,

    /// <summary>The market is closed by its calendar; silence is not judged.</summary>
    MarketClosed = 4,
}
