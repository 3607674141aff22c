using System.Text.Json;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

public class P99RuleTests
{
    [Fact]
    public void BreachCount_ReferenceTable_IsExact()
    {
        foreach (JsonElement row in LatencyVectors.Load("p99_breach_table.json").GetProperty("rows").EnumerateArray())
            Assert.Equal(row[1].GetInt64(), P99Rule.BreachCount(row[0].GetInt64()));
    }

    [Fact]
    public void Reaches_AnyCount_AgreesWithTheSortedPercentile()
    {
        for (int n = 1; n <= 1203; n++)
        {
            int rank = ((99 * n) + 99) / 100;
            int smallest = n - rank + 1;
            Assert.Equal(smallest, P99Rule.BreachCount(n));
            Assert.False(P99Rule.Reaches(n, smallest - 1), $"n = {n}");
            Assert.True(P99Rule.Reaches(n, smallest), $"n = {n}");
        }

        Assert.False(P99Rule.Reaches(0, 0));
    }

    [Fact]
    public void Reaches_HundredSamples_IsNotDecidedByTheMaximum()
    {
        // sorted[(int)(n * 0.99)] would be the maximum of 100 samples.
        Assert.False(P99Rule.Reaches(100, 1));
        Assert.True(P99Rule.Reaches(100, 2));
    }
}
