namespace Guardian.Storage.Checkpoints;

/// <summary>The volatile twin of the checkpoints.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class MemoryCheckpointStore : ICheckpointStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Checkpoint>> _kept = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task SaveAsync(Checkpoint checkpoint)
    {
        lock (_gate)
        {
            if (!_kept.TryGetValue(checkpoint.Symbol, out List<Checkpoint>? all))
                _kept.Add(checkpoint.Symbol, all = []);
            if (all.Count > 0 && checkpoint.Epoch < all[0].Epoch)
                return Task.FromException(CheckpointRules.Stale(checkpoint, all[0].Epoch));
            all.RemoveAll(other => other.Epoch == checkpoint.Epoch && other.Sequence == checkpoint.Sequence);
            all.Add(checkpoint);
            all.Sort((a, b) => b.Epoch.CompareTo(a.Epoch) is var order and not 0
                ? order
                : b.Sequence.CompareTo(a.Sequence));
            if (all.Count > CheckpointRules.Kept) all.RemoveAt(CheckpointRules.Kept);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public CheckpointLookup Find(string symbol, Func<Checkpoint, string?>? refuse = null)
    {
        Checkpoint[] all;
        lock (_gate) all = _kept.TryGetValue(symbol, out List<Checkpoint>? kept) ? [.. kept] : [];
        var refused = new List<DamagedCheckpoint>();
        foreach (Checkpoint one in all)
        {
            if (refuse?.Invoke(one) is not { } problem) return new CheckpointLookup(one, refused);
            refused.Add(new DamagedCheckpoint(symbol, one.Epoch, one.Sequence, problem));
        }

        return new CheckpointLookup(null, refused);
    }

    /// <summary>Forgets a guardian's checkpoints.</summary>
    public void Forget(string symbol)
    {
        lock (_gate) _kept.Remove(symbol);
    }
}
