using Guardian.Contracts;

namespace Guardian.Storage.Halts;

/// <summary>A place where entries of the halt board rest: this journal, another silo's, Redis, PostgreSQL.</summary>
/// <remarks>
/// Thread-safe. Merging: a tombstone wins over the entry, whichever comes first; the earliest release is kept.
/// </remarks>
public interface IHaltPlace
{
    /// <summary>
    /// Stores an entry or its tombstone; the task ends when it is durable and fails when it can't be.
    /// </summary>
    Task PutAsync(Hold hold);

    /// <summary>Deletes tombstones that are old enough to be forgotten; a place that keeps them does no harm.</summary>
    /// <param name="ids">Ids of released entries.</param>
    Task RemoveAsync(IReadOnlyList<string> ids) => Task.CompletedTask;

    /// <summary>
    /// Deletes entries, open or not, of a session that is emptied; as soon as it can be done, without waiting.
    /// </summary>
    /// <param name="ids">The entries' ids.</param>
    void Forget(IReadOnlyList<string> ids)
    {
        // The silo's own place forgets with the journal.
    }
}

/// <summary>Keeps the halt board's entries and tombstones by id: this silo's own place.</summary>
public interface IHaltStore : IHaltPlace
{
    /// <summary>Gets whether what rests here is lost with the machine: then it counts as no place.</summary>
    bool IsVolatile => false;

    /// <summary>Reads every entry and tombstone.</summary>
    IReadOnlyList<Hold> Load();
}

/// <summary>Where entries of the halt board may turn up late: a store, a peer, the kill file. Thread-safe.</summary>
/// <remarks>Polled, as the safety net beside whatever pushes; <see cref="Version"/> must be cheap.</remarks>
public interface IHaltSource
{
    /// <summary>Gets its name, for logs.</summary>
    string Name { get; }

    /// <summary>Gets a number that differs whenever <see cref="Read"/> would give something new.</summary>
    long Version { get; }

    /// <summary>Gets whether it was ever read: one that was not lacks nothing that we know of.</summary>
    bool IsRead => true;

    /// <summary>Reads every entry and tombstone it knows.</summary>
    IReadOnlyList<Hold> Read();

    /// <summary>Asks to be told at once, from any thread, that there is something new; at most one asks.</summary>
    /// <param name="tell">Must neither throw nor wait.</param>
    void OnChanged(Action tell)
    {
        // One that hears of nothing by itself is found by polling.
    }
}
