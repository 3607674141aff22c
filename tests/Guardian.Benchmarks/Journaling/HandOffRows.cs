using System.Diagnostics;
using System.Threading.Channels;
using Guardian.Benchmarks.Measuring;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;

namespace Guardian.Benchmarks.Journaling;

/// <summary>What a guardian's turn pays to hand an entry over.</summary>
internal static class HandOffRows
{
    private const int Burst = 2_000;

    /// <summary>Measures.</summary>
    public static async Task<BenchmarkRow[]> RunAsync(JournalEntries entries, int repeats)
    {
        LocalFile file = entries.Open();
        var journal = new SqliteJournal(file);
        var channel = Channel.CreateBounded<JournalEntry>(new BoundedChannelOptions(100_000) { SingleReader = true });
        double[] ours = new double[repeats];
        double[] theirs = new double[repeats];
        double[] bytes = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            JournalEntry[] ready = [.. Enumerable.Range(0, Burst).Select(_ => entries.Next())];
            await journal.FlushAsync(CancellationToken.None);
            (ours[i], bytes[i]) = Time(ready, entry => journal.TryAppend(entry, listener: null));
            theirs[i] = Time(ready, channel.Writer.TryWrite).Nanoseconds;
            while (channel.Reader.TryRead(out _))
            {
            }
        }

        await file.DisposeAsync();
        Spread cost = Spread.Of(ours);
        Spread allocated = Spread.Of(bytes);
        return
        [
            new(
                "hand-off of an entry to the journal",
                "ns/entry",
                cost,
                "bounded channel TryWrite",
                Spread.Of(theirs),
                Spread.Of(ours.Zip(theirs, (o, t) => t / o)),
                "≤ 300 ns",
                cost.Median <= 300),
            new("hand-off of an entry, allocated", "bytes/entry", allocated, Goal: "≤ 0", Met: allocated.Median <= 0),
        ];
    }

    private static (double Nanoseconds, double Bytes) Time(JournalEntry[] ready, Func<JournalEntry, bool> take)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        foreach (JournalEntry entry in ready)
        {
            if (!take(entry)) throw new InvalidOperationException("Invariant: there is room for a burst.");
        }

        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / ready.Length;
        return (nanoseconds, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)ready.Length);
    }
}
