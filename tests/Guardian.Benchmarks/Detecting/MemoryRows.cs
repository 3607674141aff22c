using Guardian.Benchmarks.Measuring;
using Guardian.Detection;
using Guardian.Detection.Drift;
using Guardian.Detection.Engine;
using Guardian.Detection.Latency;

namespace Guardian.Benchmarks.Detecting;

/// <summary>What armed guardians hold on the heap, by the collector's own count.</summary>
internal static class MemoryRows
{
    private const double Kilobyte = 1024;
    private const double Gigabyte = 1024 * 1024 * 1024;
    private const int Promised = 10_000;

    /// <summary>Measures.</summary>
    public static IEnumerable<BenchmarkRow> Run(Effort effort)
    {
        long[] latencies = Samples.Latencies();
        double[] features = Samples.Features();
        LatencyPolicy latency = LatencyPolicy.For(new LatencyOptions(), "market-data");
        int some = Math.Min(effort.Guardians, 500);
        yield return BenchmarkRow.AtMost(
            "memory: latency stage with a full minute", "KiB",
            Held(some, _ => Stage(latency, latencies)) / Kilobyte, 80);
        yield return BenchmarkRow.AtMost(
            "memory: feature before its reference is learned", "KiB",
            Held(some, _ => Feature(features, 999)) / Kilobyte, 20);
        yield return BenchmarkRow.AtMost(
            "memory: feature that is judged, early warnings on", "KiB",
            Held(some, _ => Feature(features, 1_600)) / Kilobyte, 20);
        CountingSink sink = new();
        double guardian = Held(effort.Guardians, _ => Samples.Armed(latencies, features, sink));
        string how = effort.Guardians == Promised ? "all made" : $"from {effort.Guardians:#,0}";
        yield return BenchmarkRow.AtMost(
            $"memory: 10,000 guardians with one stage and two features, {how}", "GiB",
            guardian * Promised / Gigabyte, 2);
        yield return new BenchmarkRow("memory: one such guardian", "KiB", Spread.Of(guardian / Kilobyte));
    }

    private static LatencyGuardrail Stage(LatencyPolicy policy, long[] values)
    {
        LatencyGuardrail guardrail = new(policy);
        for (int i = 0; i < 6_000; i++)
            guardrail.Record(Samples.Start + (i * 10_000_000L), values[i % values.Length], clockSuspect: false);
        return guardrail;
    }

    private static DriftGuardrail Feature(double[] values, int count)
    {
        DriftGuardrail guardrail = new("feature", DriftPolicy.Default);
        for (int i = 0; i < count; i++) guardrail.Record(Samples.Start + i, values[i]);
        return guardrail;
    }

    private static double Held<T>(int count, Func<int, T> make)
        where T : class
    {
        make(0); // Shared tables are made once and belong to nobody.
        T[] held = new T[count];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < count; i++) held[i] = make(i);
        double each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count;
        GC.KeepAlive(held);
        return each;
    }
}
