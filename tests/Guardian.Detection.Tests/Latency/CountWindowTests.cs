using System.Text.Json;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

public class CountWindowTests
{
    private const long Hour = 3_600_000_000_000;

    [Fact]
    public void Percentile_ReferenceVectors_AreExact()
    {
        int checkedRows = 0;
        JsonElement streams = LatencyVectors.Load("quantiles_count_window.json").GetProperty("streams");
        foreach (JsonElement stream in streams.EnumerateArray())
        {
            string name = stream.GetProperty("name").GetString()!;
            long[] values = LatencyVectors.Stream(name, stream.GetProperty("seed").GetUInt64(), 20_000);
            string? hash = stream.GetProperty("fnv1a64_le_int64").GetString();
            Assert.Equal(hash, LatencyVectors.Fnv(values).ToString("x16"));
            foreach (JsonElement window in stream.GetProperty("windows").EnumerateArray())
                checkedRows += Check(name, values, window);
        }

        Assert.Equal(6 * 7 * 51, checkedRows);
    }

    [Fact]
    public void Expire_AtExactlyTheAge_KeepsTheSample()
    {
        var window = new CountWindow(500, 24 * Hour, 50_000, 100_000);
        window.Add(0, 100_000);
        window.Add(Hour, 1);
        Assert.Equal((24 * Hour) + 1, window.NextExpiry);
        Assert.False(window.Expire(24 * Hour));
        Assert.True(window.Expire((24 * Hour) + 1));
        Assert.Equal(1, window.Count);
        Assert.Equal(0, window.AtOrAboveLimit);
    }

    [Fact]
    public void Percentile_EmptyWindow_IsNotZero()
    {
        var window = new CountWindow(500, Hour, 50_000, 100_000);
        Assert.Null(window.Percentile(990));
        Assert.True(double.IsNaN(window.Percentiles().P99));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_001)]
    public void Constructor_CapacityOutOfRange_Throws(int capacity)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new CountWindow(capacity, Hour, 1, 2));
        Assert.StartsWith(
            $"Condition failed: capacity = {capacity} must be from 1 to 10000.",
            error.Message,
            StringComparison.Ordinal);
    }

    private static int Check(string name, long[] values, JsonElement expected)
    {
        var window = new CountWindow(expected.GetProperty("window").GetInt32(), 24 * Hour, 50_000, 100_000);
        int at = 0;
        int rows = 0;
        foreach (JsonElement row in expected.GetProperty("rows").EnumerateArray())
        {
            for (; at <= row[0].GetInt32(); at++) window.Add(at, values[at]);
            int[] parts = [500, 900, 950, 990, 999, 1000];
            for (int i = 0; i < parts.Length; i++) Assert.Equal(row[2 + i].GetInt64(), window.Percentile(parts[i]));
            Assert.Equal(row[1].GetInt32(), window.Count);
            Assert.Equal(row[8].GetInt32(), window.AtOrAboveLimit);
            bool breach = P99Rule.Reaches(window.Count, window.AtOrAboveLimit);
            Assert.True(row[9].GetInt32() == 1 == breach, $"{name} at {at}");
            rows++;
        }

        return rows;
    }
}
