using Guardian.Benchmarks.Journaling;
using Guardian.Benchmarks.Measuring;
using Guardian.Storage.Redis;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Benchmarks.Redis;

/// <summary>The suite <c>redis</c>: what L1 costs beside bare loops on the same server.</summary>
internal static class RedisSuite
{
    private static readonly string[] Notes =
    [
        "The server is a Redis of its own on loopback, without persistence, on the same two cores.",
        "**Newest state.** Ours hands verdicts of 10,000 symbols over and waits for the last: JSON, the queue of "
        + "newest values, a script that refuses what is older, pipelines of 256. The baseline makes the same JSON and "
        + "writes it by bare `HSET` in pipelines of 256.",
        "**Newest events.** Ours appends packed journal entries of 100 events as the L1 writer does, 500 in a "
        + "pipeline with the position's compare-and-set. The baseline is `XADD` of the same bytes with the same cap, "
        + "500 in a pipeline.",
        "**Lag.** Journal, writer and Redis at 10,000 events a second in entries of 10: from the hand-over of an entry "
        + "to the answer of Redis, so it holds the journal's group commit as well.",
        "**Memory.** `used_memory` before and after, on an emptied server: newest verdicts of 1,000 symbols, and "
        + "newest events of 20 symbols past their cap.",
        "**Live read.** One verdict, read and decoded, 1,000 times a second, beside one `HGETALL` at the same rate. "
        + "Without HTTP.",
    ];

    /// <summary>Measures and reports.</summary>
    /// <returns>0 when every goal was met, 1 otherwise, 2 where there is no Redis.</returns>
    public static async Task<int> RunAsync(CommandLine line, TextWriter output)
    {
        if (RedisServer.Missing is { } missing)
        {
            await Console.Error.WriteLineAsync($"Condition failed: {missing}; install redis-server.");
            return 2;
        }

        await using RedisServer server = await RedisServer.StartAsync(CancellationToken.None);
        RedisOptions options = new() { Host = server.Host, Port = server.Port, Deadline = TimeSpan.FromSeconds(5) };
        await using RedisConnection redis = new(options, TimeProvider.System, NullLogger<RedisConnection>.Instance);
        redis.Start();
        while (redis.Problem is not null) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        using var entries = new JournalEntries();
        List<BenchmarkRow> rows =
        [
            await WriteRows.StateAsync(redis, line.Quick ? 3 : 11),
            await WriteRows.EventsAsync(redis, entries, line.Quick ? 3 : 11),
            .. await SizeRows.MeasureAsync(redis, entries),
            .. await PacedRows.LagAsync(redis, entries, line.Quick ? 3 : 20),
            .. await PacedRows.ReadAsync(redis, line.Quick ? 3 : 20),
        ];
        return SuiteRun.Run(line, rows, Notes, output);
    }
}
