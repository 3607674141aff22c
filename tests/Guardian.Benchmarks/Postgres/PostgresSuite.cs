using Guardian.Benchmarks.Journaling;
using Guardian.Benchmarks.Measuring;
using Guardian.Storage.Postgres;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Benchmarks.Postgres;

/// <summary>The suites <c>history</c> and <c>query</c>: writing L2 and reading it, on a server of their own.</summary>
internal static class PostgresSuite
{
    private static readonly string[] HistoryNotes =
    [
        "The server is PostgreSQL as installed, with its default settings (`fsync` on), on loopback, on the same two "
        + "cores.",
        "**Events.** Ours is the product's way: entries of 100 latency samples handed to the journal, its group "
        + "commit, the L2 writer, unpacking, one binary `copy` with the sums by minute in the same transaction (and "
        + "`insert … on conflict do nothing` where an event was there already). The baseline is a bare loop over one "
        + "connection, `insert … select unnest … on conflict do nothing` of rows of the same columns into a table "
        + "with the same key, 1,000 a statement, from arrays made beforehand. In turns of 5 s.",
        "**WriteStateAsync.** Orleans' own grain storage on the same server, as the silo has it, one call an event "
        + "with a state of about the same size: what is done first where events are kept as grain state.",
        "**Lag.** Journal, writer and server at 10,000 events a second in entries of 10: from the hand-over of an "
        + "entry to the commit that holds it.",
    ];

    private static readonly string[] QueryNotes =
    [
        "Ten symbols with 24 hours of events each, evenly spread, in the product's own schema, rolled up by its own "
        + "upkeep: 86.4 million rows, and 10 million in the quick form. By the product's own code, without HTTP; "
        + "each query is asked of all symbols in turn.",
    ];

    /// <summary>Measures writing.</summary>
    /// <returns>0 when every goal was met, 1 otherwise, 2 where there is no server.</returns>
    public static Task<int> HistoryAsync(CommandLine line, TextWriter output) => OnServerAsync(async database =>
    {
        using var entries = new JournalEntries();
        List<BenchmarkRow> rows =
        [
            .. await HistoryRows.ThroughputAsync(database, entries, TimeSpan.FromSeconds(line.Quick ? 5 : 60)),
            .. await HistoryRows.LagAsync(database, entries, line.Quick ? 3 : 20),
        ];
        return SuiteRun.Run(line, rows, HistoryNotes, output);
    });

    /// <summary>Measures reading.</summary>
    /// <returns>0 when every goal was met, 1 otherwise, 2 where there is no server.</returns>
    public static Task<int> QueryAsync(CommandLine line, TextWriter output) => OnServerAsync(async database =>
    {
        var day = new HistoryDay(line.Quick ? 700 : 6_000);
        await day.FillAsync(database);
        return SuiteRun.Run(line, await day.MeasureAsync(database, line.Quick ? 100 : 500), QueryNotes, output);
    });

    private static async Task<int> OnServerAsync(Func<PostgresDatabase, Task<int>> run)
    {
        if (PostgresServer.Missing is { } missing)
        {
            await Console.Error.WriteLineAsync($"Condition failed: {missing}; install postgresql.");
            return 2;
        }

        await using PostgresServer server = await PostgresServer.StartAsync(CancellationToken.None);
        string uri = await server.MakeDatabaseAsync("bench", CancellationToken.None);
        await using PostgresDatabase database = new(
            new PostgresOptions { Uri = uri }, NullLogger<PostgresDatabase>.Instance);
        await database.PrepareAsync(CancellationToken.None);
        return await run(database);
    }
}
