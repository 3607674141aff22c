using System.Diagnostics;
using System.Text.Json;
using Guardian.Benchmarks.Journaling;
using Guardian.Benchmarks.Measuring;
using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Guardian.Benchmarks.Redis;

/// <summary>Writing flat out, in turns with bare loops.</summary>
internal static class WriteRows
{
    private const int Symbols = 10_000;
    private const int Entries = 20_000;
    private const int EntriesAtOnce = 500;

    /// <summary>Makes a verdict as a guardian of one stage has it.</summary>
    public static Verdict Verdict(int symbol, long sequence) => new()
    {
        Symbol = $"S{symbol:00000}",
        Epoch = new Epoch(3, 7),
        Sequence = sequence,
        Level = Level.Healthy,
        AsOf = new Timestamp(1_700_000_000_000_000_000),
        Readings =
        [
            new Reading { Guardrail = "latency", Subject = "market-data", Value = 12.5, Limit = 100, Unit = "ms" },
            new Reading { Guardrail = "staleness", Subject = "market-data", Value = 0.2, Limit = 30, Unit = "s" },
            new Reading { Guardrail = "drift", Subject = "score", Value = 0.03, Limit = 0.25 },
        ],
    };

    /// <summary>Measures newest verdicts.</summary>
    public static async Task<BenchmarkRow> StateAsync(RedisConnection redis, int repeats)
    {
        await using RedisHotStore store = new(redis, TimeProvider.System, NullLogger<RedisHotStore>.Instance);
        store.Start();
        double[] ours = new double[repeats];
        double[] bare = new double[repeats];
        for (int warm = 0; warm < 3; warm++)
        {
            await PutAsync(store, warm);
            await SetAsync(redis, warm);
        }

        for (int i = 0; i < repeats; i++)
        {
            ours[i] = await PutAsync(store, i + 3);
            bare[i] = await SetAsync(redis, i + 3);
        }

        return Row("newest state, verdicts of 10,000 symbols", "verdicts/s", ours, "JSON and pipelined HSET", bare);
    }

    /// <summary>Measures newest events.</summary>
    public static async Task<BenchmarkRow> EventsAsync(RedisConnection redis, JournalEntries entries, int repeats)
    {
        RedisEventStore store = new(redis, () => "bench");
        await store.ResumeAsync(0, CancellationToken.None);
        long position = 0;
        double[] ours = new double[repeats];
        double[] bare = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            JournalRow[] rows =
                [.. Enumerable.Range(0, Entries).Select(_ => new JournalRow(++position, entries.Next()))];
            long start = Stopwatch.GetTimestamp();
            foreach (JournalRow[] batch in rows.Chunk(EntriesAtOnce))
                await store.AppendAsync(batch, CancellationToken.None);
            ours[i] = PerSecond(Entries * JournalEntries.Events, start);
            bare[i] = await AddAsync(redis, rows);
        }

        if (store.Refused > 0) throw new InvalidOperationException($"Invariant: {store.Refused} were refused.");
        return Row(
            $"newest events, entries of {JournalEntries.Events}", "events/s", ours, "pipelined XADD", bare);
    }

    private static BenchmarkRow Row(string name, string unit, double[] ours, string baseline, double[] bare)
    {
        Spread ratio = Spread.Of(ours.Zip(bare, (o, b) => o / b));
        return new BenchmarkRow(
            name, unit, Spread.Of(ours), baseline, Spread.Of(bare), ratio, "≥ 0.5×", ratio.Median >= 0.5);
    }

    private static async Task<double> PutAsync(RedisHotStore store, long sequence)
    {
        Verdict[] verdicts = [.. Enumerable.Range(0, Symbols).Select(i => Verdict(i, sequence))];
        long start = Stopwatch.GetTimestamp();
        bool[] stored = await Task.WhenAll(verdicts.Select(v => store.PutAsync(v).AsTask()));
        if (!Array.TrueForAll(stored, s => s)) throw new InvalidOperationException("Invariant: all are newer.");
        return PerSecond(Symbols, start);
    }

    private static async Task<double> SetAsync(RedisConnection redis, long sequence)
    {
        Verdict[] verdicts = [.. Enumerable.Range(0, Symbols).Select(i => Verdict(i, sequence))];
        long start = Stopwatch.GetTimestamp();
        foreach (Verdict[] batch in verdicts.Chunk(redis.Options.Pipeline))
        {
            await redis.CallAsync(database => Task.WhenAll(batch.Select(one => database.HashSetAsync(
                $"bare:{one.Symbol}", "v", JsonSerializer.SerializeToUtf8Bytes(one, GuardianJson.Options)))));
        }

        return PerSecond(Symbols, start);
    }

    private static async Task<double> AddAsync(RedisConnection redis, JournalRow[] rows)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (JournalRow[] batch in rows.Chunk(EntriesAtOnce))
        {
            await redis.CallAsync(database => Task.WhenAll(batch.Select(row => database.StreamAddAsync(
                "bare:events",
                "events",
                row.Entry.Payload,
                messageId: null,
                maxLength: redis.Options.NewestEntries,
                useApproximateMaxLength: true))));
        }

        return PerSecond(rows.Length * JournalEntries.Events, start);
    }

    private static double PerSecond(double count, long start) => count / Stopwatch.GetElapsedTime(start).TotalSeconds;
}
