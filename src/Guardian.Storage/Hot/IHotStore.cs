using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Recovery;

namespace Guardian.Storage.Hot;

/// <summary>The newest snapshot that L1 has of a guardian. Immutable.</summary>
/// <param name="Newest">The snapshot; null: there is none, or it was refused.</param>
/// <param name="Problem">Why it was refused, or why nobody could tell, in words; null when neither is so.</param>
public readonly record struct HotSnapshot(Checkpoint? Newest, string? Problem);

/// <summary>
/// L1: the newest verdict and snapshot per symbol, the portfolio's summary. The latest value wins; an older (epoch,
/// sequence) is refused.
/// </summary>
/// <remarks>
/// Thread-safe. Never awaited on the way to a decision. Writing only hands over: the task ends when the value is
/// stored, refused, or overtaken by a newer one of the same symbol, however long the store is away.
/// </remarks>
public interface IHotStore
{
    /// <summary>Gets what it is made of, such as <c>memory</c>.</summary>
    string Store { get; }

    /// <summary>Gets how many of a symbol's newest entries another silo finds here; a snapshot must not be older.
    /// </summary>
    int NewestEntries => int.MaxValue;

    /// <summary>Stores a verdict.</summary>
    /// <returns>False when a newer one is there already, or came before it was stored.</returns>
    ValueTask<bool> PutAsync(Verdict verdict);

    /// <summary>Reads the newest verdict; null when there is none.</summary>
    ValueTask<Verdict?> GetAsync(string symbol);

    /// <summary>Forgets a symbol.</summary>
    ValueTask ForgetAsync(string symbol);

    /// <summary>Stores a snapshot; a store that keeps none refuses it.</summary>
    /// <returns>False when a newer one is there already, or a verdict of a newer epoch.</returns>
    ValueTask<bool> PutSnapshotAsync(Checkpoint snapshot) => ValueTask.FromResult(false);

    /// <summary>Reads the newest snapshot for a recovery; never throws and answers within a deadline.</summary>
    ValueTask<HotSnapshot> FindSnapshotAsync(string symbol) => default;

    /// <summary>
    /// Reads the events after a snapshot for a recovery; never throws and answers within a deadline.
    /// </summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="epoch">The snapshot's epoch; none: everything that is there.</param>
    /// <param name="sequence">The snapshot's last event.</param>
    ValueTask<EventTail> FindTailAsync(string symbol, Epoch epoch, long sequence) =>
        ValueTask.FromResult(new EventTail([], Problem: null));

    /// <summary>Stores a portfolio's summary.</summary>
    ValueTask PutSummaryAsync(PortfolioSummary summary) => ValueTask.CompletedTask;

    /// <summary>Reads a session's summary; null when there is none.</summary>
    ValueTask<PortfolioSummary?> GetSummaryAsync(string session) => ValueTask.FromResult<PortfolioSummary?>(null);

    /// <summary>Says how it is, apart from the newest events.</summary>
    TierHealth Health() => new() { Tier = "L1", Store = Store, Healthy = true };
}
