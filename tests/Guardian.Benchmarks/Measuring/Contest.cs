using System.Diagnostics;

namespace Guardian.Benchmarks.Measuring;

/// <summary>Times two pieces of code in turns, so that both meet the same weather.</summary>
/// <remarks>
/// Each repeat times a short slice of the one and at once a slice of the other; the ratio is taken repeat by repeat.
/// A slice of some milliseconds is often shorter than a turn of the scheduler, so on a busy machine most repeats are
/// undisturbed and the median is of use.
/// </remarks>
internal static class Contest
{
    /// <summary>Runs it.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="ours">Runs so many operations of ours.</param>
    /// <param name="baselineName">What it is compared with.</param>
    /// <param name="baseline">Runs so many operations of the baseline.</param>
    /// <param name="effort">How long and how often.</param>
    /// <param name="atLeast">Smallest median ratio that is good; null for no goal.</param>
    public static BenchmarkRow Run(
        string name, Action<int> ours, string baselineName, Action<int> baseline, Effort effort, double? atLeast)
    {
        int ourCount = Calibrate(ours, effort);
        int baseCount = Calibrate(baseline, effort);
        double[] our = new double[effort.Repeats];
        double[] other = new double[effort.Repeats];
        for (int i = 0; i < effort.Repeats; i++)
        {
            our[i] = Nanoseconds(ours, ourCount);
            other[i] = Nanoseconds(baseline, baseCount);
        }

        Spread ratio = Spread.Of(our.Zip(other, (o, b) => b / o));
        return new BenchmarkRow(
            name,
            "ns/op",
            Spread.Of(our),
            baselineName,
            Spread.Of(other),
            ratio,
            atLeast is { } goal ? $"≥ {goal:0.##}×" : null,
            atLeast is { } limit ? ratio.Median >= limit : null);
    }

    /// <summary>Times one piece of code without a baseline.</summary>
    public static BenchmarkRow Time(string name, Action<int> ours, Effort effort)
    {
        int count = Calibrate(ours, effort);
        double[] times = new double[effort.Repeats];
        for (int i = 0; i < times.Length; i++) times[i] = Nanoseconds(ours, count);
        return new BenchmarkRow(name, "ns/op", Spread.Of(times));
    }

    /// <summary>Counts what an operation allocates on average; the code has been warmed up before.</summary>
    public static BenchmarkRow Bytes(string name, Action<int> ours, int count)
    {
        ours(count);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ours(count);
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
        return BenchmarkRow.AtMost(name, "bytes/op", bytes, 0);
    }

    // Warm until the compiler has done its best, then fit a slice.
    private static int Calibrate(Action<int> code, Effort effort)
    {
        long start = Stopwatch.GetTimestamp();
        int count = 256;
        while (Stopwatch.GetElapsedTime(start) < effort.Warm) code(count);
        while (count < 1 << 26)
        {
            double slice = Nanoseconds(code, count) * count;
            if (slice >= effort.Slice.TotalNanoseconds) break;
            count *= 2;
        }

        return count;
    }

    private static double Nanoseconds(Action<int> code, int count)
    {
        long start = Stopwatch.GetTimestamp();
        code(count);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
    }
}

/// <summary>How long and how often is measured. Immutable.</summary>
/// <param name="Repeats">Pairs of slices.</param>
/// <param name="Slice">Least length of a slice.</param>
/// <param name="Warm">How long each piece runs before.</param>
/// <param name="Guardians">Guardians whose memory is measured at once.</param>
internal sealed record Effort(int Repeats, TimeSpan Slice, TimeSpan Warm, int Guardians)
{
    /// <summary>What the committed tables are made with.</summary>
    public static Effort Full { get; } = new(101, TimeSpan.FromMilliseconds(4), TimeSpan.FromSeconds(1), 10_000);

    /// <summary>A look, for a change at hand.</summary>
    public static Effort Quick { get; } = new(15, TimeSpan.FromMilliseconds(2), TimeSpan.FromSeconds(0.3), 500);
}
