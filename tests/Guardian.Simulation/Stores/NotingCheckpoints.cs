using Guardian.Contracts;
using Guardian.Simulation.Model;
using Guardian.Storage.Checkpoints;

namespace Guardian.Simulation.Stores;

/// <summary>The checkpoints a guardian sees: the real ones, and the model's notes.</summary>
internal sealed class NotingCheckpoints(ICheckpointStore inner, Func<string, FoldBook> book, Checker check)
    : ICheckpointStore
{
    private readonly Dictionary<string, Epoch> _newest = new(StringComparer.Ordinal);

    public async Task SaveAsync(Checkpoint checkpoint)
    {
        await inner.SaveAsync(checkpoint);
        Epoch newest = _newest.GetValueOrDefault(checkpoint.Symbol);
        check.Require(checkpoint.Epoch >= newest, Invariants.Epochs, () =>
            $"a checkpoint of {checkpoint.Symbol} of epoch {checkpoint.Epoch} was stored after {newest}");
        _newest[checkpoint.Symbol] = checkpoint.Epoch;
        book(checkpoint.Symbol).Covered(checkpoint.Epoch, checkpoint.Sequence);
    }

    public CheckpointLookup Find(string symbol, Func<Checkpoint, string?>? refuse = null) =>
        inner.Find(symbol, refuse);
}
