using Guardian.Contracts;
using Guardian.Storage.Journal;

namespace Guardian.Storage.Recovery;

/// <summary>The newest events that a tier has of a guardian. Immutable.</summary>
/// <param name="Entries">Packed entries, oldest first; the first may begin before what was asked for.</param>
/// <param name="Problem">What was refused, or why nobody could tell, in words; null when neither is so.</param>
public readonly record struct EventTail(IReadOnlyList<JournalEntry> Entries, string? Problem);

/// <summary>L2's newest events as they were folded: for a guardian whose silo is gone and of whom L1 lacks some.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public interface ISharedTail
{
    /// <summary>Reads the events after one for a recovery; never throws and answers within a deadline.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="epoch">The epoch of the last event that is known; none: everything that is there.</param>
    /// <param name="sequence">The last event that is known.</param>
    ValueTask<EventTail> FindTailAsync(string symbol, Epoch epoch, long sequence);
}
