using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;

namespace Guardian.Benchmarks.Detecting;

/// <summary>Inputs of the suite, all from one seed.</summary>
internal static class Samples
{
    /// <summary>The seed of everything here.</summary>
    public const int Seed = 20260101;

    /// <summary>Samples in each ring of inputs; a power of two.</summary>
    public const int Count = 1 << 12;

    /// <summary>Session time of the first sample, Unix nanoseconds.</summary>
    public const long Start = 1_700_000_000_000_000_000;

    /// <summary>Makes latencies around 4 ms with a long tail, in microseconds.</summary>
    /// <param name="spread">Deviation of their logarithm: 0.5 stays healthy, 0.9 has samples over 100 ms.</param>
    public static long[] Latencies(double spread = 0.5)
    {
        Random random = new(Seed);
        return [.. Enumerable.Range(0, Count).Select(_ => (long)(4_000 * Math.Exp(spread * Normal(random))))];
    }

    /// <summary>Makes values of a feature, normal with mean 0 and deviation 1.</summary>
    public static double[] Features()
    {
        Random random = new(Seed + 1);
        return [.. Enumerable.Range(0, Count).Select(_ => Normal(random))];
    }

    /// <summary>Makes a guardian with one stage full of data and two features that are judged.</summary>
    public static GuardianEngine Armed(long[] latencies, double[] features, IFoldSink sink)
    {
        GuardianEngine engine = new(GuardianPolicy.Default);
        engine.BeginEpoch(1, 1);
        for (int i = 0; i < 1_600; i++)
        {
            long at = Start + (i * 30_000_000L);
            Apply(new Observation(ObservationKind.Latency, at, "market-data", latencies[i % Count] / 1e3));
            Apply(new Observation(ObservationKind.Feature, at, "score", features[i % Count]));
            Apply(new Observation(ObservationKind.Feature, at, "residual", features[(i + 77) % Count]));
        }

        return engine;

        void Apply(in Observation observation) => engine.Apply(in observation, sink);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>A sink that only counts.</summary>
internal sealed class CountingSink : IFoldSink
{
    /// <summary>Gets how many observations came.</summary>
    public long Observations { get; private set; }

    /// <summary>Gets how many other events came.</summary>
    public long Events { get; private set; }

    /// <inheritdoc/>
    public void Write(long sequence, in Observation observation) => Observations++;

    /// <inheritdoc/>
    public void Write(long sequence, GuardianEvent guardianEvent) => Events++;
}
