using System.Globalization;
using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Recovery;

namespace Guardian.Grains.Guarding;

/// <summary>Brings a guardian back: newest good checkpoint, then the journal's tail by the same fold as live.</summary>
/// <remarks>Thread-safe: it keeps nothing between calls.</remarks>
public sealed class GuardianRecovery(RecoveryReader reader, LocalFile? file = null)
{
    /// <summary>Recovers a guardian, or makes a fresh one where nothing is known of it.</summary>
    /// <remarks>
    /// Fails open: whatever can't be read is a problem in words, and the guardian comes up unverified.
    /// </remarks>
    /// <param name="symbol">The key.</param>
    /// <param name="record">What grain storage keeps of it; null where it did not answer.</param>
    /// <param name="hot">The newest snapshot of L1; null where there is none, or it did not answer.</param>
    /// <param name="newest">The newest events of L1 and L2, oldest first; null where there are none.</param>
    public RecoveredGuardian Recover(
        string symbol,
        GuardianRecord? record = null,
        Checkpoint? hot = null,
        IReadOnlyList<JournalEntry>? newest = null)
    {
        var problems = new List<string>();
        // What a person may have vouched for since; what is found in this recovery nobody has.
        var before = new List<string>();
        if (file?.DamagedFile is { } aside) before.Add($"the local file was damaged and set aside as {aside}");
        if (file?.Loss is { } loss) before.Add(loss);
        if (file?.Damages.Any(d => d.Contains(" of halts ", StringComparison.Ordinal)) == true)
            before.Add("an entry of the halt board is damaged");
        try
        {
            return Recover(symbol, record, hot, newest ?? [], before, problems);
        }
        catch (Exception error)
        {
            problems.AddRange(before);
            problems.Add($"nothing could be read: {error.Message}");
            var engine = new GuardianEngine(GuardianPolicy.Default);
            return Recovered(
                engine, new ProducerCursors(), AtLeastTheFloor(default), "fresh", new ReplaySink(engine), problems)
                with
            { IsUnread = true };
        }
    }

    /// <summary>Tells whether what is stored of a guardian can be read now; what it says is not looked at.</summary>
    public bool CanRead(string symbol)
    {
        try
        {
            reader.Read(symbol);
            return true;
        }
        catch (Exception)
        {
            return false; // Whatever it is, a recovery would meet it too.
        }
    }

    // Other limits than the default ones are an event, so that a fold knows by which rules it was made.
    private RecoveredGuardian Recover(
        string symbol,
        GuardianRecord? record,
        Checkpoint? hot,
        IReadOnlyList<JournalEntry> newest,
        List<string> before,
        List<string> problems)
    {
        (GuardianEngine Engine, ProducerCursors Cursors, bool Unverified)? read = null;
        Checkpoint? other = record is { Snapshot.Length: > 0 } r
            ? new Checkpoint(symbol, r.SnapshotEpoch, r.SnapshotSequence, r.SnapshotAt, r.Snapshot)
            : null;
        Checkpoint[] others = [.. new[] { other, hot }.OfType<Checkpoint>()];
        RecoveryData data = reader.Read(symbol, checkpoint => Refuse(checkpoint, out read), newest, others);
        string source = data.Checkpoint switch
        {
            { } c when ReferenceEquals(c, other) => "record",
            { } c when ReferenceEquals(c, hot) => "hot",
            _ => "checkpoint",
        };
        problems.AddRange(data.Damaged);
        if (data.Hole is not null) problems.Add(data.Hole);
        if (read?.Unverified == true) before.Add("it was unverified before, and nobody has vouched for it");
        GuardianEngine engine = read?.Engine ?? new GuardianEngine(GuardianPolicy.Default);
        ProducerCursors cursors = read?.Cursors ?? new ProducerCursors();
        var replay = new ReplaySink(engine) { After = engine.Sequence };
        Epoch epoch = data.Checkpoint?.Epoch ?? default;
        try
        {
            foreach (JournalRow row in data.Tail) Fold(row, engine, cursors, replay, ref epoch);
        }
        catch (StateFormatException error)
        {
            problems.Add($"the journal can't be read on after {epoch}/{engine.Sequence}: {error.Message}");
        }

        // A checkpoint of this very file that needs no vouching was made after somebody had, unless the file was
        // damaged since: a process may have ended between finding that and telling anybody.
        bool doubted = file?.IsDoubted(symbol) == true;
        if (doubted && before.Count == 0)
            before.Add("the local file was damaged in an earlier life, and no checkpoint was made since");
        bool vouched = replay.Vouched || (read is { Unverified: false } && source == "checkpoint" && !doubted);
        if (!vouched) problems.AddRange(before);
        if (replay.Divergences > 0)
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture, $"the fold differed from the stored numbers {replay.Divergences} times"));
        }

        string tail = data.Tail.Any(row => row.Position < 0) ? "events" : "journal"; // Of L1, or of our own.
        string from = (read is null, replay.Events) switch
        {
            (true, 0) => "fresh",
            (true, _) => tail,
            (false, 0) => source,
            _ => $"{source}+{tail}",
        };
        return Recovered(engine, cursors, AtLeastTheFloor(data.HighestEpoch), from, replay, problems) with
        {
            Folded = (epoch, engine.Sequence),
            FromOthers = [.. data.Tail.Where(row => row.Position < 0).Select(row => row.Entry)],
        };
    }

    // A backup may be older than what clients have seen since: a restore left the highest epoch it found anywhere.
    private Epoch AtLeastTheFloor(Epoch newest) =>
        file is { EpochFloor: var floor } && floor > newest.Number ? new Epoch(floor, int.MaxValue) : newest;

    private static string? Refuse(
        Checkpoint checkpoint, out (GuardianEngine Engine, ProducerCursors Cursors, bool Unverified)? read)
    {
        read = null;
        try
        {
            read = GuardianSnapshot.Read(checkpoint);
            return null;
        }
        catch (StateFormatException error)
        {
            return error.Message;
        }
    }

    private static RecoveredGuardian Recovered(
        GuardianEngine engine,
        ProducerCursors cursors,
        Epoch newest,
        string from,
        ReplaySink replay,
        List<string> problems)
    {
        var provenance = new Provenance
        {
            RecoveredFrom = from, Replayed = replay.Events, Unverified = problems.Count > 0,
        };
        return new RecoveredGuardian(engine, cursors, provenance, newest, problems);
    }

    private static void Fold(
        JournalRow row, GuardianEngine engine, ProducerCursors cursors, ReplaySink replay, ref Epoch epoch)
    {
        JournalEntry entry = row.Entry;
        if (entry.Epoch != epoch)
        {
            epoch = entry.Epoch;
            engine.BeginEpoch(epoch.Number, epoch.Generation);
            replay.After = 0;
        }

        if (entry.Count > 0 && entry.FirstSequence + entry.Count - 1 > engine.Sequence)
            EventUnpacker.Unpack(entry.Payload, entry.FirstSequence, replay);
        if (entry.Producer is null) return;
        // What still waits for the disk is folded, but promised to nobody.
        if (row.Position == 0) cursors.Accept(entry.Producer, entry.ProducerEpoch, entry.ProducerThrough);
        else cursors.Restore(entry.Producer, entry.ProducerEpoch, entry.ProducerThrough);
    }
}
