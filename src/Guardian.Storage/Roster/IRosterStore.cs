using Guardian.Contracts;

namespace Guardian.Storage.Roster;

/// <summary>A session and how it runs. Immutable.</summary>
/// <param name="Session">Its name.</param>
/// <param name="Limits">The limits of guardians that appear in it.</param>
/// <param name="RecordedTime">Whether only observations move its clock.</param>
public sealed record SessionEntry(string Session, GuardianLimits Limits, bool RecordedTime);

/// <summary>Keeps the roster, the sessions and the producers' epochs.</summary>
/// <remarks>Thread-safe. Each task ends when the change is durable and fails when it can't be.</remarks>
public interface IRosterStore
{
    /// <summary>Puts a symbol on the roster, or replaces its entry.</summary>
    Task PutAsync(RosterEntry entry);

    /// <summary>Takes a symbol off the roster.</summary>
    Task RemoveAsync(string symbol);

    /// <summary>Reads the roster of every session.</summary>
    IReadOnlyList<RosterEntry> Load();

    /// <summary>Stores how a session runs.</summary>
    Task PutSessionAsync(SessionEntry session);

    /// <summary>Reads every session.</summary>
    IReadOnlyList<SessionEntry> LoadSessions();

    /// <summary>Issues the next epoch of a producer in a session; durable before it returns.</summary>
    Task<long> NextProducerEpochAsync(string session, string producer);
}
