using Guardian.Contracts;

namespace Guardian.Storage.Roster;

/// <summary>A session and how it runs. Immutable.</summary>
/// <param name="Session">Its name.</param>
/// <param name="Limits">The limits of guardians that appear in it.</param>
/// <param name="RecordedTime">Whether only observations move its clock.</param>
public sealed record SessionEntry(string Session, GuardianLimits Limits, bool RecordedTime);

/// <summary>The newest epoch that was issued to a producer. Immutable.</summary>
/// <param name="Session">The session.</param>
/// <param name="Producer">The producer.</param>
/// <param name="Epoch">The epoch, ≥ 1.</param>
public sealed record IssuedEpoch(string Session, string Producer, long Epoch);

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
    /// <param name="session">The session.</param>
    /// <param name="producer">The producer.</param>
    /// <param name="above">An epoch that has been seen: the issued one is above it.</param>
    Task<long> NextProducerEpochAsync(string session, string producer, long above = 0);

    /// <summary>Reads the newest issued epoch of every producer.</summary>
    IReadOnlyList<IssuedEpoch> LoadProducerEpochs();

    /// <summary>Gets whether issued epochs may be missing: the file that kept them was set aside.</summary>
    bool MayLackEpochs => false;
}
