using Guardian.Contracts;

namespace Guardian.Storage.Redis;

/// <summary>What of a symbol or session is written. Values order one pipeline: forgetting comes first.</summary>
internal enum HotPart
{
    Forget = 0,
    Verdict = 1,
    Snapshot = 2,
    Summary = 3,
}

/// <summary>A value that waits to be written.</summary>
/// <param name="Part">What it is.</param>
/// <param name="Key">The symbol or session.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Sequence">Its sequence.</param>
/// <param name="Value">The value; null where it is looked up when its turn comes.</param>
internal sealed record HotItem(HotPart Part, string Key, Epoch Epoch, long Sequence, object? Value)
{
    /// <summary>Gets what ends when it is stored (true), refused or overtaken (false).</summary>
    internal TaskCompletionSource<bool> Done { get; init; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets or sets what is written, once it has been made.</summary>
    internal byte[]? Payload { get; set; }

    /// <summary>Gets or sets why it could not be stored.</summary>
    internal string? Problem { get; set; }

    internal bool IsOlderThan(HotItem other)
    {
        int order = Epoch.CompareTo(other.Epoch);
        return order < 0 || (order == 0 && Sequence < other.Sequence);
    }
}

/// <summary>Values that wait for Redis: the latest of each symbol, in the order in which symbols first came.</summary>
/// <remarks>Thread-safe. Bounded: beyond the limit a new symbol's value is refused and counted.</remarks>
internal sealed class NewestQueue(int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(HotPart Part, string Key), HotItem> _items = [];
    private readonly Queue<(HotPart Part, string Key)> _order = new();
    private TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _dropped;

    internal long Dropped => Interlocked.Read(ref _dropped);

    internal int Count
    {
        get
        {
            lock (_gate) return _items.Count;
        }
    }

    /// <summary>Gets what ends when something waits.</summary>
    internal Task Filled
    {
        get
        {
            lock (_gate) return _filled.Task;
        }
    }

    /// <summary>Puts a value in; a waiting older one is replaced, an older one than what waits is refused.</summary>
    /// <param name="item">The value.</param>
    /// <param name="again">Whether it comes back from a failed write: an equal one that waits is newer then.</param>
    internal Task<bool> Put(HotItem item, bool again = false)
    {
        lock (_gate)
        {
            (HotPart, string) key = (item.Part, item.Key);
            if (_items.TryGetValue(key, out HotItem? waits))
            {
                bool stays = again ? !waits.IsOlderThan(item) : item.IsOlderThan(waits);
                (stays ? item : waits).Done.TrySetResult(false);
                if (!stays) _items[key] = item;
                return item.Done.Task;
            }

            if (_items.Count >= most)
            {
                _dropped++;
                item.Done.TrySetResult(false);
                return item.Done.Task;
            }

            _items.Add(key, item);
            _order.Enqueue(key);
            _filled.TrySetResult();
            return item.Done.Task;
        }
    }

    /// <summary>Takes the values that waited longest; forgetting first.</summary>
    internal List<HotItem> Take(int limit)
    {
        lock (_gate)
        {
            var taken = new List<HotItem>(Math.Min(limit, _items.Count));
            while (taken.Count < limit && _order.TryDequeue(out (HotPart, string) key))
            {
                if (_items.Remove(key, out HotItem? item)) taken.Add(item);
            }

            if (_items.Count == 0 && _filled.Task.IsCompleted)
                _filled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            taken.Sort((a, b) => a.Part.CompareTo(b.Part));
            return taken;
        }
    }

    /// <summary>Drops what waits of a symbol.</summary>
    internal void Drop(string key)
    {
        lock (_gate)
        {
            foreach (HotPart part in (ReadOnlySpan<HotPart>)[HotPart.Verdict, HotPart.Snapshot])
            {
                if (_items.Remove((part, key), out HotItem? item)) item.Done.TrySetResult(false);
            }
        }
    }
}
