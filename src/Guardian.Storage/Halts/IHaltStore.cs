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
}

/// <summary>Keeps the halt board's entries and tombstones by id: this silo's own place.</summary>
public interface IHaltStore : IHaltPlace
{
    /// <summary>Reads every entry and tombstone.</summary>
    IReadOnlyList<Hold> Load();

    /// <summary>Deletes tombstones that are old enough to be forgotten; a store that keeps them does no harm.</summary>
    /// <param name="ids">Ids of released entries.</param>
    Task RemoveAsync(IReadOnlyList<string> ids) => Task.CompletedTask;
}

/// <summary>Where entries of the halt board may turn up late: a store, a peer, the kill file. Thread-safe.</summary>
/// <remarks>Polled, as the safety net beside whatever pushes; <see cref="Version"/> must be cheap.</remarks>
public interface IHaltSource
{
    /// <summary>Gets its name, for logs.</summary>
    string Name { get; }

    /// <summary>Gets a number that differs whenever <see cref="Read"/> would give something new.</summary>
    long Version { get; }

    /// <summary>Reads every entry and tombstone it knows.</summary>
    IReadOnlyList<Hold> Read();
}
