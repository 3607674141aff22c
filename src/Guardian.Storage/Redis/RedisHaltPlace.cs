using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>The halt board in Redis: what every silo knows, and where an entry rests beside the journal.</summary>
/// <remarks>
/// Thread-safe. Entries are merged here (<see cref="HaltMerge"/>) and stored by compare-and-set, so that a tombstone is
/// never overwritten. Changes of other silos are heard on a channel and found by a counter every 250 ms; reading gives
/// what was read last, without waiting.
/// </remarks>
/// <param name="redis">The way to Redis.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
public sealed class RedisHaltPlace(RedisConnection redis, TimeProvider time, ILogger<RedisHaltPlace> logger)
    : IHaltPlace, IHaltSource, IAsyncDisposable
{
    private const int MostTries = 20;
    private const int SealLength = 16;

    private readonly ConcurrentDictionary<string, byte[]> _stored = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _forgotten = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private volatile IReadOnlyList<Hold> _read = [];
    private TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;
    private volatile Action? _changed;
    private (long Incarnation, long Version) _seen;
    private long _version;
    private int _disposed;

    /// <summary>Gets how often the counter is looked at.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public string Name => "Redis";

    /// <inheritdoc/>
    public long Version => Interlocked.Read(ref _version);

    /// <inheritdoc/>
    public bool IsRead => Version > 0;

    /// <inheritdoc/>
    public IReadOnlyList<Hold> Read() => _read;

    /// <summary>Begins to listen and to look in the background.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_running is not null) return;
            redis.Hear(redis.Keys.HaltsChanged, _ => Wake());
            redis.Start();
            _running = Task.Run(RunAsync);
        }
    }

    /// <inheritdoc/>
    public async Task PutAsync(Hold hold)
    {
        byte[] known = _stored.GetValueOrDefault(hold.Id) ?? [];
        for (int tries = 0; tries < MostTries; tries++)
        {
            Hold merged = Decode(hold.Id, known) is { } other ? HaltMerge.Merge(other, hold) : hold;
            byte[] wanted = Encode(merged);
            RedisResult answer = await redis.CallAsync(d => d.ScriptEvaluateAsync(
                RedisScripts.PutHalt,
                [redis.Keys.Halts, redis.Keys.HaltsVersion],
                [hold.Id, known, wanted, (RedisValue)(byte[])redis.Keys.HaltsChanged!]));
            if (answer.Resp2Type == ResultType.Integer)
            {
                _stored[hold.Id] = wanted;
                return;
            }

            known = (byte[]?)answer ?? [];
        }

        throw new StorageUnavailableException(
            $"Redis at {redis.Options.EndPoint}: halt {hold.Id} was changed by others {MostTries} times at once");
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IReadOnlyList<string> ids)
    {
        foreach (string id in ids)
        {
            RedisValue stored = await redis.CallAsync(d => d.HashGetAsync(redis.Keys.Halts, id));
            // Only what is released is ever deleted, whatever the caller believes.
            if (stored.IsNull || Decode(id, (byte[])stored!) is not { IsOpen: false }) continue;
            await RemoveAsync(id, stored);
        }
    }

    /// <inheritdoc/>
    public void Forget(IReadOnlyList<string> ids)
    {
        foreach (string id in ids) _forgotten[id] = true;
        _read = [.. _read.Where(hold => !_forgotten.ContainsKey(hold.Id))];
        Wake();
    }

    /// <summary>Looks once whether there is something new, and reads it.</summary>
    /// <exception cref="StorageUnavailableException">Redis can't be read at present.</exception>
    public async Task LookAsync()
    {
        await DeleteForgottenAsync();
        long incarnation = redis.Incarnation;
        RedisValue version = await redis.CallAsync(d => d.StringGetAsync(redis.Keys.HaltsVersion));
        (long Incarnation, long Version) now = (incarnation, version.TryParse(out long number) ? number : 0);
        if (now == _seen) return;
        HashEntry[] all = await redis.CallAsync(d => d.HashGetAllAsync(redis.Keys.Halts), deadlines: 8);
        Take(all);
        _seen = now;
        Interlocked.Increment(ref _version);
        _changed?.Invoke();
    }

    /// <inheritdoc/>
    public void OnChanged(Action tell) => _changed = tell;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container disposes of what is registered under two names twice.
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync();
        Wake();
        Task? running;
        lock (_gate) running = _running;
        if (running is not null) await running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Task heard = Anew();
            try
            {
                if (redis.Problem is null) await LookAsync();
            }
            catch (Exception error) when (error is StorageUnavailableException or RedisException)
            {
                // The connection says why, and it is looked at again in a moment.
            }

            await Task.WhenAny(heard, Task.Delay(Period, time, CancellationToken.None));
        }
    }

    private Task Anew()
    {
        lock (_gate)
        {
            if (_heard.Task.IsCompleted)
                _heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _heard.Task;
        }
    }

    private void Wake()
    {
        lock (_gate) _heard.TrySetResult();
    }

    private void Take(HashEntry[] all)
    {
        List<Hold> read = new(all.Length);
        _stored.Clear();
        foreach (HashEntry one in all)
        {
            string id = one.Name.ToString();
            byte[] bytes = (byte[])one.Value!;
            _stored[id] = bytes;
            if (_forgotten.ContainsKey(id)) continue;
            if (Decode(id, bytes) is { } hold) read.Add(hold);
            else StorageLog.HaltDamaged(logger, id);
        }

        _read = read;
    }

    // A session that is emptied takes its holds with it; where Redis was away, it is made up for.
    private async Task DeleteForgottenAsync()
    {
        foreach (string id in _forgotten.Keys)
        {
            RedisValue stored = await redis.CallAsync(d => d.HashGetAsync(redis.Keys.Halts, id));
            if (!stored.IsNull) await RemoveAsync(id, stored);
            _stored.TryRemove(id, out _);
            _forgotten.TryRemove(id, out _);
        }
    }

    private async Task RemoveAsync(string id, RedisValue stored)
    {
        await redis.CallAsync(d => d.ScriptEvaluateAsync(
            RedisScripts.RemoveHalt,
            [redis.Keys.Halts, redis.Keys.HaltsVersion],
            [id, stored, (RedisValue)(byte[])redis.Keys.HaltsChanged!]));
        _stored.TryRemove(id, out _);
    }

    private static byte[] Encode(Hold hold)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(hold, GuardianJson.Options);
        string seal = Seal.Of("halts", hold.Id, json).ToString("x16", CultureInfo.InvariantCulture);
        return [.. Encoding.ASCII.GetBytes(seal), .. json];
    }

    // What is damaged is merged as if it were not there: what is written then is whole again.
    private static Hold? Decode(string id, byte[] bytes)
    {
        if (bytes.Length <= SealLength) return null;
        byte[] json = bytes[SealLength..];
        string seal = Seal.Of("halts", id, json).ToString("x16", CultureInfo.InvariantCulture);
        return string.Equals(seal, Encoding.ASCII.GetString(bytes, 0, SealLength), StringComparison.Ordinal)
            ? JsonSerializer.Deserialize<Hold>(json, GuardianJson.Options)
            : null;
    }
}
