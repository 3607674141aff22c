using Guardian.Contracts;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Journal;

/// <summary>The journal in the local file.</summary>
/// <remarks>Thread-safe. Reading runs on the caller's thread.</remarks>
/// <param name="file">The opened local file.</param>
public sealed class SqliteJournal(LocalFile file) : IJournal
{
    /// <inheritdoc/>
    public long DurablePosition => file.DurablePosition;

    /// <inheritdoc/>
    public string? Fault => file.Fault;

    /// <inheritdoc/>
    public bool HasRoom => file.Fault is null && file.Room.HasRoom();

    /// <inheritdoc/>
    public long Unrecorded => file.Room.Unrecorded;

    /// <summary>Gets how many of the unrecorded entries were not samples.</summary>
    public long UnrecordedState => file.Room.UnrecordedState;

    /// <inheritdoc/>
    public bool TryAppend(JournalEntry entry, IDurableListener? listener) => file.TryAppend(entry, listener);

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellation) =>
        file.WriteAsync(static _ => true, 0).WaitAsync(cancellation);

    /// <inheritdoc/>
    public IReadOnlyList<JournalRow> ReadAfter(long after, int limit)
    {
        JournalLimits.CheckLimit(limit);
        try
        {
            return file.Read(session => JournalRows.ReadAll(session.Reader(
                "select " + JournalRows.Columns + " from journal where position > $0 order by position limit $1",
                after,
                limit)));
        }
        catch (DamagedRecordException e)
        {
            if (e.Before.Count > 0) return e.Before;
            file.ReportDamage(e.Message);
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence)
    {
        // Before the disk is read: what becomes durable in between is found twice and taken once.
        List<JournalEntry> waiting = file.Waiting(symbol);
        try
        {
            List<JournalRow> rows = file.Read(session => JournalRows.ReadAll(session.Reader(
                "select " + JournalRows.Columns + " from journal where symbol = $0 and class <> 2 and "
                + "(epoch_number, epoch_generation, first_sequence + max(count, 1) - 1) > ($1, $2, $3) "
                + "order by position",
                symbol,
                epoch.Number,
                epoch.Generation,
                sequence)));
            foreach (JournalEntry entry in waiting) Follow(rows, entry, epoch, sequence);
            return rows;
        }
        catch (DamagedRecordException e)
        {
            file.ReportDamage(e.Message);
            throw;
        }
    }

    /// <inheritdoc/>
    public JournalLag LagAfter(long position) => file.Read(session =>
    {
        using SqliteDataReader reader = session.Reader(
            "select through - count, received_at from journal where position > $0 order by position limit 1",
            position);
        return reader.Read()
            ? new JournalLag(Math.Max(0, file.DurableEvents - reader.GetInt64(0)), reader.GetInt64(1))
            : default;
    });

    /// <inheritdoc/>
    public Task WaitForAsync(long after, CancellationToken cancellation) => file.WaitForAsync(after, cancellation);

    /// <inheritdoc/>
    public long GetCursor(string tier) => file.GetCursor(tier);

    /// <inheritdoc/>
    public void MoveCursor(string tier, long position) => file.MoveCursor(tier, position);

    /// <inheritdoc/>
    public void RewindCursor(string tier, long position) => file.RewindCursor(tier, position);

    // What a predecessor in this process handed over while the disk was away is part of what happened.
    private static void Follow(List<JournalRow> rows, JournalEntry entry, Epoch epoch, long sequence)
    {
        if (entry.Class == EventClass.Forget)
        {
            rows.Clear();
            return;
        }

        int order = entry.Epoch.CompareTo(epoch);
        bool after = order > 0 || (order == 0 && entry.FirstSequence + Math.Max(entry.Count, 1) - 1 > sequence);
        bool known = rows.Exists(row => row.Entry.Epoch == entry.Epoch && row.Entry.FirstSequence == entry.FirstSequence
            && row.Entry.Count == entry.Count);
        if (after && !known) rows.Add(new JournalRow(0, entry));
    }
}
