using System.Text.Json;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

public class FastWindowTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void RollTo_LastTenthOfTenSeconds_HoldsTheSampleAndTheNextDoesNot()
    {
        var window = new FastWindow(80_000, 100_000);
        window.RollTo(100 * Second);
        window.Add(79_999);
        window.Add(80_000);
        window.Add(99_999);
        window.Add(100_000);
        window.RollTo((110 * Second) - 1);
        Assert.Equal((4, 3, 1), (window.Count, window.AtOrAboveClear, window.AtOrAboveLimit));
        window.RollTo(110 * Second);
        Assert.Equal((0, 0, 0), (window.Count, window.AtOrAboveClear, window.AtOrAboveLimit));
    }

    [Fact]
    public void Counts_RandomSteps_AgreeWithCountingSlots()
    {
        for (int seed = 1; seed <= Effort.Seeds(100); seed++)
        {
            var random = new Lcg((ulong)seed);
            var window = new FastWindow(80_000, 100_000);
            var samples = new List<(long At, long Value)>();
            long now = 5 * Second;
            for (int i = 0; i < 500; i++)
            {
                now += (long)(random.Next() * random.Next() * 3 * Second);
                long value = random.Below(200_000);
                window.RollTo(now);
                window.Add(value);
                samples.Add((now, value));
                var held = samples.Where(s => s.At / (Second / 10) > (now / (Second / 10)) - 100).ToList();
                Assert.Equal(held.Count, window.Count);
                Assert.Equal(held.Count(s => s.Value >= 80_000), window.AtOrAboveClear);
                Assert.True(held.Count(s => s.Value >= 100_000) == window.AtOrAboveLimit, $"seed {seed}, step {i}");
            }
        }
    }
}

public class SlottedLatencyWindowTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Percentile_ReferenceVectors_AreWithinTheBoundAndCountsExact()
    {
        int rows = 0;
        JsonElement streams = LatencyVectors.Load("quantiles_time_window.json").GetProperty("streams");
        foreach (JsonElement stream in streams.EnumerateArray())
        {
            (long[] times, long[] values) = Samples(stream);
            Assert.Equal(stream.GetProperty("fnv1a64_values").GetString(), LatencyVectors.Fnv(values).ToString("x16"));
            string? hash = stream.GetProperty("fnv1a64_timestamps").GetString();
            Assert.Equal(hash, LatencyVectors.Fnv(times).ToString("x16"));
            JsonElement minute = stream.GetProperty("windows")[2];
            Assert.Equal(60_000, minute.GetProperty("length_ms").GetInt32());
            rows += CheckMinute(times, values, minute);
            rows += CheckTenSeconds(times, values, stream.GetProperty("windows")[1]);
        }

        Assert.Equal(55, rows);
    }

    [Fact]
    public void Counts_BeyondSixteenBits_LoseNothingAndAreForgotten()
    {
        var window = new SlottedLatencyWindow(50_000, 100_000);
        window.RollTo(0);
        for (int i = 0; i < 200_000; i++) Assert.True(window.Add(7));
        window.RollTo(5 * Second);
        for (int i = 0; i < 100_000; i++) Assert.True(window.Add(7));
        window.Add(120_000);
        Assert.Equal(300_001, window.Count);
        Assert.Equal(7, window.Percentile(999));
        var histogram = new LatencyHistogram();
        window.AddTo(histogram);
        Assert.Equal(300_001, histogram.Count);
        window.RollTo(60 * Second);
        Assert.Equal(100_001, window.Count);
        Assert.Equal(120_000, window.Maximum);
        for (int i = 0; i < 70_000; i++) Assert.True(window.Add(7));
        window.RollTo(65 * Second);
        Assert.Equal(70_000, window.Count);
        window.RollTo(120 * Second);
        Assert.Equal(0, window.Count);
        Assert.Null(window.Percentile(500));
        Assert.Null(window.Maximum);
        window.Add(9);
        Assert.Equal(9, window.Percentile(0));
        Assert.Equal(9, window.Percentile(1000));
    }

    [Fact]
    public void Percentile_RandomSteps_AgreesWithSorting()
    {
        for (int seed = 1; seed <= Effort.Seeds(40); seed++)
        {
            var random = new Lcg((ulong)seed);
            var window = new SlottedLatencyWindow(50_000, 100_000);
            var samples = new List<(long At, long Value)>();
            long now = 1_700_000_000 * Second;
            for (int i = 0; i < 1000; i++)
            {
                now += (long)(Math.Pow(random.Next(), 6) * 30 * Second);
                long value = (long)Math.Exp(random.Next() * 19);
                window.RollTo(now);
                window.Add(value);
                samples.Add((now, value));
                if (i % 37 != 0) continue;
                long oldest = (now / (5 * Second)) - 11;
                long[] held = [.. samples.Where(s => s.At / (5 * Second) >= oldest).Select(s => s.Value).Order()];
                Assert.Equal(held.Length, window.Count);
                Assert.Equal(held[^1], window.Maximum);
                Assert.Equal(held.Count(v => v >= 50_000), window.AtOrAboveWarning);
                Assert.Equal(held.Count(v => v >= 100_000), window.AtOrAboveLimit);
                long exact = held[(int)(((held.Length * 990L) + 999) / 1000) - 1];
                if (exact <= LogLinearBuckets.LargestValue) LatencyHistogramTests.Near(exact, window.Percentile(990));
                else Assert.Equal(held[^1], window.Percentile(990));
            }
        }
    }

    private static (long[] Times, long[] Values) Samples(JsonElement stream)
    {
        string name = stream.GetProperty("name").GetString()!;
        int count = stream.GetProperty("count").GetInt32();
        var gaps = new Lcg(stream.GetProperty("gap_seed").GetUInt64());
        var times = new long[count];
        long now = 0;
        for (int i = 0; i < count; i++)
        {
            double u = gaps.Next();
            now += name == "bimodal" ? 1 + (long)Math.Floor(u * 20) : (long)Math.Floor(u * 3);
            times[i] = now;
        }

        return (times, LatencyVectors.Stream(name, stream.GetProperty("seed").GetUInt64(), count));
    }

    // From the epoch on, the slots of the first minute hold just what the sliding window holds.
    private static int CheckMinute(long[] times, long[] values, JsonElement minute)
    {
        var window = new SlottedLatencyWindow(50_000, 100_000);
        int at = 0;
        int rows = 0;
        foreach (JsonElement row in Rows(minute, 60_000, times[^1]))
        {
            for (; at < times.Length && times[at] <= row[0].GetInt64() && at < Limit(row, at); at++)
            {
                window.RollTo(times[at] * 1_000_000);
                window.Add(values[at]);
            }

            window.RollTo(row[0].GetInt64() * 1_000_000);
            Assert.Equal(row[1].GetInt64(), window.Count);
            int[] parts = [500, 900, 950, 990, 999];
            for (int i = 0; i < parts.Length; i++)
                LatencyHistogramTests.Near(row[2 + i].GetInt64(), window.Percentile(parts[i]));
            Assert.Equal(row[7].GetInt64(), window.Maximum);
            Assert.Equal(row[8].GetInt64(), window.AtOrAboveLimit);
            rows++;
        }

        return rows;
    }

    private static int CheckTenSeconds(long[] times, long[] values, JsonElement expected)
    {
        var window = new FastWindow(80_000, 100_000);
        int at = 0;
        int rows = 0;
        foreach (JsonElement row in Rows(expected, 10_000, times[^1]))
        {
            for (; at < times.Length && times[at] <= row[0].GetInt64() && at < Limit(row, at); at++)
            {
                window.RollTo(times[at] * 1_000_000);
                window.Add(values[at]);
            }

            Assert.Equal(row[1].GetInt64(), window.Count);
            Assert.Equal(row[8].GetInt64(), window.AtOrAboveLimit);
            rows++;
        }

        return rows;
    }

    // Rows are taken right after a sample; of equal timestamps only those up to it are in.
    private static long Limit(JsonElement row, int at) => Math.Max(row[1].GetInt64(), at);

    private static IEnumerable<JsonElement> Rows(JsonElement window, long below, long last) =>
        window.GetProperty("rows").EnumerateArray().Where(row => row[0].GetInt64() < below)
            .Concat(window.GetProperty("idle_after_last").EnumerateArray()
                .Where(row => row[0].GetInt64() < below && row[0].GetInt64() > last));
}
