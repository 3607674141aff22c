using Guardian.Contracts;

namespace Guardian.Storage.Journal;

/// <summary>The journal's volatile twin: durable at once, gone with the process.</summary>
/// <remarks>Thread-safe. Trims nothing; bounded by its room.</remarks>
/// <param name="entries">Most entries kept.</param>
/// <param name="bytes">Most bytes kept.</param>
/// <param name="forget">Is told the key of a forget entry, so that the other stores forget too.</param>
public sealed class MemoryJournal(long entries = 1_000_000, long bytes = 1L << 30, Action<string>? forget = null)
    : IJournal
{
    private readonly Lock _gate = new();
    private readonly SortedList<long, (JournalEntry Entry, long Through)> _rows = [];
    private readonly Dictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private readonly JournalRoom _room = new(entries, bytes, long.MaxValue);
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position;
    private long _through;

    /// <inheritdoc/>
    public long DurablePosition => Interlocked.Read(ref _position);

    /// <inheritdoc/>
    public string? Fault => null;

    /// <inheritdoc/>
    public bool HasRoom => _room.HasRoom();

    /// <inheritdoc/>
    public long Unrecorded => _room.Unrecorded;

    /// <inheritdoc/>
    public bool TryAppend(JournalEntry entry, IDurableListener? listener)
    {
        if (!_room.TryTake(entry.Class, entry.Payload.Length)) return false;
        lock (_gate)
        {
            if (entry.Class == EventClass.Forget) Forget(entry.Symbol);
            long position = _position + 1;
            _through += entry.Count;
            _rows.Add(position, (entry, _through));
            Interlocked.Exchange(ref _position, position);
            listener?.OnDurable(entry, position);
            _news.SetResult();
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return true;
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public IReadOnlyList<JournalRow> ReadAfter(long after, int limit)
    {
        JournalLimits.CheckLimit(limit);
        lock (_gate)
        {
            var rows = new List<JournalRow>();
            for (int i = FirstAfter(after); i < _rows.Count && rows.Count < limit; i++)
                rows.Add(new JournalRow(_rows.Keys[i], _rows.Values[i].Entry));
            return rows;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence)
    {
        lock (_gate)
        {
            return
            [
                .. _rows.Where(row => IsAfter(row.Value.Entry, symbol, epoch, sequence))
                    .Select(row => new JournalRow(row.Key, row.Value.Entry)),
            ];
        }
    }

    /// <inheritdoc/>
    public JournalLag LagAfter(long position)
    {
        lock (_gate)
        {
            int first = FirstAfter(position);
            if (first >= _rows.Count) return default;
            (JournalEntry entry, long through) = _rows.Values[first];
            return new JournalLag(_through - through + entry.Count, entry.ReceivedAt);
        }
    }

    /// <inheritdoc/>
    public Task WaitForAsync(long after, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return _position > after ? Task.CompletedTask : WaitAsync(_news.Task, after, cancellation);
        }
    }

    /// <inheritdoc/>
    public long GetCursor(string tier)
    {
        lock (_gate) return _cursors.GetValueOrDefault(tier);
    }

    /// <inheritdoc/>
    public void MoveCursor(string tier, long position)
    {
        lock (_gate) _cursors[tier] = Math.Max(position, _cursors.GetValueOrDefault(tier));
    }

    /// <inheritdoc/>
    public void RewindCursor(string tier, long position)
    {
        lock (_gate) _cursors[tier] = Math.Min(position, _cursors.GetValueOrDefault(tier));
    }

    private static bool IsAfter(JournalEntry entry, string symbol, Epoch epoch, long sequence)
    {
        if (entry.Class == EventClass.Forget || !string.Equals(entry.Symbol, symbol, StringComparison.Ordinal))
            return false;
        int order = entry.Epoch.CompareTo(epoch);
        return order > 0 || (order == 0 && entry.FirstSequence + Math.Max(entry.Count, 1) - 1 > sequence);
    }

    private async Task WaitAsync(Task news, long after, CancellationToken cancellation)
    {
        await news.WaitAsync(cancellation);
        await WaitForAsync(after, cancellation);
    }

    private void Forget(string symbol)
    {
        for (int i = _rows.Count - 1; i >= 0; i--)
        {
            JournalEntry entry = _rows.Values[i].Entry;
            if (!string.Equals(entry.Symbol, symbol, StringComparison.Ordinal)) continue;
            _rows.RemoveAt(i);
            _room.Give(entry.Payload.Length);
        }

        forget?.Invoke(symbol);
    }

    private int FirstAfter(long position)
    {
        int low = 0;
        int high = _rows.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_rows.Keys[middle] <= position) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
