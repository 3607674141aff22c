using Guardian.Contracts;

namespace Guardian.Storage.Checkpoints;

/// <summary>What every checkpoint store holds to.</summary>
internal static class CheckpointRules
{
    /// <summary>How many checkpoints of a guardian are kept.</summary>
    internal const int Kept = 3;

    internal static StaleEpochException Stale(Checkpoint checkpoint, Epoch newest) => new(
        $"Condition failed: a checkpoint of {checkpoint.Symbol} is of epoch {checkpoint.Epoch}; epoch {newest} has "
        + "taken over. Deactivate the older guardian.");
}
