using System.Text.Json;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

public class BinomialSignificanceTests
{
    [Fact]
    public void SmallestCount_ReferenceTable_IsExact()
    {
        var rule = new BinomialSignificance(0.001);
        int rows = 0;
        foreach (JsonElement row in LatencyVectors.Load("p99_breach_table.json").GetProperty("rows").EnumerateArray())
        {
            Assert.Equal(row[2].GetInt64(), rule.SmallestCount(row[0].GetInt64()));
            rows++;
        }

        Assert.Equal(312, rows);
    }

    [Theory]
    [InlineData(1e-5)]
    [InlineData(1e-2)]
    [InlineData(1e-9)]
    public void SmallestCount_AgainstTheSummedTail_IsTheSmallest(double alpha)
    {
        var rule = new BinomialSignificance(alpha);
        foreach (int n in new[] { 1, 2, 19, 20, 21, 99, 100, 101, 500, 999, 1000, 5000, 20000, 100_000, 262_144 })
        {
            long count = rule.SmallestCount(n);
            Assert.True(Tail(n, count) < alpha, $"n = {n}: {count} is not significant");
            Assert.True(
                count == P99Rule.BreachCount(n) || Tail(n, count - 1) >= alpha,
                $"n = {n}: {count} is not the smallest");
        }
    }

    [Fact]
    public void SmallestCount_GrowingSamples_NeverFallsNorLeavesTheTableLenient()
    {
        BinomialSignificance rule = BinomialSignificance.ForAlpha(1e-5);
        long previous = 0;
        for (int n = 0; n <= BinomialSignificance.TableLimit + 1000; n++)
        {
            long count = rule.SmallestCount(n);
            Assert.True(count >= previous, $"n = {n}");
            previous = count;
        }

        foreach (int n in new[] { 262_145, 300_000, 1_000_000, 10_000_000 })
            Assert.True(Tail(n, rule.SmallestCount(n)) < 1e-5, $"n = {n}");
        Assert.True(rule.SmallestCount(int.MaxValue) < int.MaxValue / 90);
    }

    [Fact]
    public void SmallestCount_LookUp_AllocatesNothing()
    {
        BinomialSignificance rule = BinomialSignificance.ForAlpha(1e-5);
        long sum = rule.SmallestCount(20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int n = 0; n < 1000; n++) sum += rule.SmallestCount(n * 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(sum > 0);
        Assert.Same(rule, BinomialSignificance.ForAlpha(1e-5));
    }

    [Theory]
    [InlineData(0.99e-9)]
    [InlineData(0.0101)]
    [InlineData(double.NaN)]
    public void Constructor_AlphaOutOfRange_Throws(double alpha)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new BinomialSignificance(alpha));
        Assert.StartsWith(
            $"Condition failed: alpha = {alpha} must be from 1E-09 to 0.01.", error.Message, StringComparison.Ordinal);
    }

    // Independent of the table: masses by logarithms, summed from the far end.
    private static double Tail(int n, long from)
    {
        if (from > n) return 0;
        double log = 0;
        for (long i = 1; i <= from; i++) log += Math.Log((n - from + i) / (double)i);
        double mass = Math.Exp(log + (from * Math.Log(0.01)) + ((n - from) * Math.Log(0.99)));
        double sum = 0;
        for (long k = from; k <= n && mass > sum * 1e-18; k++)
        {
            sum += mass;
            mass *= (n - k) / (k + 1.0) * (0.01 / 0.99);
        }

        return sum;
    }
}
