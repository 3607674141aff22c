using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;

namespace Guardian.Storage.History;

/// <summary>The volatile twin of the history.</summary>
/// <remarks>Thread-safe. Bounded: beyond its limit it refuses further events as a full store does.</remarks>
/// <param name="maximumEvents">Most events kept.</param>
public sealed class MemoryHistoryStore(long maximumEvents = 10_000_000) : IHistoryStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedDictionary<HistoryCursor, HistoryEvent>> _events =
        new(StringComparer.Ordinal);
    private readonly HashSet<(string Symbol, Epoch Epoch, long Sequence)> _keys = [];

    /// <inheritdoc/>
    public string Tier => TierNames.History;

    /// <inheritdoc/>
    public string Store => "memory";

    /// <inheritdoc/>
    public Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
    {
        // Everything is unpacked before anything is stored: a call is all or nothing.
        List<(JournalEntry Entry, IReadOnlyList<HistoryEvent> Events)> mapped =
        [
            .. rows.Select(
                row => (row.Entry, row.Entry.Class == EventClass.Forget ? [] : HistoryMapper.Map(row.Entry))),
        ];
        lock (_gate)
        {
            if (_keys.Count + mapped.Sum(one => (long)one.Events.Count) > maximumEvents)
            {
                throw new StorageUnavailableException(
                    $"Condition failed: the history in memory is full ({maximumEvents}).");
            }

            long added = 0;
            foreach ((JournalEntry entry, IReadOnlyList<HistoryEvent> events) in mapped)
            {
                if (entry.Class == EventClass.Forget) Forget(entry.Symbol);
                foreach (HistoryEvent e in events) added += Add(e) ? 1 : 0;
            }

            return Task.FromResult(added);
        }
    }

    /// <inheritdoc/>
    public Task<HistoryPage> QueryAsync(HistoryQuery query, CancellationToken cancellation)
    {
        HistoryRules.Check(query);
        HistoryCursor? cursor = HistoryCursor.Read(query);
        lock (_gate)
        {
            IEnumerable<KeyValuePair<HistoryCursor, HistoryEvent>> events = Of(query.Symbol)
                .Where(pair => (!query.From.HasValue || pair.Value.At >= query.From)
                    && (!query.To.HasValue || pair.Value.At < query.To)
                    && (query.Kinds.Length == 0 || query.Kinds.Contains(pair.Value.Kind)));
            if (query.NewestFirst) events = events.Reverse();
            if (cursor is { } c)
            {
                int way = query.NewestFirst ? -1 : 1;
                events = events.Where(pair => CursorOrder.Instance.Compare(pair.Key, c) * way > 0);
            }

            HistoryEvent[] page = [.. events.Take(query.Limit + 1).Select(pair => pair.Value)];
            return Task.FromResult(page.Length <= query.Limit
                ? new HistoryPage(page, null)
                : new HistoryPage(page[..^1], HistoryCursor.Of(page[^2]).Write(query)));
        }
    }

    /// <inheritdoc/>
    public Task<SeriesPoint[]> SeriesAsync(SeriesQuery query, CancellationToken cancellation)
    {
        string stage = HistoryRules.Check(query);
        var series = new LatencySeries(HistoryRules.Nanoseconds(query.Step));
        lock (_gate)
        {
            foreach (HistoryEvent e in Of(query.Symbol).Values)
            {
                if (e.Observed == ObservationKind.Latency && e.At >= query.From && e.At < query.To
                    && e.Value is { } value && string.Equals(e.Subject, stage, StringComparison.Ordinal))
                    series.Add(e.At.UnixNanoseconds, value);
            }
        }

        return Task.FromResult(series.Finish());
    }

    private bool Add(HistoryEvent e)
    {
        if (!_keys.Add((e.Symbol, e.Epoch, e.Sequence))) return false;
        if (!_events.TryGetValue(e.Symbol, out SortedDictionary<HistoryCursor, HistoryEvent>? all))
            _events.Add(e.Symbol, all = new SortedDictionary<HistoryCursor, HistoryEvent>(CursorOrder.Instance));
        all.Add(HistoryCursor.Of(e), e);
        return true;
    }

    private SortedDictionary<HistoryCursor, HistoryEvent> Of(string symbol) =>
        _events.GetValueOrDefault(symbol) ?? new SortedDictionary<HistoryCursor, HistoryEvent>(CursorOrder.Instance);

    private void Forget(string symbol)
    {
        _events.Remove(symbol);
        _keys.RemoveWhere(key => string.Equals(key.Symbol, symbol, StringComparison.Ordinal));
    }

    private sealed class CursorOrder : IComparer<HistoryCursor>
    {
        internal static CursorOrder Instance { get; } = new();

        public int Compare(HistoryCursor x, HistoryCursor y)
        {
            int order = x.At.CompareTo(y.At);
            if (order == 0) order = x.Epoch.CompareTo(y.Epoch);
            return order != 0 ? order : x.Sequence.CompareTo(y.Sequence);
        }
    }
}
