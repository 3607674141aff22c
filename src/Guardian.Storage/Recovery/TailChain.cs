using Guardian.Contracts;
using Guardian.Storage.Journal;

namespace Guardian.Storage.Recovery;

/// <summary>Follows entries from one event on, as long as each begins where the one before it ended.</summary>
/// <remarks>Single use, not thread-safe.</remarks>
/// <param name="epoch">The epoch of the last event that is known; none: nothing is.</param>
/// <param name="sequence">The last event that is known.</param>
internal sealed class TailChain(Epoch epoch, long sequence)
{
    private Epoch _epoch = epoch;
    private long _sequence = sequence;

    internal List<JournalRow> Tail { get; } = [];

    internal List<JournalRow> Late { get; } = [];

    /// <summary>Gets why it ends before the entries do, in words; null when it doesn't.</summary>
    internal string? Hole { get; private set; }

    internal Epoch Highest { get; private set; } = epoch;

    /// <summary>Gets the last event up to which nothing is missing.</summary>
    internal (Epoch Epoch, long Sequence) End => (_epoch, _sequence);

    internal void Add(JournalRow row)
    {
        JournalEntry entry = row.Entry;
        if (entry.Epoch < Highest)
        {
            Late.Add(row);
            return;
        }

        Highest = entry.Epoch;
        if (Hole is not null) return;
        if (!Fits(entry))
        {
            string what = row.Position < 0 ? "what other tiers have" : $"journal row {row.Position}";
            Hole = $"{what} of {entry.Symbol} begins at {entry.Epoch}/{entry.FirstSequence}, "
                + $"but {_epoch}/{_sequence} comes before it";
            return;
        }

        Tail.Add(row);
        _epoch = entry.Epoch;
        _sequence = entry.FirstSequence + entry.Count - 1;
    }

    private bool Fits(JournalEntry entry)
    {
        bool goesOn = entry.FirstSequence <= _sequence + 1;
        if (entry.Epoch == _epoch || (Tail.Count == 0 && _epoch == default)) return goesOn;
        // A new epoch goes on where the one before it stopped, or counts from 1 and tells where that was.
        if (entry.FirstSequence != 1) return goesOn;
        return EpochBeginning.FoldedBefore(entry) is not { } folded || folded.CompareTo((_epoch, _sequence)) <= 0;
    }
}
