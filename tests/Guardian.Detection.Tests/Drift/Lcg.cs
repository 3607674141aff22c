namespace Guardian.Detection.Tests.Drift;

/// <summary>The generator of the vectors, exact to the bit.</summary>
internal sealed class Lcg(ulong seed)
{
    private ulong _x = seed;

    public double Uniform()
    {
        _x = unchecked((6364136223846793005UL * _x) + 1442695040888963407UL);
        return (_x >> 11) * (1.0 / 9007199254740992.0);
    }

    /// <summary>Twelve uniforms summed from 0, minus 6.</summary>
    public double Normal()
    {
        double sum = 0;
        for (int i = 0; i < 12; i++) sum += Uniform();
        return sum - 6;
    }

    public int Below(int limit) => (int)(Uniform() * limit);
}
