using Guardian.Contracts;
using Guardian.Grains.History;

namespace Guardian.Grains.Tests.History;

public sealed class TierConditionsTests
{
    private static readonly Timestamp Now = new(1_700_000_000_000_000_000);

    [Theory]
    [InlineData("redis", true, true, true, "")]
    [InlineData("memory", false, true, true, "")]
    [InlineData("redis", false, true, true, "RedisLost P1 L1")]
    [InlineData("redis", true, false, true, "HistoryLagging P1 L2")]
    [InlineData("redis", true, true, false, "RecordsLost P1 grain-storage")]
    [InlineData(
        "redis", false, false, false,
        "RedisLost P1 L1, HistoryLagging P1 L2, RecordsLost P1 grain-storage, TiersLost P0 ")]
    public void Of_WhatIsLost_IsTold(string hot, bool first, bool second, bool records, string expected)
    {
        TierHealth[] tiers =
        [
            new() { Tier = "L1", Store = hot, Healthy = first },
            new() { Tier = "L2", Store = "postgresql", Healthy = second },
            new() { Tier = "grain-storage", Store = "postgresql", Healthy = records },
        ];
        Assert.Equal(expected, Told(tiers));
    }

    [Theory]
    [InlineData(30, "")]
    [InlineData(30.1, "HistoryLagging P1 L2")]
    public void Of_HistoryBehind_ToldBeyondTheBound(double seconds, string expected) => Assert.Equal(
        expected, Told([new() { Tier = "L2", Store = "sqlite", Healthy = true, LagSeconds = seconds }]));

    private static string Told(TierHealth[] tiers) => string.Join(
        ", ", TierConditions.Of(tiers, Now).Select(c => $"{c.Name} {c.Severity} {c.Key}"));
}
