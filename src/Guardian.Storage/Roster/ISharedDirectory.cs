using Guardian.Contracts;

namespace Guardian.Storage.Roster;

/// <summary>What an entry of the shared directory is about.</summary>
public enum DirectoryKind
{
    /// <summary>A symbol of the roster; without value: it was taken off.</summary>
    Roster = 0,

    /// <summary>How a session runs.</summary>
    Session = 1,

    /// <summary>The newest epoch of a producer, <c>session/producer</c>: the order is the epoch.</summary>
    Producer = 2,
}

/// <summary>One entry of the directory that silos share; of two the one with the higher order counts. Immutable.
/// </summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Key">Symbol, session, or session and producer.</param>
/// <param name="Order">When it was changed, nanoseconds since 1970; a producer's epoch.</param>
/// <param name="Value">JSON; null: nothing, or it was removed.</param>
public sealed record DirectoryEntry(DirectoryKind Kind, string Key, long Order, string? Value);

/// <summary>Roster, sessions and producers' epochs as all silos of a cluster know them.</summary>
/// <remarks>Thread-safe. What is older than what is there is left out in silence.</remarks>
public interface ISharedDirectory
{
    /// <summary>Stores entries, each unless a newer one is there.</summary>
    /// <exception cref="StorageUnavailableException">It can't be written at present.</exception>
    Task PutAsync(IReadOnlyList<DirectoryEntry> entries);

    /// <summary>Reads everything, if something may have changed since the last call.</summary>
    /// <returns>All entries; null: nothing has changed.</returns>
    /// <exception cref="StorageUnavailableException">It can't be read at present.</exception>
    Task<IReadOnlyList<DirectoryEntry>?> LookAsync();

    /// <summary>Gets what ends when another silo has changed something.</summary>
    Task Heard { get; }
}
