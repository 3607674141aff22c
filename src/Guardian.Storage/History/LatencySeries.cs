using Guardian.Contracts;
using Guardian.Detection.Latency;

namespace Guardian.Storage.History;

/// <summary>Gathers latency samples, given in order of time, into windows with percentiles by nearest rank.</summary>
/// <remarks>One histogram at a time. Not thread-safe.</remarks>
/// <param name="step">Length of a window in nanoseconds; windows are aligned to the Unix epoch.</param>
internal sealed class LatencySeries(long step)
{
    /// <summary>
    /// Down to here a negative latency is skew of clocks and counts as 0; below it is no sample at all.
    /// </summary>
    private const double ClockToleranceMilliseconds = 50;

    private const double LargestMilliseconds = 1e12;

    private readonly List<SeriesPoint> _points = [];
    private LatencyHistogram _window = new();
    private long _start;

    /// <summary>Makes the latency between two times: whole microseconds, in milliseconds.</summary>
    internal static double Milliseconds(long sent, long received) =>
        (double)Floor((Int128)received - sent, 1_000) / 1_000;

    internal void Add(long at, double milliseconds)
    {
        if (!(milliseconds >= -ClockToleranceMilliseconds) || milliseconds > LargestMilliseconds) return;
        // Half a nanosecond makes good what the binary form of a thousandth loses.
        Add(at, Math.Max(0, (long)Math.Floor((milliseconds * 1_000) + 0.0005)), count: 1);
    }

    /// <summary>Adds samples of one bucket: their count, and the largest in microseconds.</summary>
    internal void Add(long at, long microseconds, long count)
    {
        long start = at - Modulo(at, step);
        if (start != _start) Close();
        _start = start;
        _window.Add(microseconds, count);
    }

    internal SeriesPoint[] Finish()
    {
        Close();
        return [.. _points];
    }

    private static Int128 Floor(Int128 value, int by)
    {
        Int128 quotient = value / by;
        return value % by < 0 ? quotient - 1 : quotient;
    }

    private static long Modulo(long value, long by)
    {
        long rest = value % by;
        return rest < 0 ? rest + by : rest;
    }

    private void Close()
    {
        if (_window.Count == 0) return;
        LatencyPercentiles percentiles = _window.Percentiles();
        _points.Add(new SeriesPoint
        {
            At = new Timestamp(_start),
            Count = percentiles.Count,
            P50 = percentiles.P50,
            P90 = percentiles.P90,
            P99 = percentiles.P99,
            P999 = percentiles.P999,
            Maximum = percentiles.Max,
        });
        _window = new LatencyHistogram();
    }
}
