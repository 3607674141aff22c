namespace Guardian.Simulation;

/// <summary>Seeded chance: the same seed gives the same draws, on any machine. Not thread-safe.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Draws 64 bits (SplitMix64).</summary>
    internal ulong Next()
    {
        unchecked
        {
            ulong z = _state += 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Draws from 0 up to, not including, a bound above 0.</summary>
    internal int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>Draws between two bounds, both included.</summary>
    internal int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>Says yes once in so many times.</summary>
    internal bool OneIn(int times) => Below(times) == 0;

    /// <summary>Says yes so many times in a thousand.</summary>
    internal bool PerMille(int times) => Below(1000) < times;

    /// <summary>Picks one.</summary>
    internal T Of<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    /// <summary>Makes a source of its own, so that draws here do not move draws there.</summary>
    internal Chance Fork(ulong salt) => new(unchecked(Next() ^ (salt * 0xD6E8FEB86659FD93UL)));
}
