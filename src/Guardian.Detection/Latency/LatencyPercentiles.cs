using System.Runtime.InteropServices;

namespace Guardian.Detection.Latency;

/// <summary>The usual percentiles of a window, in milliseconds; each is NaN when the window is empty.</summary>
/// <remarks>
/// Nearest rank. From a histogram they are upper edges of buckets (0 to +0.78 %), the maximum is exact.
/// </remarks>
/// <param name="Count">Samples, ≥ 0.</param>
/// <param name="P50">Median.</param>
/// <param name="P90">90th percentile.</param>
/// <param name="P95">95th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="P999">99.9th percentile.</param>
/// <param name="Max">Largest sample.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LatencyPercentiles(
    long Count,
    double P50,
    double P90,
    double P95,
    double P99,
    double P999,
    double Max)
{
    /// <summary>The percentiles of an empty window.</summary>
    public static LatencyPercentiles Empty { get; } =
        new(0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>Gets the nearest rank of a percentile, from 1.</summary>
    /// <param name="count">Samples, &gt; 0.</param>
    /// <param name="perMille">Percentile in thousandths: 500, 990, 999. Clamped to 0 to 1000.</param>
    internal static long Rank(long count, int perMille)
    {
        int part = Math.Clamp(perMille, 0, 1000);
        // Split so that no count overflows.
        long rank = (count / 1000 * part) + (((count % 1000 * part) + 999) / 1000);
        return Math.Max(1, rank);
    }

    internal static double ToMilliseconds(long microseconds) => microseconds / 1000.0;
}
