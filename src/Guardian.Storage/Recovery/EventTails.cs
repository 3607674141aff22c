using Guardian.Contracts;
using Guardian.Storage.Journal;

namespace Guardian.Storage.Recovery;

/// <summary>What the shared tiers have of a guardian's newest events, seen together. Pure.</summary>
public static class EventTails
{
    /// <summary>Says up to which event entries go on from a known one without a hole.</summary>
    /// <param name="entries">Entries, oldest first.</param>
    /// <param name="epoch">The epoch of the last event that is known; none: nothing is.</param>
    /// <param name="sequence">The last event that is known.</param>
    public static (Epoch Epoch, long Sequence) EndOf(
        IReadOnlyList<JournalEntry> entries, Epoch epoch, long sequence)
    {
        var chain = new TailChain(epoch, sequence);
        foreach (JournalEntry entry in After(entries, epoch, sequence))
            chain.Add(new JournalRow(TailMerge.Elsewhere, entry));
        return chain.End;
    }

    /// <summary>Joins what two tiers have; what both have may be there twice.</summary>
    /// <param name="first">What one has, oldest first.</param>
    /// <param name="second">What the other has.</param>
    /// <param name="emptied">The newest epoch that was forgotten: of it and before it nothing is taken.</param>
    /// <returns>By epoch and sequence.</returns>
    public static IReadOnlyList<JournalEntry> Join(
        IReadOnlyList<JournalEntry> first, IReadOnlyList<JournalEntry> second, Epoch emptied)
    {
        if (second.Count == 0 && emptied == default) return first;
        return
        [
            .. first.Concat(second).Where(e => e.Epoch > emptied).OrderBy(e => e.Epoch).ThenBy(e => e.FirstSequence),
        ];
    }

    /// <summary>Leaves out what is known; an entry that ends behind it stays whole.</summary>
    internal static JournalEntry[] After(IReadOnlyList<JournalEntry> entries, Epoch epoch, long sequence) =>
    [
        .. entries.Where(entry => entry.Epoch > epoch
            || (entry.Epoch == epoch && entry.FirstSequence + Math.Max(entry.Count, 1) - 1 > sequence)),
    ];
}
