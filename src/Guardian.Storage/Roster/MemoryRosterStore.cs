using Guardian.Contracts;

namespace Guardian.Storage.Roster;

/// <summary>The volatile twin of roster, sessions and producers' epochs.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class MemoryRosterStore : IRosterStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, RosterEntry> _roster = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SessionEntry> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Session, string Producer), long> _epochs = [];

    /// <inheritdoc/>
    public Task PutAsync(RosterEntry entry)
    {
        lock (_gate) _roster[entry.Symbol] = entry;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string symbol)
    {
        lock (_gate) _roster.Remove(symbol);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IReadOnlyList<RosterEntry> Load()
    {
        lock (_gate) return [.. _roster.Values];
    }

    /// <inheritdoc/>
    public Task PutSessionAsync(SessionEntry session)
    {
        lock (_gate) _sessions[session.Session] = session;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SessionEntry> LoadSessions()
    {
        lock (_gate) return [.. _sessions.Values];
    }

    /// <inheritdoc/>
    public Task<long> NextProducerEpochAsync(string session, string producer, long above = 0)
    {
        lock (_gate)
        {
            long next = Math.Max(_epochs.GetValueOrDefault((session, producer)), above) + 1;
            _epochs[(session, producer)] = next;
            return Task.FromResult(next);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<IssuedEpoch> LoadProducerEpochs()
    {
        lock (_gate) return [.. _epochs.Select(e => new IssuedEpoch(e.Key.Session, e.Key.Producer, e.Value))];
    }
}
