using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>The way to Redis: made in the background, watched, and switched off while Redis is not well.</summary>
/// <remarks>
/// Thread-safe. Nothing waits for a connection: while there is none, calls end at once. A call that takes longer than
/// its deadline is given up and switches the way off until a probe succeeds, so that a frozen Redis costs one deadline.
/// </remarks>
/// <param name="options">Valid options.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
public sealed class RedisConnection(RedisOptions options, TimeProvider time, ILogger<RedisConnection> logger)
    : IAsyncDisposable
{
    private static readonly Version Least = new(6, 2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<(RedisChannel Channel, Action<RedisValue> Handler)> _heard = [];
    private volatile ConnectionMultiplexer? _way;
    private volatile string? _problem = $"Redis at {options.EndPoint} was not reached yet";
    private volatile string? _lastFailure;
    private Task? _watching;
    private string? _identity;
    private string? _logged;
    private long _incarnation;
    private long _ahead;
    private int _subscribed;
    private int _disposed;

    /// <summary>Gets why Redis can't be used at present, in words; null while it can.</summary>
    public string? Problem => _problem;

    /// <summary>
    /// Gets a number that rises whenever the data may be older than what was written: 1 at the first contact, then
    /// after each restart and each emptying.
    /// </summary>
    public long Incarnation => Interlocked.Read(ref _incarnation);

    /// <summary>Gets how far this machine's clock is ahead of the server's; zero before the first contact.</summary>
    /// <remarks>Every silo asks the same server, so silos whose clocks differ are known by it.</remarks>
    public TimeSpan Ahead => new(Interlocked.Read(ref _ahead));

    /// <summary>Gets the names of everything.</summary>
    public RedisKeys Keys { get; } = new(options.ServiceId);

    /// <summary>Gets the options.</summary>
    public RedisOptions Options => options;

    /// <summary>Begins to connect in the background; again does nothing.</summary>
    public void Start()
    {
        lock (_gate) _watching ??= Task.Run(WatchAsync);
    }

    /// <summary>Hears a channel from the first contact on; handlers must neither throw nor wait.</summary>
    public void Hear(RedisChannel channel, Action<RedisValue> handler)
    {
        lock (_gate) _heard.Add((channel, handler));
    }

    /// <summary>Calls Redis, for no longer than the deadline.</summary>
    /// <param name="call">What is asked; every command at once makes one pipeline.</param>
    /// <param name="deadlines">How many deadlines it may take.</param>
    /// <exception cref="StorageUnavailableException">Redis can't be used at present; says why.</exception>
    public async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, int deadlines = 1)
    {
        if (_problem is { } problem || _way is not { } way) throw new StorageUnavailableException(Away());
        try
        {
            return await OnceAsync(call, way.GetDatabase(), options.Deadline * deadlines);
        }
        catch (RedisServerException error) when (error.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await OnceAsync(call, way.GetDatabase(), options.Deadline * deadlines);
        }
    }

    /// <summary>Says why Redis can't be used, for an exception.</summary>
    private string Away() => _problem ?? $"Redis at {options.EndPoint} was not reached yet";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync();
        Task? watching;
        lock (_gate) watching = _watching;
        if (watching is not null) await watching;
        if (_way is { } way) await way.CloseAsync(allowCommandsToComplete: false);
        _way?.Dispose();
        _stop.Dispose();
    }

    private async Task<T> OnceAsync<T>(Func<IDatabase, Task<T>> call, IDatabase database, TimeSpan deadline)
    {
        Task<T>? asked = null;
        try
        {
            asked = call(database);
            return await asked.WaitAsync(deadline, time);
        }
        catch (Exception error) when (RedisProblems.Explain(error, options, deadline, _lastFailure) is { } problem)
        {
            asked?.Ignore();
            SwitchOff(problem);
            throw new StorageUnavailableException(problem, error);
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(options.ProbePeriod, time);
        try
        {
            do
            {
                await ProbeAsync();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task ProbeAsync()
    {
        try
        {
            ConnectionMultiplexer way = _way ?? await ConnectAsync();
            TimeSpan deadline = options.Deadline * 2;
            IServer server = way.GetServers()[0];
            string? info = await server.InfoRawAsync("server").WaitAsync(deadline, time);
            string version = Field(info, "redis_version:");
            if (!Version.TryParse(version, out Version? parsed) || parsed < Least)
            {
                SwitchOff($"Redis at {options.EndPoint} has version {version}; it takes {Least} or newer: upgrade it");
                return;
            }

            RedisResult marker = await way.GetDatabase().ScriptEvaluateAsync(
                RedisScripts.Probe, [Keys.Marker, Keys.Probe], [Guid.NewGuid().ToString("N")])
                .WaitAsync(deadline, time);
            DateTimeOffset now = time.GetUtcNow();
            DateTime there = await server.TimeAsync().WaitAsync(deadline, time);
            Interlocked.Exchange(ref _ahead, (now - new DateTimeOffset(there, TimeSpan.Zero)).Ticks);
            await ListenAsync(way).WaitAsync(deadline, time);
            Found($"{Field(info, "run_id:")}/{marker}");
            SwitchOn(version);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            SwitchOff(RedisProblems.Explain(error, options, options.Deadline * 2, _lastFailure) ?? error.Message);
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        ConnectionMultiplexer way = await ConnectionMultiplexer.ConnectAsync(options.ToConnection("guardian"));
        way.ConnectionFailed += (_, failed) => _lastFailure = failed.Exception?.Message ?? $"{failed.FailureType}";
        way.ConnectionRestored += (_, _) => _lastFailure = null;
        way.ErrorMessage += (_, said) => _lastFailure = said.Message;
        _way = way;
        return way;
    }

    // The library subscribes again by itself after a reconnection. Its way for subscriptions is another one, which may
    // come up later: whoever listens also looks from time to time, so that is no reason to do without Redis.
    private async Task ListenAsync(ConnectionMultiplexer way)
    {
        (RedisChannel Channel, Action<RedisValue> Handler)[] heard;
        lock (_gate) heard = [.. _heard.Skip(_subscribed)];
        foreach ((RedisChannel channel, Action<RedisValue> handler) in heard)
        {
            try
            {
                // A queue keeps the order; plain handlers run beside each other.
                ChannelMessageQueue queue = await way.GetSubscriber().SubscribeAsync(channel);
                queue.OnMessage(said => handler(said.Message));
                _subscribed++;
            }
            catch (RedisException error)
            {
                StorageLog.RedisUnheard(logger, $"{channel}", error.Message);
                return;
            }
        }
    }

    private void Found(string identity)
    {
        if (string.Equals(identity, _identity, StringComparison.Ordinal)) return;
        if (_identity is not null) StorageLog.RedisAnew(logger, options.EndPoint);
        _identity = identity;
        Interlocked.Increment(ref _incarnation);
    }

    private void SwitchOn(string version)
    {
        _problem = null;
        if (Interlocked.Exchange(ref _logged, string.Empty) is not "")
            StorageLog.RedisReached(logger, options.EndPoint, version);
    }

    private void SwitchOff(string problem)
    {
        _problem = problem;
        string? before = Interlocked.Exchange(ref _logged, problem);
        if (!string.Equals(before, problem, StringComparison.Ordinal)) StorageLog.RedisAway(logger, problem);
    }

    private static string Field(string? info, string name)
    {
        int at = info?.IndexOf(name, StringComparison.Ordinal) ?? -1;
        if (at < 0) return "unknown";
        ReadOnlySpan<char> rest = info.AsSpan(at + name.Length);
        int end = rest.IndexOfAny('\r', '\n');
        return (end < 0 ? rest : rest[..end]).ToString();
    }
}
