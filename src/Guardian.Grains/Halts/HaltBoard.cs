using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Halts;

/// <summary>All holds and latches and their tombstones by id, whole, in the memory of every silo.</summary>
/// <remarks>
/// State is the union of what any place knows, less the tombstones (<see cref="HaltSet"/>). It acts at once in memory;
/// a caller is answered when the entry rests in enough places or after <see cref="Patience"/>. Thread-safe; reading
/// takes no lock.
/// </remarks>
public sealed class HaltBoard
{
    /// <summary>Most open entries; beyond it only holds of the portfolio are taken.</summary>
    public const int MostOpen = 10_000;

    /// <summary>How many tombstones are kept however old they are.</summary>
    public const int KeptTombstones = 10_000;

    private readonly IHaltPlace[] _restsIn;
    private readonly SiloClock _clock;
    private readonly RestingPlaces _places;
    private readonly Lock _gate = new();
    private volatile HaltSet _set = HaltSet.Empty;

    /// <summary>Initializes the board with what the store keeps.</summary>
    /// <param name="store">This silo's own place.</param>
    /// <param name="clock">The silo's stamp.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="others">Further places, where there are any: other silos, Redis, PostgreSQL.</param>
    public HaltBoard(
        IHaltStore store,
        SiloClock clock,
        TimeProvider time,
        ILogger<HaltBoard> logger,
        IEnumerable<IHaltPlace>? others = null)
    {
        _restsIn = [store, .. others ?? []];
        _clock = clock;
        _places = new RestingPlaces(_restsIn, time, logger, store.IsVolatile);
        Merge(store.Load());
    }

    /// <summary>Gets how long a hold waits to be durable before it is acknowledged all the same.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets how old a tombstone must be to be forgotten.</summary>
    public static TimeSpan TombstoneAge { get; } = TimeSpan.FromDays(30);

    /// <summary>Gets a number that rises with every change.</summary>
    public long Version => _set.Version;

    /// <summary>Gets every entry and tombstone.</summary>
    public IReadOnlyList<Hold> Entries => [.. _set.Entries];

    /// <summary>Gets what acts, but does not rest in enough places yet: a crash now may forget it.</summary>
    public IReadOnlyCollection<Hold> Undurable => _places.Undurable;

    /// <summary>Gets what acts and has waited for longer than <see cref="Patience"/>, or failed to be stored.</summary>
    public IReadOnlyCollection<Hold> Overdue => _places.Overdue;

    /// <summary>Says why an id can't be given to a hold, or null: one id is one hold for ever.</summary>
    /// <param name="id">The id that is asked for.</param>
    /// <param name="wanted">Scope, key, session and state of the hold that is asked for.</param>
    public string? WhyTaken(string id, HoldRequest wanted)
    {
        if (Find(id) is not { } known)
        {
            return _set.Open.Length < MostOpen || wanted.Scope == Scope.Portfolio
                ? null
                : $"Condition failed: {MostOpen} holds are open, which is the limit; release some, or hold the "
                    + "portfolio.";
        }

        if (!known.IsOpen) return $"Condition failed: hold {id} was released; place a hold with a new id.";
        bool same = known.Kind == HaltKind.Hold && known.Scope == wanted.Scope && known.State == wanted.State
            && string.Equals(known.Session, wanted.Session, StringComparison.Ordinal)
            && (known.Scope == Scope.Portfolio || string.Equals(known.Key, wanted.Key, StringComparison.Ordinal));
        return same
            ? null
            : $"Condition failed: hold {id} is open already ({known.State}, {known.Scope} {known.Key} of session "
                + $"{known.Session}); place a hold with a new id.";
    }

    /// <summary>Gets the open entries of a session, every scope, oldest first.</summary>
    public IReadOnlyList<Hold> Open(string session) =>
        [.. _set.Open.Where(h => string.Equals(h.Session, session, StringComparison.Ordinal))];

    /// <summary>Gets the open entries of one symbol, oldest first.</summary>
    public IReadOnlyList<Hold> OpenOn(string key)
    {
        List<Hold>? found = null;
        foreach (Hold hold in _set.Open)
        {
            if (hold.Scope == Scope.Symbol && string.Equals(hold.Key, key, StringComparison.Ordinal))
                (found ??= []).Add(hold);
        }

        return found ?? (IReadOnlyList<Hold>)[];
    }

    /// <summary>Finds an entry, open or released; null when there is none.</summary>
    public Hold? Find(string id) => _set.Find(id);

    /// <summary>Gets what changed after a version, oldest change first: what a peer asks for.</summary>
    public IReadOnlyList<Hold> Since(long version) => _set.Since(version);

    /// <summary>Gets the open holds that reach an order beyond its symbol: portfolio, and its strategy.</summary>
    /// <returns>The strictest state and the holds behind it; empty on an empty board, without allocating.</returns>
    public (TradingState State, IReadOnlyList<Hold> Holds) Beyond(string session, string? strategy)
    {
        System.Collections.Immutable.ImmutableArray<Hold> holds = _set.Beyond;
        if (holds.IsEmpty) return (TradingState.Active, []);
        var state = TradingState.Active;
        List<Hold>? found = null;
        foreach (Hold hold in holds)
        {
            bool reaches = string.Equals(hold.Session, session, StringComparison.Ordinal)
                && (hold.Scope == Scope.Portfolio
                    || (hold.Scope == Scope.Strategy && strategy is not null
                        && string.Equals(hold.Key, strategy, StringComparison.Ordinal)));
            if (!reaches) continue;
            (found ??= []).Add(hold);
            if (hold.State > state) state = hold.State;
        }

        return (state, found ?? (IReadOnlyList<Hold>)[]);
    }

    /// <summary>Places a hold or latch: at once in memory, then where it rests.</summary>
    /// <returns>How safely it rests when the answer is given.</returns>
    public Task<Durability> PlaceAsync(Hold hold)
    {
        Merge(hold);
        return _places.StoreAsync(Find(hold.Id) ?? hold);
    }

    /// <summary>Releases a hold, or ends a latch, by a tombstone: at once in memory, then where it rests.</summary>
    /// <returns>Null when no open entry has the id; otherwise how safely the tombstone rests.</returns>
    public async Task<Durability?> ReleaseAsync(string id, string actor, string reason)
    {
        Hold released;
        lock (_gate)
        {
            if (Find(id) is not { IsOpen: true } hold) return null;
            released = hold with { ReleasedAt = _clock.Timestamp, ReleasedBy = actor, ReleaseReason = reason };
            _set = _set.Merge([released], out _);
        }

        return await _places.StoreAsync(released);
    }

    /// <summary>Drops the entries of a session that is emptied; durable with the journal's own forgetting.</summary>
    public void Forget(string session)
    {
        string[] ids;
        lock (_gate)
        {
            ids = [.. _set.Entries.Where(IsOfIt).Select(h => h.Id)];
            _set = _set.Without(IsOfIt);
        }

        _places.Forget(IsOfIt);
        foreach (IHaltPlace place in _restsIn) place.Forget(ids);

        bool IsOfIt(Hold hold) => string.Equals(hold.Session, session, StringComparison.Ordinal);
    }

    /// <summary>Takes an entry or tombstone from anywhere; a tombstone wins, and the earliest one is kept.</summary>
    public void Merge(Hold hold) => Merge([hold]);

    /// <summary>Takes entries and tombstones from anywhere, in any order and any number of times.</summary>
    /// <returns>What was not known, as merged.</returns>
    public IReadOnlyList<Hold> Merge(IEnumerable<Hold> entries)
    {
        lock (_gate)
        {
            _set = _set.Merge(entries, out IReadOnlyList<Hold> fresh);
            return fresh;
        }
    }

    /// <summary>Merges, and brings what was not known to where it rests, without waiting.</summary>
    /// <returns>What was not known, as merged.</returns>
    public IReadOnlyList<Hold> Adopt(IEnumerable<Hold> entries)
    {
        IReadOnlyList<Hold> fresh = Merge(entries);
        foreach (Hold entry in fresh) _places.Begin(entry);
        return fresh;
    }

    /// <summary>Brings to every place what one of them lacks: its file was begun anew.</summary>
    /// <param name="rests">What that place has.</param>
    public void Refill(IReadOnlyList<Hold> rests)
    {
        Dictionary<string, Hold> known = rests.ToDictionary(h => h.Id, StringComparer.Ordinal);
        foreach (Hold entry in _set.Entries)
        {
            if (known.GetValueOrDefault(entry.Id) != entry) _places.Begin(entry);
        }
    }

    /// <summary>Asks to be told at once, from any thread, that something acts which does not rest in time.</summary>
    /// <param name="tell">Must neither throw nor wait.</param>
    public void OnLate(Action tell) => _places.OnLate(tell);

    /// <summary>Stores again what does not rest yet and is not on its way; called from time to time.</summary>
    public Task StoreUndurableAsync() => _places.RetryAsync();

    /// <summary>
    /// Forgets tombstones of more than <see cref="TombstoneAge"/> beyond the newest <see cref="KeptTombstones"/>; an
    /// open entry never.
    /// </summary>
    /// <returns>How many were forgotten; deleted from the store without waiting.</returns>
    public int ForgetOldTombstones()
    {
        HaltSet set = _set;
        if (set.Count - set.Open.Length <= KeptTombstones) return 0;
        long before = _clock.Now - (TombstoneAge.Ticks * 100);
        HashSet<string> old =
        [
            .. set.Entries.Where(h => !h.IsOpen).OrderByDescending(h => h.ReleasedAt).Skip(KeptTombstones)
                .Where(h => h.ReleasedAt.UnixNanoseconds < before).Select(h => h.Id),
        ];
        if (old.Count == 0) return 0;
        lock (_gate) _set = _set.Without(h => !h.IsOpen && old.Contains(h.Id));
        foreach (IHaltPlace place in _restsIn) place.RemoveAsync([.. old]).Ignore();
        return old.Count;
    }
}
