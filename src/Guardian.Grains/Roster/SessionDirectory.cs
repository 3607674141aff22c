using System.Collections.Concurrent;
using Guardian.Contracts;
using Guardian.Storage.Roster;

namespace Guardian.Grains.Roster;

/// <summary>
/// How each session runs, which symbols are on its roster, and which epochs its producers were issued: in memory,
/// written through, and in a cluster shared with the other silos. Thread-safe.
/// </summary>
public sealed partial class SessionDirectory
{
    private readonly IRosterStore _store;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, SessionEntry> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RosterEntry> _roster = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Session, string Producer), long> _epochs = new();
    private readonly ConcurrentDictionary<string, bool> _unstored = new(StringComparer.Ordinal);

    /// <summary>Initializes the directory with what the store keeps.</summary>
    /// <param name="store">Where this silo keeps it.</param>
    /// <param name="time">Orders changes of several silos.</param>
    /// <param name="shared">What all silos know; null: this silo is alone.</param>
    public SessionDirectory(IRosterStore store, TimeProvider? time = null, ISharedDirectory? shared = null)
    {
        (_store, _time, _shared) = (store, time ?? TimeProvider.System, shared);
        foreach (SessionEntry session in store.LoadSessions()) _sessions[session.Session] = session;
        foreach (RosterEntry entry in store.Load()) _roster[entry.Symbol] = entry;
        foreach (IssuedEpoch issued in store.LoadProducerEpochs())
            _epochs[(issued.Session, issued.Producer)] = issued.Epoch;
    }

    /// <summary>Gets how many changes of the roster act, but are not durable yet.</summary>
    public int Unstored => _unstored.Count;

    /// <summary>Tells how a session runs: as opened; otherwise live on silo time, any other on recorded time.</summary>
    public SessionEntry Get(string session) => _sessions.TryGetValue(session, out SessionEntry? entry)
        ? entry
        : new SessionEntry(session, new GuardianLimits(), !IsLive(session));

    /// <summary>Stores how a session runs; durable, and told to the other silos, before it returns.</summary>
    public async Task PutAsync(SessionEntry session)
    {
        await _store.PutSessionAsync(session);
        _sessions[session.Session] = session;
        Share(DirectoryKind.Session, session.Session, session);
        await TryShareAsync();
    }

    /// <summary>Finds a symbol on the roster; null when it is not there.</summary>
    public RosterEntry? Find(string symbol) => _roster.GetValueOrDefault(symbol);

    /// <summary>Lists the roster of a session, by symbol.</summary>
    public RosterEntry[] Roster(string session) =>
    [
        .. _roster.Values.Where(e => string.Equals(SessionOf(e.Symbol), session, StringComparison.Ordinal))
            .OrderBy(e => e.Symbol, StringComparer.Ordinal),
    ];

    /// <summary>Puts a symbol on the roster: at once in memory, durable when the task ends.</summary>
    /// <remarks>One that fails is tried again by <see cref="StoreAgainAsync"/>.</remarks>
    public Task AddAsync(RosterEntry entry)
    {
        lock (_gate)
        {
            _roster[entry.Symbol] = entry;
            Share(DirectoryKind.Roster, entry.Symbol, entry);
            return StoreAsync(entry.Symbol);
        }
    }

    /// <summary>Takes a symbol off the roster: at once in memory, durable when the task ends.</summary>
    /// <remarks>One that fails is tried again by <see cref="StoreAgainAsync"/>.</remarks>
    public Task RemoveAsync(string symbol)
    {
        lock (_gate)
        {
            _roster.TryRemove(symbol, out _);
            Share<RosterEntry>(DirectoryKind.Roster, symbol, value: null);
            return StoreAsync(symbol);
        }
    }

    /// <summary>Stores again what could not be stored; called from time to time.</summary>
    /// <returns>What failed again, by symbol; empty when everything is durable.</returns>
    public async Task<IReadOnlyList<(string Symbol, Exception Error)>> StoreAgainAsync()
    {
        List<(string, Exception)> failed = [];
        foreach (string symbol in _unstored.Keys.Order(StringComparer.Ordinal))
        {
            try
            {
                Task stored;
                lock (_gate) stored = StoreAsync(symbol);
                await stored;
            }
            catch (Exception error)
            {
                failed.Add((symbol, error));
            }
        }

        return failed;
    }

    /// <summary>Issues the next epoch of a producer, above every one seen; durable before it returns.</summary>
    public async Task<long> NextProducerEpochAsync(string session, string producer)
    {
        await RefreshAsync();
        long seen = _epochs.GetValueOrDefault((session, producer));
        long issued = await _store.NextProducerEpochAsync(session, producer, seen);
        Saw(session, producer, issued);
        await TryShareAsync();
        return issued;
    }

    /// <summary>Notes an epoch that a guardian's past knows: it was issued, whatever is left of the roster.</summary>
    public void Saw(string session, string producer, long epoch)
    {
        if (epoch <= 0 || epoch <= _epochs.GetValueOrDefault((session, producer))) return;
        _epochs.AddOrUpdate((session, producer), epoch, (_, known) => Math.Max(known, epoch));
        ShareEpoch(session, producer, epoch);
    }

    /// <summary>Says why a batch's producer epoch can't be: it was never issued; null when it can.</summary>
    /// <remarks>
    /// Where the file that kept them was set aside, or the other silos can't be asked, an epoch above the known ones is
    /// believed: it may have been issued.
    /// </remarks>
    public string? WhyNotIssued(string session, ObservationBatch batch)
    {
        if (batch.ProducerEpoch <= 0) return null;
        long issued = _epochs.GetValueOrDefault((session, batch.Producer));
        if (batch.ProducerEpoch <= issued) return null;
        if (!_store.MayLackEpochs && !_mayLackShared)
        {
            return $"Condition failed: producerEpoch is {batch.ProducerEpoch}, but the newest that was issued to "
                + $"{batch.Producer} in session {session} is {issued}; take a new one (POST /producers/NAME).";
        }

        Saw(session, batch.Producer, batch.ProducerEpoch);
        return null;
    }

    // In the order of the changes: handed to the store under the gate.
    private Task StoreAsync(string symbol)
    {
        _unstored[symbol] = true;
        Task stored = _roster.TryGetValue(symbol, out RosterEntry? entry)
            ? _store.PutAsync(entry)
            : _store.RemoveAsync(symbol);
        return DoneAsync(symbol, entry, stored);
    }

    private async Task DoneAsync(string symbol, RosterEntry? entry, Task stored)
    {
        await stored;
        lock (_gate)
        {
            if (ReferenceEquals(_roster.GetValueOrDefault(symbol), entry)) _unstored.TryRemove(symbol, out _);
        }
    }

    private static string SessionOf(string key) =>
        SymbolName.TryParse(key, out SymbolName name, out _) ? name.Session : string.Empty;

    private static bool IsLive(string session) => string.Equals(session, SymbolName.Live, StringComparison.Ordinal);
}
