using System.Diagnostics;
using Guardian.Benchmarks.Journaling;
using Guardian.Benchmarks.Measuring;
using Guardian.Contracts;
using Guardian.Storage;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Postgres;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Guardian.Benchmarks.Postgres;

/// <summary>Writing L2: flat out beside a bare loop and beside grain state, and its lag at a steady rate.</summary>
internal static class HistoryRows
{
    private const int MostAhead = 2_000;
    private const int EventsPerEntry = 10;
    private const int PerSecond = 1_000;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);

    /// <summary>Measures throughput in turns with both baselines.</summary>
    public static async Task<BenchmarkRow[]> ThroughputAsync(
        PostgresDatabase database, JournalEntries entries, TimeSpan during)
    {
        int turns = Math.Max(1, (int)(during / Turn));
        double[] ours = new double[turns];
        double[] bare = new double[turns];
        var insert = new BareInsert();
        await BareInsert.MakeAsync(database);
        LocalFile file = entries.Open();
        var journal = new SqliteJournal(file);
        var writer = new TierWriter(
            new PostgresHistoryStore(database, () => "bench"), journal, new SqliteParkedStore(file),
            new StorageOptions(), TimeProvider.System, NullLogger<TierWriter>.Instance);
        using var stop = new CancellationTokenSource();
        Task running = writer.RunAsync(stop.Token);
        await FeedAsync(journal, writer, entries, TimeSpan.FromSeconds(1)); // Parts, plans and pools are made.
        for (int i = 0; i < turns; i++)
        {
            ours[i] = await FeedAsync(journal, writer, entries, Turn);
            bare[i] = await insert.RunAsync(database, Turn);
        }

        await stop.CancelAsync();
        await running;
        await file.DisposeAsync();
        double[] one = [.. await StatesAsync(database, 1)];
        double[] many = [.. await StatesAsync(database, 32)];
        Spread mine = Spread.Of(ours);
        Spread ratio = Spread.Of(ours.Zip(bare, (o, b) => o / b));
        string name = $"events into PostgreSQL, idempotent, {turns} turns of {Turn.TotalSeconds:0} s";
        return
        [
            new(name, "events/s", mine, "bare unnest loop", Spread.Of(bare), ratio, "≥ 0.6×", ratio.Median >= 0.6),
            new($"{name}, absolute", "events/s", mine, Goal: "≥ 100,000", Met: mine.Median >= 100_000),
            Against("1 caller", mine, one),
            Against("32 callers", mine, many),
        ];
    }

    /// <summary>Measures from the hand-over of an entry to its commit, at 10,000 events a second.</summary>
    public static async Task<BenchmarkRow[]> LagAsync(PostgresDatabase database, JournalEntries entries, int seconds)
    {
        LocalFile file = entries.Open();
        var journal = new SqliteJournal(file);
        var store = new TimedStore(new PostgresHistoryStore(database, () => "lag"));
        var writer = new TierWriter(
            store, journal, new SqliteParkedStore(file), new StorageOptions(), TimeProvider.System,
            NullLogger<TierWriter>.Instance);
        using var stop = new CancellationTokenSource();
        Task running = writer.RunAsync(stop.Token);
        int count = seconds * PerSecond;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < i) await Task.Yield();
            JournalEntry entry = entries.Few(EventsPerEntry) with { Symbol = $"L{i % 100}" };
            store.Begun[(entry.Symbol, entry.FirstSequence)] = Stopwatch.GetTimestamp();
            if (!journal.TryAppend(entry, listener: null)) throw new InvalidOperationException("Invariant: no room.");
        }

        while (store.Milliseconds.Count < count)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        await stop.CancelAsync();
        await running;
        await file.DisposeAsync();
        double[] sorted = [.. store.Milliseconds.Order()];
        string name = $"lag of an event to PostgreSQL at {PerSecond * EventsPerEntry:#,0} events/s, {seconds} s";
        return
        [
            BenchmarkRow.AtMost($"{name}: p99", "ms", sorted[(int)(0.99 * sorted.Length)], 1_000),
            new($"{name}: p50", "ms", Spread.Of(sorted[sorted.Length / 2])),
        ];
    }

    private static BenchmarkRow Against(string callers, Spread ours, double[] states)
    {
        Spread baseline = Spread.Of(states);
        Spread ratio = Spread.Of(ours.Median / baseline.Median);
        return new BenchmarkRow(
            $"the same by one WriteStateAsync an event, {callers}", "events/s", ours, "WriteStateAsync", baseline,
            ratio, "≥ 40×", ratio.Median >= 40);
    }

    // Never far ahead, so that what is measured is the writer and not the journal's queue.
    private static async Task<double> FeedAsync(
        SqliteJournal journal, TierWriter writer, JournalEntries entries, TimeSpan during)
    {
        long before = writer.Stored;
        long handed = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < during)
        {
            if (handed - (writer.Stored - before) > MostAhead * JournalEntries.Events)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                continue;
            }

            if (journal.TryAppend(entries.Next(), listener: null)) handed += JournalEntries.Events;
            else await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        double rate = (writer.Stored - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        while (writer.Stored - before < handed) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        return rate;
    }

    private static async Task<IEnumerable<double>> StatesAsync(PostgresDatabase database, int callers)
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddSerializer().AddLogging().Configure<ClusterOptions>(o => o.ServiceId = "bench").BuildServiceProvider();
        await using GrainStorage.Door door = new(database, services);
        await door.OpenAsync();
        long written = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            for (int i = 0; Stopwatch.GetElapsedTime(start) < Turn; i++)
            {
                await door.WriteAsync(GrainId.Create("event", $"{callers}-{caller}-{i}"));
                Interlocked.Increment(ref written);
            }
        }));
        return [written / Stopwatch.GetElapsedTime(start).TotalSeconds];
    }
}
