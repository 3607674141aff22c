using System.Collections.Concurrent;
using Guardian.Contracts;
using Guardian.Storage.Roster;

namespace Guardian.Grains.Roster;

/// <summary>
/// How each session runs, and which symbols are on its roster: in memory, written through. Thread-safe.
/// </summary>
public sealed class SessionDirectory
{
    private readonly IRosterStore _store;
    private readonly ConcurrentDictionary<string, SessionEntry> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RosterEntry> _roster = new(StringComparer.Ordinal);

    /// <summary>Initializes the directory with what the store keeps.</summary>
    public SessionDirectory(IRosterStore store)
    {
        _store = store;
        foreach (SessionEntry session in store.LoadSessions()) _sessions[session.Session] = session;
        foreach (RosterEntry entry in store.Load()) _roster[entry.Symbol] = entry;
    }

    /// <summary>Tells how a session runs: as opened; otherwise live on silo time, any other on recorded time.</summary>
    public SessionEntry Get(string session) => _sessions.TryGetValue(session, out SessionEntry? entry)
        ? entry
        : new SessionEntry(session, new GuardianLimits(), !IsLive(session));

    /// <summary>Stores how a session runs; durable before it returns.</summary>
    public async Task PutAsync(SessionEntry session)
    {
        await _store.PutSessionAsync(session);
        _sessions[session.Session] = session;
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
    public Task AddAsync(RosterEntry entry)
    {
        _roster[entry.Symbol] = entry;
        return _store.PutAsync(entry);
    }

    /// <summary>Takes a symbol off the roster: at once in memory, durable when the task ends.</summary>
    public Task RemoveAsync(string symbol)
    {
        _roster.TryRemove(symbol, out _);
        return _store.RemoveAsync(symbol);
    }

    /// <summary>Issues the next epoch of a producer; durable before it returns.</summary>
    public Task<long> NextProducerEpochAsync(string session, string producer) =>
        _store.NextProducerEpochAsync(session, producer);

    private static string SessionOf(string key) =>
        SymbolName.TryParse(key, out SymbolName name, out _) ? name.Session : string.Empty;

    private static bool IsLive(string session) => string.Equals(session, SymbolName.Live, StringComparison.Ordinal);
}
