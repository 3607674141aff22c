using Guardian.Contracts;
using Guardian.Storage.Journal;

namespace Guardian.Storage.Recovery;

/// <summary>Brings together what this silo's journal and L1 have of a guardian's events. Pure.</summary>
/// <remarks>
/// L1 refuses what comes late, so its order of epochs is the one that was folded; this silo's journal may hold more of
/// the newest epoch, or from before the newest events that L1 keeps, and events of an older epoch that nobody folded.
/// </remarks>
internal static class TailMerge
{
    /// <summary>Merges.</summary>
    /// <param name="own">Rows of this silo's journal, by position.</param>
    /// <param name="shared">Entries of L1, oldest first.</param>
    /// <returns>Rows by epoch and sequence without repeats, and those that came late.</returns>
    internal static (IReadOnlyList<JournalRow> Tail, IReadOnlyList<JournalRow> Late) Merge(
        IReadOnlyList<JournalRow> own, IReadOnlyList<JournalEntry> shared)
    {
        if (shared.Count == 0) return (own, []); // In the order of the journal the reader knows what is late.
        List<JournalRow> late = [];
        List<JournalRow> kept = [];
        (Epoch Epoch, long Sequence) first = (shared[0].Epoch, shared[0].FirstSequence);
        Epoch newest = shared.Max(entry => entry.Epoch);
        var highest = default(Epoch);
        foreach (JournalRow row in own)
        {
            JournalEntry entry = row.Entry;
            bool isLate = entry.Epoch < highest;
            highest = isLate ? highest : entry.Epoch;
            bool beforeShared = (entry.Epoch, entry.FirstSequence).CompareTo(first) < 0;
            (!isLate && (entry.Epoch >= newest || beforeShared) ? kept : late).Add(row);
        }

        IEnumerable<JournalRow> sorted = kept.Concat(shared.Select(entry => new JournalRow(Elsewhere, entry)))
            .OrderBy(row => row.Entry.Epoch).ThenBy(row => row.Entry.FirstSequence)
            .ThenByDescending(row => row.Entry.Count).ThenByDescending(row => row.Position);
        return (Without(sorted), [.. late.Where(row => !Has(shared, row.Entry))]);
    }

    /// <summary>The position of what rests in L1 and not in this silo's journal.</summary>
    internal const long Elsewhere = -1;

    private static List<JournalRow> Without(IEnumerable<JournalRow> sorted)
    {
        List<JournalRow> tail = [];
        (Epoch Epoch, long Through) known = default;
        foreach (JournalRow row in sorted)
        {
            JournalEntry entry = row.Entry;
            long through = entry.FirstSequence + entry.Count - 1;
            bool repeats = tail.Count > 0 && entry.Epoch == known.Epoch && entry.Count > 0 && through <= known.Through;
            if (repeats) continue;
            tail.Add(row);
            long before = entry.Epoch == known.Epoch ? known.Through : 0;
            known = (entry.Epoch, Math.Max(before, through));
        }

        return tail;
    }

    private static bool Has(IReadOnlyList<JournalEntry> shared, JournalEntry entry) => shared.Any(
        e => e.Epoch == entry.Epoch && e.FirstSequence == entry.FirstSequence && e.Count == entry.Count);
}
