using System.Collections.Concurrent;
using Guardian.Contracts;

namespace Guardian.Storage.Hot;

/// <summary>L1 in memory: the newest verdict per symbol.</summary>
/// <remarks>Thread-safe. Bounded by the number of symbols.</remarks>
public sealed class MemoryHotStore : IHotStore
{
    private readonly ConcurrentDictionary<string, Verdict> _verdicts = new(StringComparer.Ordinal);
    private long _refused;

    /// <inheritdoc/>
    public string Store => "memory";

    /// <summary>Gets how many older verdicts were refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <inheritdoc/>
    public ValueTask<bool> PutAsync(Verdict verdict)
    {
        Verdict kept = _verdicts.AddOrUpdate(
            verdict.Symbol, verdict, (_, known) => IsOlder(verdict, known) ? known : verdict);
        bool stored = ReferenceEquals(kept, verdict);
        if (!stored) Interlocked.Increment(ref _refused);
        return ValueTask.FromResult(stored);
    }

    /// <inheritdoc/>
    public ValueTask<Verdict?> GetAsync(string symbol) => ValueTask.FromResult(_verdicts.GetValueOrDefault(symbol));

    /// <inheritdoc/>
    public ValueTask ForgetAsync(string symbol)
    {
        _verdicts.TryRemove(symbol, out _);
        return ValueTask.CompletedTask;
    }

    private static bool IsOlder(Verdict verdict, Verdict known)
    {
        int order = verdict.Epoch.CompareTo(known.Epoch);
        return order < 0 || (order == 0 && verdict.Sequence < known.Sequence);
    }
}
