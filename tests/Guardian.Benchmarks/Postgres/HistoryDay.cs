using System.Diagnostics;
using Guardian.Benchmarks.Measuring;
using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.Journal;
using Guardian.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Benchmarks.Postgres;

/// <summary>A day of ten symbols in L2, and how long it takes to look at one of them.</summary>
/// <param name="perMinute">Events of a symbol in a minute, a multiple of 100.</param>
internal sealed class HistoryDay(int perMinute)
{
    private const int Symbols = 10;
    private const int Minutes = 24 * 60;
    private const int PerEntry = 100;
    private const long Minute = 60_000_000_000;
    private const string LogBytes = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";

    // On a whole minute, yesterday: retention keeps it.
    private readonly long _start =
        (Timestamp.From(TimeProvider.System.GetUtcNow().AddHours(-25)).UnixNanoseconds / Minute) * Minute;

    private long _logged;

    /// <summary>Gets the rows of the whole day.</summary>
    public long Rows => (long)Symbols * Minutes * perMinute;

    /// <summary>Writes the day by the product's own store, and waits for its rollups.</summary>
    public async Task FillAsync(PostgresDatabase database)
    {
        using PostgresUpkeep upkeep = new(database, TimeProvider.System, NullLogger<PostgresUpkeep>.Instance);
        PostgresHistoryStore store = new(database, () => "bench", upkeep);
        long position = 0;
        long log = await CountAsync(database, LogBytes);
        List<JournalRow> rows = [];
        for (int minute = 0; minute < Minutes; minute++)
        {
            for (int symbol = 0; symbol < Symbols; symbol++)
            {
                for (int part = 0; part < perMinute / PerEntry; part++)
                    rows.Add(new JournalRow(++position, Entry(symbol, minute, part)));
            }

            if (rows.Count < 400 && minute < Minutes - 1) continue;
            await store.AppendAsync(rows, CancellationToken.None);
            rows.Clear();
        }

        _logged = await CountAsync(database, LogBytes) - log;
        await upkeep.RollUpAsync(TimeSpan.Zero, CancellationToken.None);
        long rolled = await CountAsync(database, "select count(*) from rolled");
        if (rolled != Symbols * Minutes) throw new InvalidOperationException($"Invariant: {rolled} minutes.");
        await using NpgsqlCommand analyze = database.Upkeep.CreateCommand("analyze");
        await analyze.ExecuteNonQueryAsync();
    }

    /// <summary>Measures both queries, and what an event takes.</summary>
    public async Task<BenchmarkRow[]> MeasureAsync(PostgresDatabase database, int times)
    {
        PostgresHistoryStore store = new(database, () => "bench");
        double[] pages = await TimesAsync(times, async i =>
        {
            HistoryPage page = await store.QueryAsync(
                new HistoryQuery { Symbol = Name(i % Symbols), Limit = 1_000, NewestFirst = true },
                CancellationToken.None);
            int rows = page.Items.Length;
            if (rows != 1_000) throw new InvalidOperationException($"Invariant: {rows} rows.");
        });
        double[] series = await TimesAsync(times / 5, async i =>
        {
            SeriesPoint[] points = await store.SeriesAsync(
                new SeriesQuery
                {
                    Symbol = Name(i % Symbols),
                    Metric = "latency.market-data",
                    From = new Timestamp(_start),
                    To = new Timestamp(_start + (Minutes * Minute)),
                },
                CancellationToken.None);
            if (points.Length != Minutes) throw new InvalidOperationException($"Invariant: {points.Length} points.");
        });
        double bytes = await CountAsync(
            database,
            "select sum(pg_total_relation_size(c.oid))::bigint from pg_class c "
            + "where c.relkind = 'r' and c.relname like 'events%'") / (double)Rows;
        double rollups = await CountAsync(
            database, "select pg_total_relation_size('rollups') + pg_total_relation_size('rolled')")
            / (double)(Symbols * Minutes);
        string of = $"of {Rows / 1e6:0.0} million rows";
        return
        [
            BenchmarkRow.AtMost($"newest page of 1,000 {of}: p99", "ms", At(pages, 0.99), 50),
            new($"newest page of 1,000 {of}: p50", "ms", Spread.Of(At(pages, 0.5))),
            BenchmarkRow.AtMost($"one-minute series of 24 h {of}: p99", "ms", At(series, 0.99), 500),
            new($"one-minute series of 24 h {of}: p50", "ms", Spread.Of(At(series, 0.5))),
            new("an event in L2, with its key", "bytes", Spread.Of(bytes)),
            new("an event in the server's own log", "bytes", Spread.Of(_logged / (double)Rows)),
            new("rollups of a minute of a symbol", "bytes", Spread.Of(rollups)),
        ];
    }

    private JournalEntry Entry(int symbol, int minute, int part)
    {
        long first = (((long)minute * perMinute) + (part * PerEntry)) + 1;
        long from = _start + (minute * Minute) + (part * (Minute / (perMinute / PerEntry)));
        long step = Minute / perMinute;
        var packer = new EventPacker();
        for (int i = 0; i < PerEntry; i++)
        {
            packer.Write(
                first + i,
                new Observation(
                    ObservationKind.Latency, from + (i * step), "market-data", 1 + ((first + i) % 89 / 7.0)));
        }

        return new JournalEntry
        {
            Symbol = Name(symbol),
            Epoch = new Epoch(1, 1),
            FirstSequence = first,
            Count = PerEntry,
            FirstAt = from,
            LastAt = from + (PerEntry * step),
            ReceivedAt = from,
            Class = EventClass.Sample,
            Payload = packer.ToArray(),
        };
    }

    private static string Name(int symbol) => $"SYM{symbol}";

    private static async Task<double[]> TimesAsync(int times, Func<int, Task> ask)
    {
        for (int i = 0; i < 5; i++) await ask(i);
        double[] took = new double[times];
        for (int i = 0; i < times; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await ask(i);
            took[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return [.. took.Order()];
    }

    private static double At(double[] sorted, double rank) => sorted[(int)(rank * (sorted.Length - 1))];

    private static async Task<long> CountAsync(PostgresDatabase database, string sql)
    {
        await using NpgsqlCommand command = database.Upkeep.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync() ?? 0L);
    }
}
