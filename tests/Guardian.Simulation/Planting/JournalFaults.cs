using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;

namespace Guardian.Simulation.Planting;

/// <summary>A journal that passes everything on.</summary>
internal abstract class PassingJournal(IJournal inner) : IJournal
{
    public long DurablePosition => inner.DurablePosition;

    public string? Fault => inner.Fault;

    public bool HasRoom => inner.HasRoom;

    public long Unrecorded => inner.Unrecorded;

    protected IJournal Inner => inner;

    public virtual bool TryAppend(JournalEntry entry, IDurableListener? listener) => inner.TryAppend(entry, listener);

    public Task FlushAsync(CancellationToken cancellation) => inner.FlushAsync(cancellation);

    public virtual IReadOnlyList<JournalRow> ReadAfter(long after, int limit) => inner.ReadAfter(after, limit);

    public virtual IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence) =>
        inner.ReadTail(symbol, epoch, sequence);

    public JournalLag LagAfter(long position) => inner.LagAfter(position);

    public Task WaitForAsync(long after, CancellationToken cancellation) => inner.WaitForAsync(after, cancellation);

    public long GetCursor(string tier) => inner.GetCursor(tier);

    public void MoveCursor(string tier, long position) => inner.MoveCursor(tier, position);

    public void RewindCursor(string tier, long position) => inner.RewindCursor(tier, position);
}

/// <summary>The history's cursor moves when rows are read, not when they are stored.</summary>
internal sealed class CursorBeforeCommit : Plant
{
    internal override IJournal HistoryJournal(IJournal inner) => new Faulty(inner);

    private sealed class Faulty(IJournal inner) : PassingJournal(inner)
    {
        public override IReadOnlyList<JournalRow> ReadAfter(long after, int limit)
        {
            IReadOnlyList<JournalRow> rows = Inner.ReadAfter(after, limit);
            if (rows.Count > 0) Inner.MoveCursor(TierNames.History, rows[^1].Position);
            return rows;
        }
    }
}

/// <summary>A guardian is told that its events are durable when they are handed over.</summary>
internal sealed class JournalTellsBeforeCommit : Plant
{
    internal override IJournal Journal(IJournal inner) => new Faulty(inner);

    private sealed class Faulty(IJournal inner) : PassingJournal(inner)
    {
        private long _told;

        public override bool TryAppend(JournalEntry entry, IDurableListener? listener)
        {
            if (!Inner.TryAppend(entry, listener: null)) return false;
            _told = Math.Max(_told, Inner.DurablePosition) + 1;
            listener?.OnDurable(entry, _told);
            return true;
        }
    }
}

/// <summary>Events are stored without how far their producer is.</summary>
internal sealed class ProducerCursorsNotStored : Plant
{
    internal override IJournal Journal(IJournal inner) => new Faulty(inner);

    private sealed class Faulty(IJournal inner) : PassingJournal(inner)
    {
        public override bool TryAppend(JournalEntry entry, IDurableListener? listener) =>
            Inner.TryAppend(entry with { Producer = null }, new Said(entry, listener));
    }

    private sealed class Said(JournalEntry entry, IDurableListener? listener) : IDurableListener
    {
        public void OnDurable(JournalEntry stored, long position) => listener?.OnDurable(entry, position);
    }
}

/// <summary>Recovery takes entries after a hole as if they followed.</summary>
internal sealed class HoleFoldedAcross : Plant
{
    internal override IJournal RecoveryJournal(IJournal inner) => new Faulty(inner);

    private sealed class Faulty(IJournal inner) : PassingJournal(inner)
    {
        public override IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence)
        {
            List<JournalRow> rows = [.. Inner.ReadTail(symbol, epoch, sequence)];
            for (int i = 0; i < rows.Count; i++)
            {
                JournalEntry entry = rows[i].Entry;
                if (entry.Epoch == epoch && entry.FirstSequence > sequence + 1)
                    rows[i] = rows[i] with { Entry = entry with { FirstSequence = sequence + 1 } };
                (epoch, sequence) = (entry.Epoch, rows[i].Entry.FirstSequence + entry.Count - 1);
            }

            return rows;
        }
    }
}

/// <summary>Recovery misses the last entry.</summary>
internal sealed class TailReadOneShort : Plant
{
    internal override IJournal RecoveryJournal(IJournal inner) => new Faulty(inner);

    private sealed class Faulty(IJournal inner) : PassingJournal(inner)
    {
        public override IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence) =>
            [.. Inner.ReadTail(symbol, epoch, sequence).SkipLast(1)];
    }
}

/// <summary>What finds no room waits in a list without a bound.</summary>
internal sealed class QueueWithoutBound : Plant
{
    internal override IJournal Journal(IJournal inner) => new Faulty(inner);

    private sealed class Faulty(IJournal inner) : PassingJournal(inner)
    {
        private readonly Queue<(JournalEntry Entry, IDurableListener? Listener)> _waiting = new();

        public override bool TryAppend(JournalEntry entry, IDurableListener? listener)
        {
            // Payloads are buffers that are used again once an entry was refused.
            _waiting.Enqueue((entry with { Payload = entry.Payload.ToArray() }, listener));
            while (_waiting.TryPeek(out (JournalEntry Entry, IDurableListener? Listener) next)
                && Inner.TryAppend(next.Entry, next.Listener))
            {
                _waiting.Dequeue();
            }

            return true;
        }
    }
}
