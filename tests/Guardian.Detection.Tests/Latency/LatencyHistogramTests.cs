using System.Text.Json;
using Guardian.Detection.Encoding;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

public class LatencyHistogramTests
{
    [Fact]
    public void Merge_ReferenceVectors_AreWithinTheBoundAndCountsExact()
    {
        string[] names = ["uniform", "bimodal", "pareto_alpha2", "pareto_alpha1", "normal_irwinhall", "spike_bursts"];
        var streams = names.Select((name, i) => LatencyVectors.Stream(name, (ulong)(1001 + i), 20_000)).ToArray();
        foreach (JsonElement row in LatencyVectors.Load("quantiles_merge.json").GetProperty("cases").EnumerateArray())
        {
            var merged = new LatencyHistogram();
            for (int i = 0; i < names.Length; i++)
            {
                Assert.Equal(names[i], row.GetProperty("symbols")[i].GetString());
                merged.Merge(Of(streams[i].TakeLast(row.GetProperty("take")[i].GetInt32())));
            }

            JsonElement expected = row.GetProperty("merged");
            Near(expected.GetProperty("p50").GetInt64(), merged.Percentile(500));
            Near(expected.GetProperty("p90").GetInt64(), merged.Percentile(900));
            Near(expected.GetProperty("p95").GetInt64(), merged.Percentile(950));
            Near(expected.GetProperty("p99").GetInt64(), merged.Percentile(990));
            Near(expected.GetProperty("p999").GetInt64(), merged.Percentile(999));
            Assert.Equal(expected.GetProperty("max").GetInt64(), merged.Maximum);
            Assert.Equal(expected.GetProperty("c100").GetInt64(), merged.AtOrAboveLimit);
            Assert.Equal(row.GetProperty("n").GetInt64(), merged.Count);
        }
    }

    [Fact]
    public void Merge_RandomHistograms_IsAssociativeCommutativeAndTheUnion()
    {
        for (int seed = 1; seed <= Effort.Seeds(200); seed++)
        {
            var random = new Lcg((ulong)seed);
            List<long>[] parts = [Sample(random), Sample(random), Sample(random)];
            byte[] union = Bytes(Of(parts.SelectMany(part => part)));
            Assert.True(union.SequenceEqual(Bytes(Merged(Merged(parts[0], parts[1]), Of(parts[2])))), $"seed {seed}");
            Assert.True(union.SequenceEqual(Bytes(Merged(Of(parts[0]), Merged(parts[1], parts[2])))), $"seed {seed}");
            Assert.True(union.SequenceEqual(Bytes(Merged(Merged(parts[2], parts[1]), Of(parts[0])))), $"seed {seed}");
            LatencyHistogram neutral = Merged(new LatencyHistogram(), Of(parts.SelectMany(part => part)));
            Assert.True(union.SequenceEqual(Bytes(neutral)), $"seed {seed}");
        }
    }

    [Fact]
    public void Merge_DifferentLimits_SaysThatExactCountsAreUnknown()
    {
        LatencyHistogram one = Of([60_000, 120_000]);
        var other = new LatencyHistogram(10_000, 20_000);
        other.Add(15_000);
        foreach ((LatencyHistogram left, LatencyHistogram right) in new[] { (one, other), (other, one) })
        {
            var merged = Merged(Merged(new LatencyHistogram(), left), right);
            Assert.False(merged.HasExactCounts);
            Assert.Equal(0, merged.AtOrAboveLimit);
            Assert.Equal(3, merged.Count);
            Assert.Equal(120_000, merged.Maximum);
        }
    }

    [Fact]
    public void Add_OddValues_RefusesNegativesAndKeepsTheExactMaximum()
    {
        LatencyHistogram histogram = Of([]);
        Assert.Null(histogram.Percentile(990));
        Assert.False(histogram.Add(-1));
        Assert.False(histogram.Add(5, 0));
        Assert.True(histogram.Add(0));
        Assert.True(histogram.Add(long.MaxValue, 2));
        Assert.False(histogram.Add(1, long.MaxValue));
        Assert.Equal(long.MaxValue, histogram.Percentile(990));
        Assert.Equal(0, histogram.Percentile(0));
        Assert.Equal(2, histogram.AtOrAboveLimit);
        Assert.Equal(3, histogram.Percentiles().Count);
    }

    [Fact]
    public void Read_WrittenHistogram_IsEqual()
    {
        for (int seed = 1; seed <= Effort.Seeds(100); seed++)
        {
            byte[] bytes = Bytes(Of(Sample(new Lcg((ulong)seed))));
            var reader = new StateReader(bytes);
            Assert.True(bytes.SequenceEqual(Bytes(LatencyHistogram.Read(ref reader))), $"seed {seed}");
            Assert.Equal(0, reader.Remaining);
        }
    }

    [Fact]
    public void Read_DamagedBytes_ThrowsStateFormatOrReadsAHistogram()
    {
        byte[] whole = Bytes(Of(Sample(new Lcg(7))));
        for (int seed = 1; seed <= Effort.Seeds(5000); seed++)
            Damage.TryRead(whole, seed, (ref StateReader reader) => LatencyHistogram.Read(ref reader));
    }

    internal static void Near(long exact, long? sketch)
    {
        Assert.NotNull(sketch);
        Assert.True(sketch >= exact && sketch <= exact + (exact * 0.0078125), $"{sketch} for {exact}");
    }

    private static List<long> Sample(Lcg random)
    {
        var values = new List<long>();
        int count = random.Below(400);
        for (int i = 0; i < count; i++) values.Add((long)Math.Exp(random.Next() * 20));
        return values;
    }

    private static LatencyHistogram Of(IEnumerable<long> values)
    {
        var histogram = new LatencyHistogram(50_000, 100_000);
        foreach (long value in values) histogram.Add(value);
        return histogram;
    }

    private static LatencyHistogram Merged(List<long> left, List<long> right) => Merged(Of(left), Of(right));

    private static LatencyHistogram Merged(LatencyHistogram left, LatencyHistogram right)
    {
        left.Merge(right);
        return left;
    }

    private static byte[] Bytes(LatencyHistogram histogram)
    {
        var writer = new StateWriter();
        histogram.Write(writer);
        return writer.ToArray();
    }
}
