using System.Diagnostics;
using Guardian.Benchmarks.Journaling;
using Guardian.Benchmarks.Measuring;
using Guardian.Storage;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Redis;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Benchmarks.Redis;

/// <summary>Delays at a steady rate.</summary>
internal static class PacedRows
{
    private const int PerSecond = 1_000;
    private const int EventsPerEntry = 10;

    /// <summary>Measures from the hand-over of an entry to Redis' answer, at 10,000 events a second.</summary>
    public static async Task<BenchmarkRow[]> LagAsync(RedisConnection redis, JournalEntries entries, int seconds)
    {
        LocalFile file = entries.Open();
        var journal = new SqliteJournal(file);
        var store = new TimedStore(new RedisEventStore(redis, () => "lag"));
        var writer = new TierWriter(
            store, journal, new SqliteParkedStore(file), new StorageOptions(), TimeProvider.System,
            NullLogger<TierWriter>.Instance);
        using var stop = new CancellationTokenSource();
        Task running = writer.RunAsync(stop.Token);
        int count = seconds * PerSecond;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            await WaitUntilAsync(start, i);
            JournalEntry entry = entries.Next() with { Symbol = $"L{i % 100}", Count = EventsPerEntry };
            store.Begun[(entry.Symbol, entry.FirstSequence)] = Stopwatch.GetTimestamp();
            if (!journal.TryAppend(entry, listener: null)) throw new InvalidOperationException("Invariant: no room.");
        }

        while (store.Milliseconds.Count < count)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        await stop.CancelAsync();
        await running;
        await file.DisposeAsync();
        string name = $"lag of an event to Redis at {PerSecond * EventsPerEntry:#,0} events/s, {seconds} s";
        return
        [
            BenchmarkRow.AtMost($"{name}: p99", "ms", AtRank(store.Milliseconds, 0.99), 50),
            new($"{name}: p50", "ms", Spread.Of(AtRank(store.Milliseconds, 0.5))),
        ];
    }

    /// <summary>Measures reading the newest verdict 1,000 times a second.</summary>
    public static async Task<BenchmarkRow[]> ReadAsync(RedisConnection redis, int seconds)
    {
        await using RedisHotStore store = new(redis, TimeProvider.System, NullLogger<RedisHotStore>.Instance);
        store.Start();
        for (int i = 0; i < 100; i++) await store.PutAsync(WriteRows.Verdict(i, long.MaxValue >> 12));
        double[] bare = await TimesAsync(
            i => redis.CallAsync(d => d.HashGetAllAsync(redis.Keys.Newest($"S{i % 100:00000}"))), seconds);
        double[] ours = await TimesAsync(i => store.GetAsync($"S{i % 100:00000}").AsTask(), seconds);
        double p99 = AtRank(ours, 0.99);
        return
        [
            new(
                $"live read of a verdict at {PerSecond:#,0} reads/s, {seconds} s: p99", "ms", Spread.Of(p99),
                "one HGETALL", Spread.Of(AtRank(bare, 0.99)), Goal: "< 5 ms", Met: p99 < 5),
            new(
                "live read of a verdict: p50", "ms", Spread.Of(AtRank(ours, 0.5)), "one HGETALL",
                Spread.Of(AtRank(bare, 0.5))),
        ];
    }

    private static async Task<double[]> TimesAsync(Func<int, Task> read, int seconds)
    {
        double[] times = new double[seconds * PerSecond];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times.Length; i++)
        {
            await WaitUntilAsync(start, i);
            long asked = Stopwatch.GetTimestamp();
            await read(i);
            times[i] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
        }

        return times;
    }

    // Turns are given away, so that the client library's threads are never starved by the wait.
    private static async Task WaitUntilAsync(long start, int millisecond)
    {
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < millisecond) await Task.Yield();
    }

    private static double AtRank(IEnumerable<double> times, double rank)
    {
        double[] sorted = [.. times.Order()];
        return sorted[(int)Math.Ceiling(rank * sorted.Length) - 1];
    }
}
