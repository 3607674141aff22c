using Guardian.Contracts;

namespace Guardian.Storage.Checkpoints;

/// <summary>The state of a guardian after an event. Immutable.</summary>
/// <param name="Symbol">The guardian's key.</param>
/// <param name="Epoch">The epoch it was made in.</param>
/// <param name="Sequence">The last event that is in it.</param>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Payload">The engine's snapshot with the producers' cursors.</param>
public sealed record Checkpoint(string Symbol, Epoch Epoch, long Sequence, long At, byte[] Payload);

/// <summary>A checkpoint that was refused.</summary>
/// <param name="Symbol">The guardian's key.</param>
/// <param name="Epoch">Its epoch as stored.</param>
/// <param name="Sequence">Its sequence as stored.</param>
/// <param name="Problem">What is wrong with it, in words.</param>
public sealed record DamagedCheckpoint(string Symbol, Epoch Epoch, long Sequence, string Problem);

/// <summary>What was found for a guardian.</summary>
/// <param name="Newest">The newest good checkpoint; null when there is none.</param>
/// <param name="Damaged">Newer ones that were refused by name.</param>
public sealed record CheckpointLookup(Checkpoint? Newest, IReadOnlyList<DamagedCheckpoint> Damaged);

/// <summary>Keeps the newest three checkpoints of each guardian.</summary>
/// <remarks>Thread-safe. Each has version, length and checksum, verified before writing and after reading.</remarks>
public interface ICheckpointStore
{
    /// <summary>Stores a checkpoint with the next group commit; the returned task ends when it is durable.</summary>
    Task SaveAsync(Checkpoint checkpoint);

    /// <summary>Finds the newest good checkpoint.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="refuse">
    /// Says why one can't be used although its bytes are whole, or null; null: none is refused.
    /// </param>
    CheckpointLookup Find(string symbol, Func<Checkpoint, string?>? refuse = null);
}
