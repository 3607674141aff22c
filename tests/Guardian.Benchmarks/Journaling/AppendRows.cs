using System.Diagnostics;
using Guardian.Benchmarks.Measuring;
using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Benchmarks.Journaling;

/// <summary>Durable appends: flat out against bare SQLite, and at a steady rate.</summary>
internal static class AppendRows
{
    private const int PerSecond = 1_000;

    /// <summary>Measures throughput, in turns with the baseline.</summary>
    public static async Task<BenchmarkRow> FlatOutAsync(JournalEntries entries, int repeats, int count)
    {
        double[] ours = new double[repeats];
        double[] bare = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            (ours[i], int rowsPerCommit) = await AppendAsync(entries, count);
            bare[i] = Insert(entries, count, rowsPerCommit);
        }

        Spread ratio = Spread.Of(ours.Zip(bare, (o, b) => o / b));
        return new BenchmarkRow(
            $"append, durable, entries of {JournalEntries.Events} events, flat out",
            "events/s",
            Spread.Of(ours),
            "bare SQLite loop",
            Spread.Of(bare),
            ratio,
            "≥ 0.7×",
            ratio.Median >= 0.7);
    }

    /// <summary>Measures delay and processor time at 100,000 events a second.</summary>
    public static async Task<BenchmarkRow[]> PacedAsync(JournalEntries entries, int seconds)
    {
        LocalFile file = entries.Open();
        var journal = new SqliteJournal(file);
        var delays = new Delays(seconds * PerSecond);
        long start = Stopwatch.GetTimestamp();
        TimeSpan cpu = WriterTime();
        for (int i = 0; i < seconds * PerSecond; i++)
        {
            WaitUntil(start, i);
            delays.Begin(i);
            if (!journal.TryAppend(entries.Next(), delays)) throw new InvalidOperationException("Invariant: no room.");
        }

        await journal.FlushAsync(CancellationToken.None);
        double core = (WriterTime() - cpu) / Stopwatch.GetElapsedTime(start) * 100;
        await file.DisposeAsync();
        string name = $"append at {PerSecond * JournalEntries.Events:#,0} events/s, {seconds} s";
        return
        [
            BenchmarkRow.AtMost($"{name}: hand-over to durable, p99", "ms", delays.AtRank(0.99), 15),
            new($"{name}: p50", "ms", Spread.Of(delays.AtRank(0.5))),
            BenchmarkRow.AtMost($"{name}: writer's thread", "% of a core", core, 20),
        ];
    }

    private static async Task<(double EventsPerSecond, int RowsPerCommit)> AppendAsync(
        JournalEntries entries, int count)
    {
        LocalFile file = entries.Open();
        var journal = new SqliteJournal(file);
        JournalEntry[] ready = [.. Enumerable.Range(0, count).Select(_ => entries.Next())];
        long commits = file.Commits;
        long start = Stopwatch.GetTimestamp();
        var wait = new SpinWait();
        foreach (JournalEntry entry in ready)
        {
            while (!journal.TryAppend(entry, listener: null)) wait.SpinOnce();
        }

        await journal.FlushAsync(CancellationToken.None);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int rows = (int)Math.Max(1, count / Math.Max(1, file.Commits - commits));
        await file.DisposeAsync();
        return (count * (double)JournalEntries.Events / seconds, rows);
    }

    private static double Insert(JournalEntries entries, int count, int rowsPerCommit)
    {
        JournalEntry[] ready = [.. Enumerable.Range(0, count).Select(_ => entries.Next())];
        using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(entries.Folder(), "bare.db")};Pooling=False");
        connection.Open();
        Execute(connection, "pragma journal_mode = wal");
        Execute(connection, "pragma synchronous = full");
        Execute(
            connection,
            "create table journal(position integer primary key, symbol text, epoch_number integer, "
            + "first_sequence integer, count integer, received_at integer, payload blob)");
        long start = Stopwatch.GetTimestamp();
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = "insert into journal values($0, $1, $2, $3, $4, $5, $6)";
        for (int i = 0; i <= 6; i++) insert.Parameters.Add(new SqliteParameter($"${i}", DBNull.Value));
        for (int from = 0; from < count; from += rowsPerCommit)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (int i = from; i < Math.Min(count, from + rowsPerCommit); i++) Insert(insert, i, ready[i]);
            transaction.Commit();
        }

        return count * (double)JournalEntries.Events / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Insert(SqliteCommand insert, int position, JournalEntry entry)
    {
        insert.Parameters[0].Value = position;
        insert.Parameters[1].Value = entry.Symbol;
        insert.Parameters[2].Value = entry.Epoch.Number;
        insert.Parameters[3].Value = entry.FirstSequence;
        insert.Parameters[4].Value = entry.Count;
        insert.Parameters[5].Value = entry.ReceivedAt;
        insert.Parameters[6].Value = entry.Payload;
        insert.ExecuteNonQuery();
    }

    private static void Execute(SqliteConnection connection, string pragma)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = pragma;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static void WaitUntil(long start, int millisecond)
    {
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < millisecond) Thread.Yield();
    }

    // The kernel counts a thread's time in ticks of 10 ms; zero where there is no /proc.
    private static TimeSpan WriterTime()
    {
        if (!Directory.Exists("/proc/self/task")) return TimeSpan.Zero;
        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string stat = File.ReadAllText(Path.Combine(task, "stat"));
            if (!stat.Contains("(guardian-l3)", StringComparison.Ordinal)) continue;
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            long ticks = long.Parse(fields[11], System.Globalization.CultureInfo.InvariantCulture)
                + long.Parse(fields[12], System.Globalization.CultureInfo.InvariantCulture);
            return TimeSpan.FromMilliseconds(ticks * 10);
        }

        return TimeSpan.Zero;
    }

    /// <summary>From each hand-over to the word that it is durable. The writer's thread tells in order.</summary>
    private sealed class Delays(int count) : IDurableListener
    {
        private readonly long[] _begun = new long[count];
        private readonly double[] _milliseconds = new double[count];
        private int _told;

        public void Begin(int i) => _begun[i] = Stopwatch.GetTimestamp();

        public void OnDurable(JournalEntry entry, long position)
        {
            int i = _told++;
            _milliseconds[i] = Stopwatch.GetElapsedTime(_begun[i]).TotalMilliseconds;
        }

        public double AtRank(double rank)
        {
            double[] sorted = [.. _milliseconds.Order()];
            return sorted[(int)Math.Ceiling(rank * sorted.Length) - 1];
        }
    }
}
