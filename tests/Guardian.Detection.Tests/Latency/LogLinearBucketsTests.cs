using System.Text.Json;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

public class LogLinearBucketsTests
{
    [Fact]
    public void IndexOf_ReferenceVectors_AreExact()
    {
        int rows = 0;
        foreach (JsonElement row in LatencyVectors.Load("buckets.json").GetProperty("rows").EnumerateArray())
        {
            long value = row.GetProperty("x").GetInt64();
            JsonElement expected = row.GetProperty("loglin").GetProperty("7");
            int index = LogLinearBuckets.IndexOf(value);
            Assert.Equal(expected[0].GetInt32(), index);
            Assert.Equal(expected[1].GetInt64(), LogLinearBuckets.LowerEdge(index));
            Assert.Equal(expected[2].GetInt64(), LogLinearBuckets.UpperEdge(index));
            rows++;
        }

        Assert.Equal(80, rows);
    }

    [Fact]
    public void Edges_OfAllBuckets_MeetWithoutGapAndStayWithinTheBound()
    {
        Assert.Equal(0, LogLinearBuckets.LowerEdge(0));
        for (int index = 0; index < LogLinearBuckets.Overflow; index++)
        {
            long lower = LogLinearBuckets.LowerEdge(index);
            long upper = LogLinearBuckets.UpperEdge(index);
            Assert.Equal(index, LogLinearBuckets.IndexOf(lower));
            Assert.Equal(index, LogLinearBuckets.IndexOf(Math.Min(upper, LogLinearBuckets.LargestValue)));
            Assert.True(upper - lower <= lower * 0.0078125, $"bucket {index} is too wide");
            if (index + 1 < LogLinearBuckets.Overflow) Assert.Equal(upper + 1, LogLinearBuckets.LowerEdge(index + 1));
        }
    }

    [Fact]
    public void IndexOf_AboveSixtySeconds_IsOverflow()
    {
        Assert.Equal(2532, LogLinearBuckets.IndexOf(60_000_000));
        Assert.Equal(LogLinearBuckets.Overflow, LogLinearBuckets.IndexOf(60_000_001));
        Assert.Equal(LogLinearBuckets.Overflow, LogLinearBuckets.IndexOf(long.MaxValue));
        Assert.Equal(LogLinearBuckets.Overflow, LogLinearBuckets.IndexOf(-1));
        Assert.Equal(60_000_001, LogLinearBuckets.LowerEdge(LogLinearBuckets.Overflow));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2534)]
    public void Edges_OfNoBucket_Throw(int index)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => LogLinearBuckets.UpperEdge(index));
        Assert.StartsWith(
            $"Condition failed: index = {index} must be from 0 to 2533.", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => LogLinearBuckets.LowerEdge(index));
    }

    [Fact]
    public void IndexesOf_ValuesOfEveryOctave_AreTheBucketsOfEach()
    {
        int[] values =
        [
            .. Enumerable.Range(0, 1_003),
            .. Enumerable.Range(7, 17).SelectMany(bit => new[] { (1 << bit) - 1, 1 << bit, (1 << bit) + 1 }),
            LogLinearBuckets.LargestExact - 1,
            .. Enumerable.Range(1, 5_000).Select(i => (int)(i * 7_919L * i % LogLinearBuckets.LargestExact)),
        ];
        for (int length = 0; length <= values.Length; length += length < 40 ? 1 : values.Length / 7)
        {
            int[] part = values[^length..];
            int[] indexes = new int[length];
            Assert.Equal(part.DefaultIfEmpty(0).Max(), LogLinearBuckets.IndexesOf(part, indexes));
            Assert.Equal(part.Select(value => LogLinearBuckets.IndexOf(value)), indexes);
        }
    }
}
