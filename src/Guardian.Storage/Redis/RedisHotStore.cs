using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Hot;
using Guardian.Storage.Recovery;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>L1 in Redis: newest verdict and snapshot per symbol, portfolio summaries, told changes of state.</summary>
/// <remarks>
/// Thread-safe. Values wait by symbol, the latest wins, and one pipeline at a time is under way; what fails goes back
/// to wait. When Redis comes back emptied or older, everything this silo knows to be newest is written again.
/// </remarks>
public sealed class RedisHotStore : IHotStore, IAsyncDisposable
{
    /// <summary>Most values that wait; a value of a further symbol is dropped and counted.</summary>
    public const int MostWaiting = 200_000;

    private const int AtOnce = 32;

    private static readonly TimeSpan LastWrites = TimeSpan.FromSeconds(1);

    private readonly RedisConnection _redis;
    private readonly ICheckpointStore? _checkpoints;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisHotStore> _logger;
    private readonly RedisValue _channel;
    private readonly NewestQueue _queue = new(MostWaiting);
    private readonly MemoryHotStore _known = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task? _running;
    private long _incarnation;
    private long _refused;
    private long _failed;
    private int _disposed;

    /// <summary>Initializes a store that does nothing before <see cref="Start"/>.</summary>
    /// <param name="redis">The way to Redis.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="checkpoints">Where snapshots are found again when Redis has lost them; null: nowhere.</param>
    public RedisHotStore(
        RedisConnection redis,
        TimeProvider time,
        ILogger<RedisHotStore> logger,
        ICheckpointStore? checkpoints = null) =>
        (_redis, _time, _logger, _checkpoints, _channel) =
            (redis, time, logger, checkpoints, (byte[])redis.Keys.StatesChanged!);

    /// <inheritdoc/>
    public string Store => "redis";

    /// <summary>Gets how many older values Redis refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Gets how many values were dropped: too many waited, or Redis could not take one.</summary>
    public long Dropped => _queue.Dropped + Interlocked.Read(ref _failed);

    /// <summary>Gets how many values wait.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Begins to write in the background.</summary>
    public void Start()
    {
        _redis.Start();
        lock (_gate) _running ??= Task.Run(RunAsync);
    }

    /// <inheritdoc/>
    public int NewestEntries => _redis.Options.NewestEntries;

    /// <inheritdoc/>
    public async ValueTask<bool> PutAsync(Verdict verdict)
    {
        await _known.PutAsync(verdict);
        return await _queue.Put(
            new HotItem(HotPart.Verdict, verdict.Symbol, verdict.Epoch, verdict.Sequence, verdict));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> PutSnapshotAsync(Checkpoint snapshot) => await _queue.Put(
        new HotItem(HotPart.Snapshot, snapshot.Symbol, snapshot.Epoch, snapshot.Sequence, snapshot));

    /// <inheritdoc/>
    public async ValueTask PutSummaryAsync(PortfolioSummary summary) => await _queue.Put(
        new HotItem(HotPart.Summary, summary.Session, default, summary.AsOf.UnixNanoseconds, summary));

    /// <summary>Forgets a symbol: at once here, in Redis as soon as it can be reached.</summary>
    public async ValueTask ForgetAsync(string symbol)
    {
        _queue.Drop(symbol);
        await _known.ForgetAsync(symbol);
        Task<bool> done = _queue.Put(new HotItem(HotPart.Forget, symbol, default, 0, null));
        if (_redis.Problem is not null) return;
        await Task.WhenAny(done, Task.Delay(_redis.Options.Deadline, _time));
    }

    /// <summary>Reads the newest verdict of any silo; of this silo while Redis is away.</summary>
    public async ValueTask<Verdict?> GetAsync(string symbol)
    {
        try
        {
            RedisValue json = await _redis.CallAsync(d => d.HashGetAsync(_redis.Keys.Newest(symbol), "v"));
            return json.IsNull ? null : JsonSerializer.Deserialize<Verdict>((byte[])json!, GuardianJson.Options);
        }
        catch (StorageUnavailableException)
        {
            return await _known.GetAsync(symbol);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<HotSnapshot> FindSnapshotAsync(string symbol)
    {
        try
        {
            RedisValue[] found = await _redis.CallAsync(
                d => d.HashGetAsync(_redis.Keys.Newest(symbol), ["nx", "n"]));
            if (found[1].IsNull) return default;
            return RedisKeys.TryReadOrder(found[0], out Epoch epoch, out long sequence)
                ? RedisSnapshot.Read(symbol, epoch, sequence, (byte[])found[1]!)
                : new HotSnapshot(null, $"snapshot of {symbol} in Redis: its epoch or sequence is no number");
        }
        catch (Exception error) when (error is StorageUnavailableException or RedisException)
        {
            return new HotSnapshot(null, error.Message);
        }
    }

    /// <inheritdoc/>
    public ValueTask<EventTail> FindTailAsync(string symbol, Epoch epoch, long sequence) =>
        RedisTail.ReadAsync(_redis, symbol, epoch, sequence);

    /// <inheritdoc/>
    public async ValueTask<PortfolioSummary?> GetSummaryAsync(string session)
    {
        RedisValue json = await _redis.CallAsync(d => d.StringGetAsync(_redis.Keys.Portfolio(session)));
        return json.IsNull ? null : JsonSerializer.Deserialize<PortfolioSummary>((byte[])json!, GuardianJson.Options);
    }

    /// <inheritdoc/>
    public TierHealth Health() => new()
    {
        Tier = "L1", Store = Store, Healthy = _redis.Problem is null, LastError = _redis.Problem,
    };

    /// <summary>Writes what waits, for a second at most, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        // A container disposes of what is registered under two names twice.
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        using var patience = new CancellationTokenSource(LastWrites, _time);
        while (_queue.Count > 0 && _redis.Problem is null && !patience.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(5), _time);
        await _stop.CancelAsync();
        Task? running;
        lock (_gate) running = _running;
        if (running is not null) await running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var backOff = new BackOff(TimeSpan.FromMilliseconds(20), _redis.Options.ProbePeriod);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Task filled = _queue.Filled;
                if (!filled.IsCompleted)
                    await Task.WhenAny(filled, Task.Delay(_redis.Options.ProbePeriod, _time, _stop.Token));
                if (_redis.Problem is null) Rebuild();
                if (_queue.Count == 0) continue;
                if (_redis.Problem is null && await WriteAllAsync()) backOff.Succeeded();
                else await Task.Delay(backOff.Failed(), _time, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // Whatever Redis has now may be older than what it had: what is newer there is kept by the guard.
    private void Rebuild()
    {
        long incarnation = _redis.Incarnation;
        if (incarnation == _incarnation) return;
        bool first = _incarnation == 0;
        _incarnation = incarnation;
        if (first) return;
        foreach (Verdict verdict in _known.List())
        {
            _queue.Put(new HotItem(
                HotPart.Verdict, verdict.Symbol, verdict.Epoch, verdict.Sequence, verdict)).Ignore();
            // Looked up when its turn comes: all of them at once would be a lot of memory.
            if (_checkpoints is not null)
                _queue.Put(new HotItem(HotPart.Snapshot, verdict.Symbol, default, 0, null)).Ignore();
        }
    }

    // While one pipeline is under way the next is made ready.
    private async Task<bool> WriteAllAsync()
    {
        List<HotItem> next = Ready();
        while (next.Count > 0)
        {
            Task<bool> writing = WriteAsync(next);
            next = Ready();
            if (await writing) continue;
            // In order: what was to be forgotten first is still to be.
            PutBack(next);
            return false;
        }

        return true;
    }

    private List<HotItem> Ready()
    {
        List<HotItem> items = _queue.Take(_redis.Options.Pipeline);
        for (int i = items.Count - 1; i >= 0; i--)
        {
            if (items[i] is { Part: HotPart.Snapshot, Value: null } && !Find(items, i)) continue;
            HotItem item = items[i];
            item.Payload ??= item.Value switch
            {
                Verdict verdict => JsonSerializer.SerializeToUtf8Bytes(verdict, GuardianJson.Options),
                Checkpoint snapshot => RedisSnapshot.Write(snapshot),
                PortfolioSummary summary => JsonSerializer.SerializeToUtf8Bytes(summary, GuardianJson.Options),
                _ => null,
            };
        }

        return items;
    }

    // A snapshot that was not handed over, but is to be found: Redis has lost it.
    private bool Find(List<HotItem> items, int at)
    {
        HotItem item = items[at];
        Checkpoint? found = null;
        try
        {
            found = _checkpoints?.Find(item.Key).Newest;
        }
        catch (StorageUnavailableException error)
        {
            StorageLog.HotDropped(_logger, item.Key, error.Message);
        }

        if (found is not null)
        {
            items[at] = item with { Epoch = found.Epoch, Sequence = found.Sequence, Value = found };
            return true;
        }

        items.RemoveAt(at);
        item.Done.TrySetResult(false);
        return false;
    }

    private void PutBack(List<HotItem> items)
    {
        foreach (HotItem item in items)
        {
            if (!item.Done.Task.IsCompleted) _queue.Put(item, again: true).Ignore();
        }
    }

    private async Task<bool> WriteAsync(List<HotItem> items)
    {
        try
        {
            await _redis.CallAsync(
                async database =>
                {
                    // In this order on the one connection: forgetting comes first.
                    Task[] single =
                    [
                        .. items.Where(i => i.Part is HotPart.Forget or HotPart.Summary).Select(i =>
                            GuardedAsync([i], () => SendAsync(database, i))),
                    ];
                    IEnumerable<Task> puts = items.Where(i => i.Part is HotPart.Verdict or HotPart.Snapshot)
                        .Chunk(AtOnce).Select(chunk => PutAsync(database, chunk));
                    await Task.WhenAll([.. single, .. puts]);
                    return true;
                },
                deadlines: 8);
            return true;
        }
        catch (StorageUnavailableException)
        {
            PutBack(items);
            return false;
        }
    }

    private async Task PutAsync(IDatabase database, HotItem[] items)
    {
        bool whole = await GuardedAsync(items, () => SendAsync(database, items));
        if (whole || items.Length == 1) return;
        // One of them can't be stored: each alone, so that it doesn't take the others with it.
        foreach (HotItem item in items)
        {
            if (!await GuardedAsync([item], () => SendAsync(database, [item]))) Drop(item);
        }
    }

    // What Redis refuses for the value's own sake must not hold up the others; what is Redis' state is thrown.
    private async Task<bool> GuardedAsync(HotItem[] items, Func<Task<bool[]>> send)
    {
        try
        {
            bool[] stored = await send();
            for (int i = 0; i < items.Length; i++)
            {
                if (!stored[i]) Interlocked.Increment(ref _refused);
                items[i].Done.TrySetResult(stored[i]);
            }

            return true;
        }
        catch (Exception error) when (error is not RedisException and not TimeoutException
            || (error is RedisServerException && !IsState(error)))
        {
            foreach (HotItem item in items) item.Problem = error.Message;
            if (items.Length == 1) Drop(items[0]);
            return false;
        }
    }

    private void Drop(HotItem item)
    {
        if (!item.Done.TrySetResult(false)) return;
        Interlocked.Increment(ref _failed);
        StorageLog.HotDropped(_logger, item.Key, item.Problem ?? "it is not known why");
    }

    private bool IsState(Exception error) => error.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal)
        || RedisProblems.Explain(error, _redis.Options, default, lastFailure: null) is not null;

    private async Task<bool[]> SendAsync(IDatabase database, HotItem item)
    {
        if (item.Part == HotPart.Summary)
            return [await database.StringSetAsync(_redis.Keys.Portfolio(item.Key), item.Payload)];
        await database.KeyDeleteAsync([_redis.Keys.Newest(item.Key), _redis.Keys.Events(item.Key)]);
        return [true];
    }

    private async Task<bool[]> SendAsync(IDatabase database, HotItem[] items)
    {
        RedisKey[] keys = new RedisKey[items.Length];
        RedisValue[] values = new RedisValue[1 + (5 * items.Length)];
        values[0] = _channel;
        for (int i = 0; i < items.Length; i++)
        {
            HotItem item = items[i];
            string state = item.Value is Verdict verdict ? $"{verdict.TradingState}" : string.Empty;
            keys[i] = _redis.Keys.Newest(item.Key);
            int at = 1 + (5 * i);
            values[at] = item.Part == HotPart.Verdict ? "v" : "n";
            values[at + 1] = RedisKeys.Order(item.Epoch, item.Sequence);
            values[at + 2] = item.Payload;
            values[at + 3] = state;
            values[at + 4] = state.Length == 0 ? state : $"{item.Key} {state} {item.Epoch} {item.Sequence}";
        }

        int[] stored = (int[])(await database.ScriptEvaluateAsync(RedisScripts.Put, keys, values))!;
        return [.. stored.Select(one => one == 1)];
    }
}
