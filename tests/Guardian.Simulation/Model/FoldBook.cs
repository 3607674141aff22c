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
internal sealed class FoldBook(string symbol, Action<JournalEntry> abandoned)
{
    private readonly List<Handed> _handed = [];
    // Folded for good, unless this silo later takes over a state that another made without them.
    private readonly List<JournalEntry> _settled = [];
    private readonly Dictionary<string, (long Epoch, long Through)> _cursors = new(StringComparer.Ordinal);
    private GuardianEngine _fold = new(GuardianPolicy.Default);
    private Epoch _epoch;
    private int _folded;
    private bool _endedAtHole;
    private string _base = "the beginning";

    /// <summary>Gets or sets whether all is kept, for worlds whose disks decay.</summary>
    internal bool KeepsAll { get; set; }

    /// <summary>Gets whether it stands on a record of another silo that no checkpoint of this one covers.</summary>
    internal bool StandsOnRecord { get; private set; }

    /// <summary>Gets the highest epoch that is durable here.</summary>
    internal Epoch Highest { get; private set; }

    /// <summary>Counts what one life of the silo took and was not told of.</summary>
    internal int Waiting(int life) => _handed.Count(h => h.Life == life && h is { Recorded: true, Durable: false });

    internal Handed Hand(JournalEntry entry, int life)
    {
        var handed = new Handed(entry, life) { IsBehindHole = _endedAtHole };
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
            if (before) handed.IsBehindHole = false;
        }

        _endedAtHole = StandsOnRecord = false;
    }

    /// <summary>Checks what a recovery gave; what it did not find is forgotten here too.</summary>
    /// <param name="recovered">What it gave.</param>
    /// <param name="excused">Whether the silo has said that something was damaged.</param>
    /// <param name="life">The silo's life.</param>
    /// <param name="check">Where to check.</param>
    internal void CheckRecovered(RecoveredGuardian recovered, bool excused, int life, Checker check)
    {
        byte[] found = Bytes(recovered.Engine);
        // A file that decayed as a whole is another file: what epochs it held nobody can tell.
        if (excused) Highest = recovered.Newest;
        if (KeepsAll && excused) Restart();
        else FoldDurable();
        int least = excused ? 0 : LeastKept(life);
        GuardianEngine fold = Copy(_fold, _epoch);
        var cursors = new Dictionary<string, (long Epoch, long Through)>(_cursors, StringComparer.Ordinal);
        Epoch epoch = _epoch;
        for (int i = _folded; ; i++)
        {
            if (i >= least && Same(fold, epoch, cursors, found, recovered))
            {
                Settle(i, life);
                _endedAtHole = recovered.Problems.Count > 0;
                return;
            }

            if (i == _handed.Count) break;
            Fold(_handed[i].Entry, fold, cursors, ref epoch);
        }

        check.Require(holds: false, Invariants.Fold, () =>
            $"{symbol} came up from {recovered.Provenance.RecoveredFrom} at {recovered.Newest} "
            + $"(time {recovered.Engine.Now}, {found.Length} bytes), which is the fold of none of its prefixes of "
            + $"{least} to {_handed.Count} entries after {_base}; replayed {recovered.Provenance.Replayed}, sequence "
            + $"{recovered.Engine.Sequence}, fold at {_epoch}/{_fold.Sequence}; handed over: [{Say()}]; problems: "
            + $"[{string.Join("; ", recovered.Problems)}]");
    }

    /// <summary>
    /// Takes a recovery as it is: it stands on what another silo stored, and this one has not stored it yet.
    /// </summary>
    internal void Adopt(RecoveredGuardian recovered, bool ofRecord)
    {
        // Late events: stored, in the history, and never folded; their producer sends them again.
        foreach (Handed handed in _handed) abandoned(handed.Entry);
        _handed.Clear();
        foreach (JournalEntry entry in _settled.Where(e => !IsKnown(e, recovered))) abandoned(entry);
        _settled.RemoveAll(e => !IsKnown(e, recovered));
        _folded = 0;
        _epoch = recovered.Newest;
        _fold = Copy(recovered.Engine, _epoch);
        _cursors.Clear();
        foreach ((string producer, Cursor cursor) in recovered.Cursors.Copy())
            _cursors[producer] = (cursor.Epoch, cursor.Accepted);
        StandsOnRecord = _endedAtHole = ofRecord;
        if (!ofRecord) Highest = recovered.Newest;
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

    private static bool IsKnown(JournalEntry entry, RecoveredGuardian recovered)
    {
        Cursor cursor = recovered.Cursors.Find(entry.Producer!);
        return cursor.Epoch > entry.ProducerEpoch
            || (cursor.Epoch == entry.ProducerEpoch && cursor.Accepted >= entry.ProducerThrough);
    }

    private static long LastOf(JournalEntry entry) => entry.FirstSequence + entry.Count - 1;

    // Everything up to the last durable entry, unless a hole lies before it.
    private int LeastKept(int life)
    {
        int least = 0;
        for (int i = 0; i < _handed.Count; i++)
        {
            if (!_handed[i].Recorded || _handed[i].IsBehindHole) break;
            if (_handed[i].Durable || _handed[i].Life == life) least = i + 1;
        }

        return least;
    }

    private static bool Same(
        GuardianEngine fold,
        Epoch epoch,
        Dictionary<string, (long Epoch, long Through)> cursors,
        byte[] found,
        RecoveredGuardian recovered)
    {
        foreach ((string producer, (long number, long through)) in cursors)
        {
            Cursor cursor = recovered.Cursors.Find(producer);
            if (cursor.Epoch != number || cursor.Accepted != through) return false;
        }

        // Asking moves the time without an event, and a checkpoint keeps the time it was made at.
        if (fold.Now > recovered.Engine.Now) return false;
        GuardianEngine copy = Copy(fold, epoch);
        copy.Advance(recovered.Engine.Now, Nothing.Instance);
        return Bytes(copy).AsSpan().SequenceEqual(found);
    }

    private static void Fold(
        JournalEntry entry,
        GuardianEngine engine,
        Dictionary<string, (long Epoch, long Through)> cursors,
        ref Epoch epoch)
    {
        Apply(engine, entry, ref epoch);
        if (entry.Producer is not null) cursors[entry.Producer] = (entry.ProducerEpoch, entry.ProducerThrough);
    }

    // What can never be lost again becomes the base.
    private void FoldDurable()
    {
        for (; _folded < _handed.Count; _folded++)
        {
            Handed handed = _handed[_folded];
            if (!handed.Recorded || !handed.Durable || handed.IsBehindHole) break;
            Fold(handed.Entry, _fold, _cursors, ref _epoch);
            if (handed.Entry is { Producer: not null, Count: > 0 }) _settled.Add(handed.Entry);
        }

        if (KeepsAll) return;
        _handed.RemoveRange(0, _folded);
        _folded = 0;
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

    // What was not found is gone. What was found and is of an earlier life is durable, or it could not be found; what
    // this life took may still wait.
    private void Settle(int found, int life)
    {
        // Behind a hole even what is durable is not folded: it stays in the history, and its producer sends it again.
        foreach (Handed handed in _handed.Skip(found).Where(h => h.Durable)) abandoned(handed.Entry);
        _handed.RemoveRange(found, _handed.Count - found);
        foreach (Handed handed in _handed)
        {
            if (handed.Life == life) continue;
            handed.Recorded = handed.Durable = true;
            handed.IsBehindHole = false;
        }

        FoldDurable();
        _base = $"{_epoch}/{_fold.Sequence}";
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
internal sealed class Handed(JournalEntry entry, int life)
{
    /// <summary>Gets the life of the silo that took it; while that goes on, nothing it took is lost.</summary>
    internal int Life => life;

    internal JournalEntry Entry => entry;

    /// <summary>Gets or sets whether the journal took it.</summary>
    internal bool Recorded { get; set; } = true;

    /// <summary>
    /// Gets or sets whether recovery would end before it: it came after a hole that no checkpoint covers.
    /// </summary>
    internal bool IsBehindHole { get; set; }

    /// <summary>Gets or sets whether the guardian was told that it is durable, or a checkpoint after it is.</summary>
    internal bool Durable { get; set; }
}
