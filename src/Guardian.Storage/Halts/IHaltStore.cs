using Guardian.Contracts;

namespace Guardian.Storage.Halts;

/// <summary>Keeps the halt board's entries and tombstones by id.</summary>
/// <remarks>
/// Thread-safe. Merging: a tombstone wins over the entry, whichever comes first; the earliest release is kept.
/// </remarks>
public interface IHaltStore
{
    /// <summary>
    /// Stores an entry or its tombstone; the task ends when it is durable and fails when it can't be.
    /// </summary>
    Task PutAsync(Hold hold);

    /// <summary>Reads every entry and tombstone.</summary>
    IReadOnlyList<Hold> Load();
}
