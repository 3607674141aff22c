using Guardian.Contracts;
using Guardian.Storage.Local;

namespace Guardian.Storage.Halts;

/// <summary>The volatile twin of the halt board.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class MemoryHaltStore : IHaltStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Hold> _holds = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task PutAsync(Hold hold)
    {
        lock (_gate)
            _holds[hold.Id] = _holds.TryGetValue(hold.Id, out Hold? known) ? HaltMerge.Merge(known, hold) : hold;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Hold> Load()
    {
        lock (_gate) return [.. _holds.Values];
    }

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> ids)
    {
        lock (_gate)
        {
            foreach (string id in ids)
            {
                if (_holds.TryGetValue(id, out Hold? known) && !known.IsOpen) _holds.Remove(id);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Forgets a guardian's holds, as the journal's forgetting does.</summary>
    public void Forget(string symbol)
    {
        lock (_gate)
        {
            foreach (Hold hold in _holds.Values.Where(hold => Forgetting.Covers(symbol, hold)).ToArray())
                _holds.Remove(hold.Id);
        }
    }
}
