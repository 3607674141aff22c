using System.Collections.Concurrent;
using System.Diagnostics;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;

namespace Guardian.Benchmarks.Journaling;

/// <summary>A tier's store that notes when each entry was stored. Thread-safe.</summary>
/// <param name="inner">The store.</param>
internal sealed class TimedStore(ITierStore inner) : ITierStore
{
    /// <summary>Gets when each entry was handed over; to be filled by the caller.</summary>
    public ConcurrentDictionary<(string Symbol, long First), long> Begun { get; } = new();

    /// <summary>Gets the time of each entry from there to its store's answer.</summary>
    public ConcurrentQueue<double> Milliseconds { get; } = new();

    /// <inheritdoc/>
    public string Tier => inner.Tier;

    /// <inheritdoc/>
    public string Store => inner.Store;

    /// <inheritdoc/>
    public string Cursor => inner.Cursor;

    /// <inheritdoc/>
    public ValueTask<long> ResumeAsync(long cursor, CancellationToken cancellation) =>
        inner.ResumeAsync(cursor, cancellation);

    /// <inheritdoc/>
    public async Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
    {
        long stored = await inner.AppendAsync(rows, cancellation);
        foreach (JournalRow row in rows)
        {
            if (Begun.TryRemove((row.Entry.Symbol, row.Entry.FirstSequence), out long begun))
                Milliseconds.Enqueue(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        return stored;
    }
}
