using Guardian.Storage.History;

namespace Guardian.Storage.Verifying;

/// <summary>Compares the journal with a history on a server, narrowing from sums to rows.</summary>
/// <remarks>Single use, not thread-safe. Minutes that are equal are never read by row.</remarks>
internal sealed class SharedHistoryCheck(JournalCheck journal, Findings findings)
{
    internal long Minutes { get; private set; }

    internal long Events { get; private set; }

    /// <summary>Gets the minutes that differ from the journal.</summary>
    internal List<MinuteKey> Differing { get; } = [];

    internal async Task ReadAsync(ISharedHistory history, CancellationToken cancellation)
    {
        Events = await history.CountAsync(cancellation);
        foreach (IGrouping<string, MinuteKey> symbol in journal.Sums.Keys.GroupBy(
            key => key.Symbol, StringComparer.Ordinal))
        {
            Dictionary<MinuteKey, MinuteSum> kept = await history.SumsAsync(symbol.Key, cancellation);
            foreach (MinuteKey key in symbol.OrderBy(k => k.Epoch).ThenBy(k => k.Minute))
            {
                Minutes++;
                MinuteSum wanted = journal.Sums[key];
                MinuteSum sum = kept.GetValueOrDefault(key);
                if (wanted != sum) await NarrowAsync(history, key, wanted, sum, cancellation);
            }
        }
    }

    // The journal may have been trimmed within the minute: only what it covers can be compared.
    private async Task NarrowAsync(
        ISharedHistory history, MinuteKey key, MinuteSum wanted, MinuteSum kept, CancellationToken cancellation)
    {
        var whole = default(MinuteSum);
        var covered = default(MinuteSum);
        foreach ((long sequence, long hash) in await history.RowsAsync(key, cancellation))
        {
            whole = whole.With(hash);
            if (journal.Covers(key.Symbol, key.Epoch, sequence)) covered = covered.With(hash);
        }

        if (whole != kept) findings.Differs("sums", key, kept, whole, "the sums kept when they were stored");
        if (covered != wanted) findings.Differs("tiers", key, wanted, covered, "the journal");
        if (whole != kept || covered != wanted) Differing.Add(key);
    }
}
