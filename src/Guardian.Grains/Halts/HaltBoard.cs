using System.Collections.Immutable;
using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Halts;

/// <summary>All holds and their tombstones by id, whole, in the memory of every silo.</summary>
/// <remarks>
/// State is the union of what any place knows, less the tombstones. It acts at once in memory; a caller is answered
/// when the entry rests on disk or after <see cref="Patience"/>. Thread-safe; reading takes no lock.
/// </remarks>
public sealed partial class HaltBoard
{
    private readonly IHaltStore _store;
    private readonly SiloClock _clock;
    private readonly TimeProvider _time;
    private readonly ILogger<HaltBoard> _logger;
    private ImmutableDictionary<string, Hold> _holds = ImmutableDictionary.Create<string, Hold>(StringComparer.Ordinal);
    private long _version;

    /// <summary>Initializes the board with what the store keeps.</summary>
    public HaltBoard(IHaltStore store, SiloClock clock, TimeProvider time, ILogger<HaltBoard> logger)
    {
        _store = store;
        _clock = clock;
        _time = time;
        _logger = logger;
        foreach (Hold hold in store.Load()) Merge(hold);
    }

    /// <summary>Gets how long a hold waits to be durable before it is acknowledged all the same.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets a number that rises with every change.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Gets the open holds of a session, every scope, oldest first.</summary>
    public IReadOnlyList<Hold> Open(string session) =>
    [
        .. _holds.Values
            .Where(h => h.IsOpen && string.Equals(h.Session, session, StringComparison.Ordinal))
            .OrderBy(h => h.Since).ThenBy(h => h.Id, StringComparer.Ordinal),
    ];

    /// <summary>Finds an entry, open or released; null when there is none.</summary>
    public Hold? Find(string id) => _holds.GetValueOrDefault(id);

    /// <summary>Gets the open holds that reach an order beyond its symbol: portfolio, and its strategy.</summary>
    /// <returns>The strictest state and the holds behind it; empty on an empty board, without allocating.</returns>
    public (TradingState State, IReadOnlyList<Hold> Holds) Beyond(string session, string? strategy)
    {
        ImmutableDictionary<string, Hold> holds = _holds;
        if (holds.IsEmpty) return (TradingState.Active, []);
        var state = TradingState.Active;
        List<Hold>? found = null;
        foreach (Hold hold in holds.Values)
        {
            bool reaches = hold.IsOpen && string.Equals(hold.Session, session, StringComparison.Ordinal)
                && (hold.Scope == Scope.Portfolio
                    || (hold.Scope == Scope.Strategy && strategy is not null
                        && string.Equals(hold.Key, strategy, StringComparison.Ordinal)));
            if (!reaches) continue;
            (found ??= []).Add(hold);
            if (hold.State > state) state = hold.State;
        }

        return (state, found ?? (IReadOnlyList<Hold>)[]);
    }

    /// <summary>Places a hold: at once in memory, then on disk.</summary>
    /// <returns>How safely it rests when the answer is given.</returns>
    public Task<Durability> PlaceAsync(Hold hold)
    {
        Merge(hold);
        return StoreAsync(Find(hold.Id) ?? hold);
    }

    /// <summary>Releases a hold by a tombstone: at once in memory, then on disk.</summary>
    /// <returns>Null when no open hold has the id; otherwise how safely the tombstone rests.</returns>
    public async Task<Durability?> ReleaseAsync(string id, string actor, string reason)
    {
        if (Find(id) is not { IsOpen: true } hold) return null;
        Hold released = hold with { ReleasedAt = _clock.Timestamp, ReleasedBy = actor, ReleaseReason = reason };
        Merge(released);
        return await StoreAsync(released);
    }

    /// <summary>Drops the entries of a session that is emptied; durable with the journal's own forgetting.</summary>
    public void Forget(string session)
    {
        foreach (Hold hold in _holds.Values)
        {
            if (string.Equals(hold.Session, session, StringComparison.Ordinal))
                ImmutableInterlocked.TryRemove(ref _holds, hold.Id, out _);
        }

        Interlocked.Increment(ref _version);
    }

    /// <summary>Takes an entry or tombstone from anywhere; a tombstone wins, and the earliest one is kept.</summary>
    public void Merge(Hold hold)
    {
        ImmutableInterlocked.AddOrUpdate(ref _holds, hold.Id, hold, (_, known) => HaltMerge.Merge(known, hold));
        Interlocked.Increment(ref _version);
    }

    private async Task<Durability> StoreAsync(Hold hold)
    {
        Task stored = _store.PutAsync(hold);
        try
        {
            await stored.WaitAsync(Patience, _time);
            return Durability.Full;
        }
        catch (TimeoutException)
        {
            LogSlow(hold.Id, Patience.TotalMilliseconds);
            _ = LogLateAsync(hold.Id, stored);
            return Durability.None;
        }
        catch (Exception error)
        {
            LogFailed(error, hold.Id);
            return Durability.None;
        }
    }

    private async Task LogLateAsync(string id, Task stored)
    {
        try
        {
            await stored;
        }
        catch (Exception error)
        {
            LogFailed(error, id);
        }
    }

    [LoggerMessage(1101, LogLevel.Error, "Hold {Id} acts, but is not durable after {Milliseconds} ms.")]
    private partial void LogSlow(string id, double milliseconds);

    [LoggerMessage(1102, LogLevel.Critical, "Hold {Id} acts, but could not be stored: a crash now would forget it.")]
    private partial void LogFailed(Exception error, string id);
}
