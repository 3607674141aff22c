using System.Text.Json;

namespace Guardian.Detection.Tests.Latency;

/// <summary>The reference vectors and the streams they were computed from.</summary>
internal static class LatencyVectors
{
    public static JsonElement Load(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Vectors", name);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }

    public static long[] Stream(string name, ulong seed, int count)
    {
        var random = new Lcg(seed);
        var values = new long[count];
        for (int i = 0; i < count; i++) values[i] = Value(name, i, random);
        return values;
    }

    public static ulong Fnv(IEnumerable<long> values)
    {
        ulong hash = 14695981039346656037;
        foreach (long value in values)
        {
            for (int shift = 0; shift < 64; shift += 8)
                hash = unchecked((hash ^ (((ulong)value >> shift) & 0xFF)) * 1099511628211);
        }

        return hash;
    }

    private static long Value(string name, int i, Lcg random)
    {
        switch (name)
        {
            case "uniform":
                return 500 + (long)Math.Floor(random.Next() * 99500);
            case "bimodal":
                double a = random.Next();
                double b = random.Next();
                return a < 0.97 ? 2000 + (long)Math.Floor(b * 3000) : 80000 + (long)Math.Floor(b * 60000);
            case "pareto_alpha2":
                return Math.Min((long)Math.Floor(1000 / Math.Sqrt(1 - random.Next())), 60000000);
            case "pareto_alpha1":
                return Math.Min((long)Math.Floor(1000 / (1 - random.Next())), 60000000);
            case "normal_irwinhall":
                return Math.Max((long)(20000 + (4000 * random.Normal())), 1);
            case "spike_bursts":
                long value = 3000 + (long)Math.Floor(random.Next() * 4000);
                return i % 2500 is >= 2400 and < 2440 ? value + 250000 : value;
            default:
                throw new ArgumentOutOfRangeException(nameof(name), name, "no such stream");
        }
    }
}

/// <summary>The generator of the vectors: the same numbers in every language.</summary>
internal sealed class Lcg(ulong seed)
{
    private ulong _state = seed;

    public double Next()
    {
        _state = unchecked((6364136223846793005UL * _state) + 1442695040888963407UL);
        return (_state >> 11) * (1.0 / 9007199254740992.0);
    }

    public int Below(int limit) => (int)(Next() * limit);

    public double Normal()
    {
        double sum = 0;
        for (int i = 0; i < 12; i++) sum += Next();
        return sum - 6;
    }
}
