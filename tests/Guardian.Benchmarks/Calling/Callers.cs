using System.Diagnostics;
using Guardian.Benchmarks.Measuring;

namespace Guardian.Benchmarks.Calling;

/// <summary>What callers got in one turn. Immutable.</summary>
/// <param name="PerSecond">Calls a second.</param>
/// <param name="P50">Half of the calls took at most so many milliseconds.</param>
/// <param name="P99">99 of 100 took at most so many milliseconds.</param>
internal sealed record Turn(double PerSecond, double P50, double P99);

/// <summary>Callers that each have one call under way at a time.</summary>
internal static class Callers
{
    // Both processes compile what is called often once more, for seconds.
    private const int Warm = 6;

    /// <summary>Calls for a while.</summary>
    /// <param name="callers">How many at once.</param>
    /// <param name="time">How long.</param>
    /// <param name="call">Makes a call, given the caller and how many calls that one has made.</param>
    public static async Task<Turn> RunAsync(int callers, TimeSpan time, Func<int, int, ValueTask> call)
    {
        long start = Stopwatch.GetTimestamp();
        long[][] took = await Task.WhenAll(
            Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(caller, start, time, call))));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long[] all = [.. took.SelectMany(one => one).Order()];
        return new Turn(all.Length / seconds, Milliseconds(all, 0.50), Milliseconds(all, 0.99));
    }

    /// <summary>Ours and the baseline in turns, so that both meet the same weather; the first pair is not counted.
    /// </summary>
    public static async Task<(Turn[] Ours, Turn[] Bare)> CompareAsync(
        int callers, TimeSpan turn, int repeats, Func<int, int, ValueTask> ours, Func<int, int, ValueTask> bare)
    {
        List<Turn> own = [], other = [];
        for (int i = -1; i < repeats; i++)
        {
            TimeSpan length = i < 0 ? turn * Warm : turn;
            Turn one = await RunAsync(callers, length, ours);
            Turn two = await RunAsync(callers, length, bare);
            if (i < 0) continue;
            own.Add(one);
            other.Add(two);
        }

        return ([.. own], [.. other]);
    }

    /// <summary>Calls at a steady rate, whether the calls before are answered or not.</summary>
    /// <returns>How long each took from when it was due, milliseconds, sorted.</returns>
    public static async Task<double[]> PaceAsync(int perSecond, TimeSpan time, Func<int, ValueTask> call)
    {
        var running = new List<Task<double>>();
        long start = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        while (await tick.WaitForNextTickAsync())
        {
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            while (running.Count < Math.Min(elapsed, time.TotalSeconds) * perSecond)
                running.Add(TimedAsync(call, running.Count));
            if (elapsed >= time.TotalSeconds) break;
        }

        return [.. (await Task.WhenAll(running)).Order()];
    }

    /// <summary>Makes the row of one figure of both.</summary>
    public static BenchmarkRow Row(
        string name,
        string unit,
        (Turn[] Ours, Turn[] Bare) turns,
        Func<Turn, double> figure,
        string baseline,
        (string Text, Func<double, bool> IsMet)? goal)
    {
        double[] ours = [.. turns.Ours.Select(figure)], bare = [.. turns.Bare.Select(figure)];
        Spread ratio = Spread.Of(ours.Zip(bare, (o, b) => o / b));
        return new BenchmarkRow(
            name, unit, Spread.Of(ours), baseline, Spread.Of(bare), ratio, goal?.Text, goal?.IsMet(ratio.Median));
    }

    private static async Task<long[]> CallAsync(
        int caller, long start, TimeSpan time, Func<int, int, ValueTask> call)
    {
        var took = new List<long>(100_000);
        for (int i = 0; Stopwatch.GetElapsedTime(start) < time; i++)
        {
            long before = Stopwatch.GetTimestamp();
            await call(caller, i);
            took.Add(Stopwatch.GetTimestamp() - before);
        }

        return [.. took];
    }

    private static async Task<double> TimedAsync(Func<int, ValueTask> call, int number)
    {
        long before = Stopwatch.GetTimestamp();
        await call(number);
        return Stopwatch.GetElapsedTime(before).TotalMilliseconds;
    }

    private static double Milliseconds(long[] sorted, double part) =>
        sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))] * 1_000d / Stopwatch.Frequency;
}
