using System.Collections.Concurrent;
using Guardian.Contracts;

namespace Guardian.Client;

/// <summary>Keeps the references to guardians, since making one costs as much as half of a call. Thread safe.</summary>
/// <remarks>A reference names a guardian and no place, so it stays good wherever that lives.</remarks>
internal sealed class GuardianReferences(IGrainFactory grains)
{
    /// <summary>How many are kept; with more, all are made anew.</summary>
    internal const int Most = 20_000;

    private readonly ConcurrentDictionary<string, IGuardianGrain> _known = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Gets the reference to the guardian of a symbol.</summary>
    internal IGuardianGrain Of(string symbol) =>
        _known.TryGetValue(symbol, out IGuardianGrain? known) ? known : Make(symbol);

    private IGuardianGrain Make(string symbol)
    {
        IGuardianGrain made = grains.GetGrain<IGuardianGrain>(symbol);
        if (Interlocked.Increment(ref _count) > Most)
        {
            Interlocked.Exchange(ref _count, 0);
            _known.Clear();
        }

        _known.TryAdd(symbol, made);
        return made;
    }
}
