using Guardian.Contracts;
using Guardian.Simulation.Model;
using Guardian.Storage.Journal;

namespace Guardian.Simulation.Stores;

/// <summary>The journal a guardian sees: the real one, and the model's notes of what went in and what was promised.
/// </summary>
internal sealed class RecordingJournal(
    IJournal inner,
    Func<string, FoldBook> book,
    int life,
    Func<bool> lives,
    Checker check,
    Action<JournalEntry> unrecorded)
    : IJournal
{
    private long _lastTold;

    public long DurablePosition => inner.DurablePosition;

    public string? Fault => inner.Fault;

    public bool HasRoom => inner.HasRoom;

    public long Unrecorded => inner.Unrecorded;

    public bool TryAppend(JournalEntry entry, IDurableListener? listener)
    {
        // What a dead process still hands over, nobody takes.
        if (!lives()) return true;
        FoldBook notes = book(entry.Symbol);
        check.Require(entry.Epoch >= notes.Highest, Invariants.Epochs, () =>
            $"{entry.Symbol} hands over an event of epoch {entry.Epoch}; {notes.Highest} is in this journal");
        Handed handed = notes.Hand(entry, life);
        // Taken before it is known whether there is room: a journal may tell at once.
        if (inner.TryAppend(entry, new Telling(this, notes, handed, listener))) return true;
        handed.Recorded = false;
        unrecorded(entry);
        return false;
    }

    public Task FlushAsync(CancellationToken cancellation) => inner.FlushAsync(cancellation);

    public IReadOnlyList<JournalRow> ReadAfter(long after, int limit) => inner.ReadAfter(after, limit);

    public IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence) =>
        inner.ReadTail(symbol, epoch, sequence);

    public JournalLag LagAfter(long position) => inner.LagAfter(position);

    public Task WaitForAsync(long after, CancellationToken cancellation) => inner.WaitForAsync(after, cancellation);

    public long GetCursor(string tier) => inner.GetCursor(tier);

    public void MoveCursor(string tier, long position) => inner.MoveCursor(tier, position);

    public void RewindCursor(string tier, long position) => inner.RewindCursor(tier, position);

    private void Told(long position)
    {
        check.Require(position > _lastTold, Invariants.Positions, () =>
            $"position {position} was told after {_lastTold}");
        _lastTold = position;
    }

    private sealed class Telling(RecordingJournal owner, FoldBook notes, Handed handed, IDurableListener? listener)
        : IDurableListener
    {
        public void OnDurable(JournalEntry entry, long position)
        {
            owner.Told(position);
            notes.Told(handed);
            listener?.OnDurable(entry, position);
        }
    }
}
