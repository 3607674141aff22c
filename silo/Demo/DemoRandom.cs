namespace Guardian.Silo.Demo;

/// <summary>Numbers that depend on seed and place only: any moment of the demo can be made on its own.</summary>
/// <remarks>SplitMix64 (Steele, Lea, Flood 2014). Not thread-safe: each use has its own.</remarks>
internal struct DemoRandom
{
    private ulong _state;

    /// <summary>Initializes the numbers of one place.</summary>
    /// <param name="seed">The demo's seed.</param>
    /// <param name="stream">What the numbers are for.</param>
    /// <param name="a">First coordinate, such as the symbol.</param>
    /// <param name="b">Second coordinate, such as the tick.</param>
    public DemoRandom(int seed, int stream, long a, long b)
    {
        _state = Mix(unchecked((ulong)seed * 0x9E3779B97F4A7C15UL));
        _state = Mix(unchecked(_state + ((ulong)stream * 0xBF58476D1CE4E5B9UL)));
        _state = Mix(unchecked(_state + ((ulong)a * 0x94D049BB133111EBUL)));
        _state = Mix(unchecked(_state + ((ulong)b * 0xD6E8FEB86659FD93UL)));
    }

    /// <summary>Makes the next number, 0 inclusive to 1 exclusive, evenly spread.</summary>
    public double Next()
    {
        _state = unchecked(_state + 0x9E3779B97F4A7C15UL);
        return (Mix(_state) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Makes the next whole number from 0 to <paramref name="count"/> − 1.</summary>
    public int Below(int count) => (int)(Next() * count);

    /// <summary>Makes the next log-normal number.</summary>
    /// <param name="median">Its median.</param>
    /// <param name="sigma">Standard deviation of its logarithm.</param>
    public double LogNormal(double median, double sigma) => median * Math.Exp(sigma * Normal());

    /// <summary>Makes the next normal number of mean 0 and standard deviation 1.</summary>
    public double Normal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - Next()));
        return radius * Math.Cos(2 * Math.PI * Next());
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
