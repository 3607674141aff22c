namespace Guardian.Benchmarks.Measuring;

/// <summary>One figure of a suite. Immutable.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Unit of value and baseline.</param>
/// <param name="Value">The figure.</param>
/// <param name="BaselineName">What it is compared with; null for nothing.</param>
/// <param name="Baseline">The baseline in the same run; null for none.</param>
/// <param name="Ratio">How many times the baseline's cost is ours, repeat by repeat; null for none.</param>
/// <param name="Goal">The goal as written; null for none.</param>
/// <param name="Met">Whether it was met; null without a goal.</param>
internal sealed record BenchmarkRow(
    string Name,
    string Unit,
    Spread Value,
    string? BaselineName = null,
    Spread? Baseline = null,
    Spread? Ratio = null,
    string? Goal = null,
    bool? Met = null)
{
    /// <summary>Makes a row with an upper limit.</summary>
    public static BenchmarkRow AtMost(string name, string unit, double value, double limit) =>
        new(name, unit, Spread.Of(value), Goal: $"≤ {limit:#,0.##}", Met: value <= limit);
}
