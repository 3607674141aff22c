using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;
using Guardian.Grains.Guarding;
using Guardian.Storage.Journal;
using Observation = Guardian.Detection.Events.Observation;

namespace Guardian.Simulation.Model;

/// <summary>
/// What one guardian handed over to one silo's journal, and the uninterrupted fold of it: what recovery must give.
/// </summary>
internal sealed class FoldBook(string symbol)
{
    private readonly List<Handed> _handed = [];
    private readonly SortedDictionary<string, (long Epoch, long Through)> _cursors = new(StringComparer.Ordinal);
    private GuardianEngine _fold = new(GuardianPolicy.Default);
    private Epoch _epoch;
    private int _folded;
    private string _base = "the beginning";

    /// <summary>Gets or sets whether all is kept, for worlds whose disks decay.</summary>
    internal bool KeepsAll { get; set; }

    /// <summary>Gets the highest epoch that is durable here.</summary>
    internal Epoch Highest { get; private set; }

    /// <summary>Gets how much waits to become durable.</summary>
    internal int Waiting => _handed.Count(h => h is { Recorded: true, Durable: false });

    internal Handed Hand(JournalEntry entry)
    {
        var handed = new Handed(entry);
        _handed.Add(handed);
        return handed;
    }

    internal void Told(Handed handed)
    {
        handed.Durable = true;
        if (handed.Entry.Epoch > Highest) Highest = handed.Entry.Epoch;
    }

    /// <summary>Notes that a checkpoint is durable: holes before it no longer matter.</summary>
    internal void Covered(Epoch epoch, long sequence)
    {
        foreach (Handed handed in _handed)
        {
            JournalEntry entry = handed.Entry;
            bool before = entry.Epoch < epoch || (entry.Epoch == epoch && LastOf(entry) <= sequence);
            if (before && !handed.Recorded) handed.Recorded = handed.Durable = true;
        }
    }

    /// <summary>Checks what a recovery gave; what it did not find is forgotten here too.</summary>
    /// <param name="recovered">What it gave.</param>
    /// <param name="excused">Whether the silo has said that something was damaged.</param>
    /// <param name="check">Where to check.</param>
    internal void CheckRecovered(RecoveredGuardian recovered, bool excused, Checker check)
    {
        int least = excused ? 0 : LeastKept();
        byte[] found = Bytes(recovered.Engine);
        if (KeepsAll) Restart();
        for (; ; _folded++)
        {
            if (_folded >= least && Same(found, recovered))
            {
                Settle();
                return;
            }

            if (_folded == _handed.Count) break;
            Fold(_handed[_folded].Entry);
        }

        check.Require(holds: false, Invariants.Fold, () =>
            $"{symbol} came up from {recovered.Provenance.RecoveredFrom} at {recovered.Newest} "
            + $"(time {recovered.Engine.Now}, {found.Length} bytes), which is the fold of none of its prefixes of "
            + $"{least} to {_handed.Count} entries after {_base}; replayed {recovered.Provenance.Replayed}, sequence "
            + $"{recovered.Engine.Sequence}, fold at {_epoch}/{_fold.Sequence}; handed over: [{Say()}]; problems: "
            + $"[{string.Join("; ", recovered.Problems)}]");
    }

    /// <summary>Compares a running engine with the fold of everything it handed over.</summary>
    internal void CheckLive(GuardianEngine live, Checker check)
    {
        GuardianEngine fold = Copy(_fold, _epoch);
        Epoch epoch = _epoch;
        foreach (Handed handed in _handed.Skip(_folded)) Apply(fold, handed.Entry, ref epoch);
        byte[] running = Bytes(live);
        fold.Advance(live.Now, Nothing.Instance);
        check.Require(Bytes(fold).AsSpan().SequenceEqual(running), Invariants.Fold, () =>
            $"the running {symbol} at {live.Now} differs from the fold of the {_handed.Count} entries it handed over");
    }

    internal static byte[] Bytes(GuardianEngine engine)
    {
        var writer = new StateWriter(4096);
        engine.WriteState(writer);
        return writer.ToArray();
    }

    internal static GuardianEngine Copy(GuardianEngine engine, Epoch epoch)
    {
        var reader = new StateReader(Bytes(engine));
        GuardianEngine copy = GuardianEngine.ReadState(ref reader);
        copy.ContinueEpoch(epoch.Number, epoch.Generation, engine.Sequence);
        return copy;
    }

    private string Say() => string.Join(", ", _handed.Select(h =>
        $"{h.Entry.Epoch}/{h.Entry.FirstSequence}+{h.Entry.Count}{(h.Durable ? " durable" : string.Empty)}"
        + (h.Recorded ? string.Empty : " unrecorded")));

    private static long LastOf(JournalEntry entry) => entry.FirstSequence + entry.Count - 1;

    // Everything up to the last durable entry, unless a hole lies before it.
    private int LeastKept()
    {
        int least = 0;
        for (int i = 0; i < _handed.Count; i++)
        {
            if (!_handed[i].Recorded) break;
            if (_handed[i].Durable) least = i + 1;
        }

        return least;
    }

    private bool Same(byte[] found, RecoveredGuardian recovered)
    {
        foreach ((string producer, (long epoch, long through)) in _cursors)
        {
            Cursor cursor = recovered.Cursors.Find(producer);
            if (cursor.Epoch != epoch || cursor.Accepted != through) return false;
        }

        // Asking moves the time without an event, and a checkpoint keeps the time it was made at.
        if (_fold.Now > recovered.Engine.Now) return false;
        GuardianEngine fold = Copy(_fold, _epoch);
        fold.Advance(recovered.Engine.Now, Nothing.Instance);
        return Bytes(fold).AsSpan().SequenceEqual(found);
    }

    private void Fold(JournalEntry entry)
    {
        Apply(_fold, entry, ref _epoch);
        if (entry.Producer is not null) _cursors[entry.Producer] = (entry.ProducerEpoch, entry.ProducerThrough);
    }

    private static void Apply(GuardianEngine engine, JournalEntry entry, ref Epoch epoch)
    {
        if (entry.Epoch != epoch)
        {
            epoch = entry.Epoch;
            engine.BeginEpoch(epoch.Number, epoch.Generation);
        }

        if (entry.Count > 0) EventUnpacker.Unpack(entry.Payload, entry.FirstSequence, new Folder(engine));
    }

    // What was not found is gone; without decay nothing before this recovery is asked for again.
    private void Settle()
    {
        _handed.RemoveRange(_folded, _handed.Count - _folded);
        _base = $"{_epoch}/{_fold.Sequence}";
        foreach (Handed handed in _handed) handed.Recorded = handed.Durable = true;
        if (KeepsAll) return;
        _handed.Clear();
        _folded = 0;
    }

    private void Restart()
    {
        _fold = new GuardianEngine(GuardianPolicy.Default);
        _epoch = default;
        _folded = 0;
        _cursors.Clear();
    }

    private sealed class Folder(GuardianEngine engine) : IFoldSink
    {
        public void Write(long sequence, in Observation observation) =>
            engine.Apply(in observation, Nothing.Instance);

        public void Write(long sequence, GuardianEvent guardianEvent) =>
            engine.Apply(guardianEvent, Nothing.Instance);
    }

    private sealed class Nothing : IFoldSink
    {
        internal static Nothing Instance { get; } = new();

        public void Write(long sequence, in Observation observation)
        {
        }

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
        }
    }
}

/// <summary>An entry that was handed over, and what became of it.</summary>
internal sealed class Handed(JournalEntry entry)
{
    internal JournalEntry Entry => entry;

    /// <summary>Gets or sets whether the journal took it.</summary>
    internal bool Recorded { get; set; } = true;

    /// <summary>Gets or sets whether the guardian was told that it is durable, or a checkpoint after it is.</summary>
    internal bool Durable { get; set; }
}
