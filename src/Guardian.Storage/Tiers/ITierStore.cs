using Guardian.Storage.Journal;

namespace Guardian.Storage.Tiers;

/// <summary>A store that the journal feeds: one <see cref="TierWriter"/> of its own ships to it.</summary>
/// <remarks>
/// Thread-safe. Appending is idempotent: the same rows come again after a crash, a failure or a rewinding. What is not
/// the row's fault is a <see cref="StorageUnavailableException"/> and tried for ever; any other exception is the
/// fault of a row in the call, which is then tried alone and parked. A store may be away for long, also at the start.
/// </remarks>
public interface ITierStore
{
    /// <summary>Gets the tier, one of <see cref="TierNames"/>.</summary>
    string Tier { get; }

    /// <summary>Gets what it is made of, such as <c>postgresql</c>.</summary>
    string Store { get; }

    /// <summary>
    /// Gets under which name its cursor is kept: another one for every kind of store that can be the tier.
    /// </summary>
    string Cursor => Tier;

    /// <summary>Gets whether another silo reads what is stored here.</summary>
    bool IsShared => false;

    /// <summary>Gets how often a writer without work asks the store whether it is there; infinite: never.</summary>
    TimeSpan LookPeriod => Timeout.InfiniteTimeSpan;

    /// <summary>
    /// Gets the least time from one call to the next while there is little to store; zero: none. What comes after
    /// a rest doesn't wait, nor does a backlog.
    /// </summary>
    TimeSpan Gathering => TimeSpan.Zero;

    /// <summary>
    /// Says from where it wants to be fed: asked before the first row and after every failure, so that a store that
    /// came back empty or older than it was gets again what the journal still has.
    /// </summary>
    /// <param name="cursor">Up to where the journal believes that the store has everything.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>A position at or below the cursor; 0: everything that is there.</returns>
    ValueTask<long> ResumeAsync(long cursor, CancellationToken cancellation) => ValueTask.FromResult(cursor);

    /// <summary>Stores the events of journal entries, in order; forgets where an entry says so.</summary>
    /// <param name="rows">One or more; position 0 is a row that rests nowhere else yet.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>The number of events that were new.</returns>
    /// <exception cref="StorageUnavailableException">The store is away or refuses everything at present.</exception>
    Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation);
}
