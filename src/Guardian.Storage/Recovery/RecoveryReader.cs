using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Journal;

namespace Guardian.Storage.Recovery;

/// <summary>What a guardian can be rebuilt from. Immutable.</summary>
/// <param name="Checkpoint">The newest good checkpoint; null: fold from the beginning.</param>
/// <param name="Tail">
/// The entries after it, contiguous and in order. The first may begin before it: events up to its sequence are skipped.
/// </param>
/// <param name="Hole">Why the tail ends before the journal does, in words; null when it doesn't.</param>
/// <param name="Late">Entries of an older epoch that came after a newer one's; stored, never folded.</param>
/// <param name="Damaged">What was refused, by name, in words.</param>
/// <param name="HighestEpoch">The highest epoch that was seen anywhere; the next one is above it.</param>
public sealed record RecoveryData(
    Checkpoint? Checkpoint,
    IReadOnlyList<JournalRow> Tail,
    string? Hole,
    IReadOnlyList<JournalRow> Late,
    IReadOnlyList<string> Damaged,
    Epoch HighestEpoch);

/// <summary>Finds what a guardian is rebuilt from: the newest good checkpoint and the journal after it.</summary>
/// <remarks>Thread-safe. Reads on the caller's thread; folds nothing.</remarks>
/// <param name="checkpoints">The checkpoints.</param>
/// <param name="journal">The journal.</param>
public sealed class RecoveryReader(ICheckpointStore checkpoints, IJournal journal)
{
    /// <summary>Reads what there is of a guardian.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="refuse">Says why a checkpoint can't be used although its bytes are whole, or null.</param>
    /// <param name="shared">Events that L1 and L2 have, oldest first.</param>
    /// <param name="others">Checkpoints of other tiers; the newest one is taken.</param>
    /// <exception cref="StorageUnavailableException">The local file can't be read.</exception>
    public RecoveryData Read(
        string symbol,
        Func<Checkpoint, string?>? refuse = null,
        IReadOnlyList<JournalEntry>? shared = null,
        params ReadOnlySpan<Checkpoint> others)
    {
        CheckpointLookup lookup = checkpoints.Find(symbol, refuse);
        foreach (Checkpoint other in others) lookup = Newest(lookup, refuse, other);
        List<string> damaged =
        [
            .. lookup.Damaged.Select(one => $"checkpoint {one.Epoch}/{one.Sequence} of {symbol}: {one.Problem}"),
        ];
        Epoch epoch = lookup.Newest?.Epoch ?? default;
        long sequence = lookup.Newest?.Sequence ?? 0;
        IReadOnlyList<JournalRow> rows;
        string? hole = null;
        var behind = default(Epoch);
        try
        {
            rows = journal.ReadTail(symbol, epoch, sequence);
        }
        catch (DamagedRecordException e)
        {
            rows = e.Before;
            hole = e.Message;
            behind = e.Highest;
            damaged.Add($"journal row {e.Position} of {e.Symbol}: {e.Problem}");
        }

        (rows, IReadOnlyList<JournalRow> late) = TailMerge.Merge(rows, EventTails.After(shared ?? [], epoch, sequence));
        var fold = new TailChain(epoch, sequence);
        foreach (JournalRow row in rows) fold.Add(row);
        fold.Late.AddRange(late);
        Epoch highest = fold.Highest > behind ? fold.Highest : behind;
        foreach (DamagedCheckpoint one in lookup.Damaged)
        {
            if (one.Epoch > highest) highest = one.Epoch;
        }

        return new RecoveryData(lookup.Newest, fold.Tail, fold.Hole ?? hole, fold.Late, damaged, highest);
    }

    private static CheckpointLookup Newest(
        CheckpointLookup found, Func<Checkpoint, string?>? refuse, Checkpoint other)
    {
        bool newer = found.Newest is not { } own
            || other.Epoch > own.Epoch || (other.Epoch == own.Epoch && other.Sequence > own.Sequence);
        if (!newer) return found;
        if (refuse?.Invoke(other) is not { } problem) return found with { Newest = other };
        // The one that was found is looked at again: whoever refuses keeps what was read last.
        if (found.Newest is { } again) refuse(again);
        var damaged = new DamagedCheckpoint(other.Symbol, other.Epoch, other.Sequence, problem);
        return found with { Damaged = [.. found.Damaged, damaged] };
    }
}
