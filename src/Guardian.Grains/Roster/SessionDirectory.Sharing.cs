using System.Collections.Concurrent;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage;
using Guardian.Storage.Roster;

namespace Guardian.Grains.Roster;

/// <content>What silos of a cluster tell each other: of two changes of the same thing the later one counts.</content>
public sealed partial class SessionDirectory
{
    private readonly TimeProvider _time;
    private readonly ISharedDirectory? _shared;
    private Task<IReadOnlyList<string>> _synchronizing = Task.FromResult<IReadOnlyList<string>>([]);
    private readonly ConcurrentDictionary<(DirectoryKind Kind, string Key), long> _orders = new();
    private readonly ConcurrentDictionary<(DirectoryKind Kind, string Key), DirectoryEntry> _unshared = new();
    private volatile bool _mayLackShared;

    /// <summary>Gets whether other silos may know what this one does not.</summary>
    public bool IsShared => _shared is not null;

    /// <summary>Gets what ends when another silo has changed something; never, where this silo is alone.</summary>
    public Task Heard => _shared?.Heard ?? Task.Delay(Timeout.InfiniteTimeSpan, _time, CancellationToken.None);

    /// <summary>Gets how many changes the other silos were not told yet.</summary>
    public int Untold => _unshared.Count;

    /// <summary>Tells the other silos what changed here, and takes what changed there.</summary>
    /// <returns>The symbols that were put on the roster or taken off it elsewhere.</returns>
    /// <exception cref="StorageUnavailableException">The others can't be asked at present.</exception>
    public Task<IReadOnlyList<string>> SynchronizeAsync()
    {
        lock (_unshared)
        {
            if (_shared is not null) _synchronizing = SynchronizeAsync(_shared, _synchronizing);
            return _synchronizing;
        }
    }

    // One after the other.
    private async Task<IReadOnlyList<string>> SynchronizeAsync(ISharedDirectory shared, Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await TellAsync(shared);
            IReadOnlyList<string> changed = [];
            if (await shared.LookAsync() is { } read)
            {
                changed = Merge(read);
                FindUntold(read);
                await TellAsync(shared);
            }

            _mayLackShared = false;
            return changed;
        }
        catch (StorageUnavailableException)
        {
            _mayLackShared = true;
            throw;
        }
    }

    /// <summary>Takes what the other silos know; where they can't be asked, what is known here has to do.</summary>
    public async Task RefreshAsync()
    {
        try
        {
            await SynchronizeAsync();
        }
        catch (StorageUnavailableException)
        {
            // It is tried again by the keeper of the roster.
        }
    }

    // Told before the answer where that is possible; the keeper makes up for it otherwise.
    private async Task TryShareAsync()
    {
        if (!_unshared.IsEmpty) await RefreshAsync();
    }

    private void Share<T>(DirectoryKind kind, string key, T? value)
        where T : class
    {
        if (_shared is null) return;
        long now = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        long order = _orders.AddOrUpdate((kind, key), now, (_, known) => Math.Max(known + 1, now));
        string? json = value is null ? null : JsonSerializer.Serialize(value, GuardianJson.Options);
        _unshared[(kind, key)] = new DirectoryEntry(kind, key, order, json);
    }

    private void ShareEpoch(string session, string producer, long epoch)
    {
        if (_shared is null) return;
        string key = $"{session}/{producer}";
        if (_orders.GetValueOrDefault((DirectoryKind.Producer, key)) >= epoch) return;
        _orders[(DirectoryKind.Producer, key)] = epoch;
        _unshared[(DirectoryKind.Producer, key)] = new DirectoryEntry(DirectoryKind.Producer, key, epoch, Value: null);
    }

    private async Task TellAsync(ISharedDirectory shared)
    {
        DirectoryEntry[] untold = [.. _unshared.Values];
        if (untold.Length == 0) return;
        await shared.PutAsync(untold);
        foreach (DirectoryEntry entry in untold)
            _unshared.TryRemove(KeyValuePair.Create((entry.Kind, entry.Key), entry));
    }

    private List<string> Merge(IReadOnlyList<DirectoryEntry> read)
    {
        List<string> changed = [];
        foreach (DirectoryEntry entry in read)
        {
            (DirectoryKind, string) what = (entry.Kind, entry.Key);
            if (_orders.TryGetValue(what, out long known) && known >= entry.Order) continue;
            _orders[what] = entry.Order;
            switch (entry.Kind)
            {
                case DirectoryKind.Producer:
                    int slash = entry.Key.IndexOf('/', StringComparison.Ordinal);
                    if (slash > 0) Saw(entry.Key[..slash], entry.Key[(slash + 1)..], entry.Order);
                    break;
                case DirectoryKind.Session:
                    if (Read<SessionEntry>(entry) is { } session) Take(session);
                    break;
                default:
                    Take(entry);
                    changed.Add(entry.Key);
                    break;
            }
        }

        return changed;
    }

    private void Take(SessionEntry session)
    {
        _sessions[session.Session] = session;
        _store.PutSessionAsync(session).Ignore(); // The others have it too.
    }

    private void Take(DirectoryEntry entry)
    {
        lock (_gate)
        {
            if (Read<RosterEntry>(entry) is { } added) _roster[entry.Key] = added;
            else _roster.TryRemove(entry.Key, out _);
            StoreAsync(entry.Key).Ignore(); // What fails is stored again by the keeper.
        }
    }

    private static T? Read<T>(DirectoryEntry entry)
        where T : class =>
        entry.Value is null ? null : JsonSerializer.Deserialize<T>(entry.Value, GuardianJson.Options);

    // A Redis that came back empty or older lacks what is known here, and so do others that only know Redis.
    private void FindUntold(IReadOnlyList<DirectoryEntry> read)
    {
        Dictionary<(DirectoryKind, string), long> there = read.ToDictionary(e => (e.Kind, e.Key), e => e.Order);
        foreach (RosterEntry entry in _roster.Values)
            Miss(DirectoryKind.Roster, entry.Symbol, Math.Max(1, entry.AddedAt.UnixNanoseconds), entry);
        foreach (SessionEntry session in _sessions.Values) Miss(DirectoryKind.Session, session.Session, 1, session);
        foreach (((string session, string producer), long epoch) in _epochs)
        {
            string key = $"{session}/{producer}";
            if (there.GetValueOrDefault((DirectoryKind.Producer, key)) >= epoch) continue;
            _unshared[(DirectoryKind.Producer, key)] =
                new DirectoryEntry(DirectoryKind.Producer, key, epoch, Value: null);
        }

        void Miss<T>(DirectoryKind kind, string key, long since, T value)
        {
            long order = _orders.GetOrAdd((kind, key), since);
            if (there.GetValueOrDefault((kind, key)) >= order) return;
            _unshared[(kind, key)] =
                new DirectoryEntry(kind, key, order, JsonSerializer.Serialize(value, GuardianJson.Options));
        }
    }
}
