using System.Globalization;
using Guardian.Benchmarks.Journaling;
using Guardian.Benchmarks.Measuring;
using Guardian.Storage.Journal;
using Guardian.Storage.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Guardian.Benchmarks.Redis;

/// <summary>What L1 keeps, in the server's memory.</summary>
internal static class SizeRows
{
    private const int Symbols = 1_000;
    private const int Streams = 20;
    private const int EntriesOver = 1_200;

    /// <summary>Empties the server and measures.</summary>
    public static async Task<BenchmarkRow[]> MeasureAsync(RedisConnection redis, JournalEntries entries)
    {
        await redis.CallAsync(database => database.ExecuteAsync("flushall"));
        await using RedisHotStore store = new(redis, TimeProvider.System, NullLogger<RedisHotStore>.Instance);
        store.Start();
        long empty = await UsedAsync(redis);
        bool[] stored = await Task.WhenAll(
            Enumerable.Range(0, Symbols).Select(i => store.PutAsync(WriteRows.Verdict(i, 1)).AsTask()));
        if (!Array.TrueForAll(stored, s => s)) throw new InvalidOperationException("Invariant: all are newer.");
        long verdicts = await UsedAsync(redis);
        RedisEventStore events = new(redis, () => "size");
        await events.ResumeAsync(0, CancellationToken.None);
        long position = 0;
        for (int stream = 0; stream < Streams; stream++)
        {
            JournalRow[] rows = [.. Enumerable.Range(0, EntriesOver).Select(_ => new JournalRow(
                ++position, entries.Next() with { Symbol = $"E{stream}" }))];
            foreach (JournalRow[] batch in rows.Chunk(400)) await events.AppendAsync(batch, CancellationToken.None);
        }

        long kept = 0;
        for (int stream = 0; stream < Streams; stream++)
            kept += await redis.CallAsync(d => d.StreamLengthAsync(redis.Keys.Events($"E{stream}")));
        double bytes = await UsedAsync(redis) - verdicts;
        return
        [
            new("a symbol's newest verdict in L1", "bytes", Spread.Of((verdicts - empty) / (double)Symbols)),
            new($"newest events of a symbol in L1, {kept / Streams} entries of {JournalEntries.Events}", "bytes",
                Spread.Of(bytes / Streams)),
            new("one of these events", "bytes", Spread.Of(bytes / kept / JournalEntries.Events)),
        ];
    }

    private static async Task<long> UsedAsync(RedisConnection redis)
    {
        string info = (string)(await redis.CallAsync(database => database.ExecuteAsync("info", "memory")))!;
        string line = info.Split('\n').First(one => one.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Trim(), CultureInfo.InvariantCulture);
    }
}
