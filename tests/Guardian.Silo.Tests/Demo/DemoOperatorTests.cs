using Guardian.Contracts;
using Guardian.Silo.Demo;

namespace Guardian.Silo.Tests.Demo;

public sealed class DemoOperatorTests
{
    [Fact]
    public void Look_LatchedForLong_ResetsThisEpisode()
    {
        DemoOperator person = new();
        for (int i = 0; i < DemoOperator.Patience; i++) Assert.Null(person.Look(Verdict(BreakerState.Latched, 4)));
        Assert.Equal(4, person.Look(Verdict(BreakerState.Latched, 4))!.Episode);
    }

    [Fact]
    public void Look_AnotherEpisodeOrState_BeginsToWaitAnew()
    {
        DemoOperator person = new();
        for (int i = 0; i < DemoOperator.Patience; i++) Assert.Null(person.Look(Verdict(BreakerState.Latched, 4)));
        Assert.Null(person.Look(Verdict(BreakerState.Latched, 5)));
        for (int i = 0; i < 20; i++) Assert.Null(person.Look(Verdict(BreakerState.Held, 5)));
        Assert.Null(person.Look(Verdict(BreakerState.Latched, 5)));
    }

    private static Verdict Verdict(BreakerState breaker, long episode) =>
        new() { Symbol = "A", Breaker = breaker, Episode = episode };
}
