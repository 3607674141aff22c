using Guardian.Detection.Breaker;
using static Guardian.Detection.Tests.Breaker.BreakerBench;

namespace Guardian.Detection.Tests.Breaker;

public sealed class ProbeTests
{
    [Fact]
    public void ReportProbe_FiveGoodOnesAStep_ClimbsAndCloses()
    {
        CircuitBreaker breaker = OnTheRamp();
        List<double> factors = [];
        for (int i = 0; i < 20; i++)
        {
            ProbePermit permit = breaker.GrantPermit(T0 + (i * S), $"p{i}").Permit;
            factors.Add(permit.SizeFactor);
            Assert.Equal(T0 + (i * S) + (5 * S), permit.ExpiresAt);
            Accepted(breaker.ReportProbe(T0 + (i * S) + 1, permit.Id, permit.Epoch, good: true));
        }

        double[] expected = [.. new[] { 0.1, 0.25, 0.5, 1 }.SelectMany(f => Enumerable.Repeat(f, 5))];
        Assert.Equal(expected, factors);
        Assert.Equal(BreakerState.Closed, breaker.State);
        Assert.Equal(
            [BreakerTrigger.RampStep, BreakerTrigger.RampStep, BreakerTrigger.RampStep, BreakerTrigger.RampDone],
            Taken(breaker).Skip(2).Select(t => t.Trigger));
    }

    [Fact]
    public void ReportProbe_Bad_ReturnsInTheSameEpisode()
    {
        CircuitBreaker breaker = OnTheRamp();
        ProbePermit permit = breaker.GrantPermit(T0, "p").Permit;
        Accepted(breaker.ReportProbe(T0 + S, "p", permit.Epoch, good: false));
        Assert.Equal((BreakerState.Open, 1, 1L), (breaker.State, breaker.Returns, breaker.Episode));
        Assert.Equal(T0 + (11 * S), breaker.NextDeadline);
    }

    [Fact]
    public void ReportProbe_FromAnEarlierRamp_CountsForNothing()
    {
        CircuitBreaker breaker = OnTheRamp(new BreakerOptions { ProbesPerStep = 1, Ramp = [1] });
        ProbePermit old = breaker.GrantPermit(T0, "p").Permit;
        breaker.Trip(T0);
        breaker.Advance(T0 + (10 * S));
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
        ProbePermit current = breaker.GrantPermit(T0 + (10 * S), "p").Permit;
        foreach (bool good in (bool[])[true, false])
        {
            Refused(
                breaker.ReportProbe(T0 + (10 * S), "p", old.Epoch, good), "breaker.stale-permit",
                "Condition failed: permit epoch 1 is not that of the latest ramp (2).");
        }

        Assert.Equal(BreakerState.HalfOpen, breaker.State);
        Accepted(breaker.ReportProbe(T0 + (10 * S), "p", current.Epoch, good: true));
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Theory]
    [InlineData(0, "p", true)]
    [InlineData(-1, "p", false)]
    [InlineData(-1, "foreign", true)]
    public void ReportProbe_ForeignOrAtTheEndOfItsLease_CountsForNothing(long beforeEnd, string id, bool refused)
    {
        CircuitBreaker breaker = OnTheRamp();
        long epoch = breaker.GrantPermit(T0, "p").Permit.Epoch;
        BreakerResult result = breaker.ReportProbe(T0 + (5 * S) + beforeEnd, id, epoch, good: false);
        if (refused)
        {
            Refused(
                result, "breaker.unknown-permit",
                $"Condition failed: no permit {id} is out: never granted, reported already or its lease over.");
        }

        Assert.Equal(refused ? BreakerState.HalfOpen : BreakerState.Open, breaker.State);
    }

    [Fact]
    public void GrantPermit_HungProbesForEver_NeitherBlockNorClose()
    {
        CircuitBreaker breaker = OnTheRamp();
        for (int i = 0; i < 5; i++) Accepted(breaker.GrantPermit(T0, $"hung{i}").Result);
        Refused(
            breaker.GrantPermit(T0 + (5 * S) - 1, "p").Result, "breaker.no-slot",
            "Condition failed: all probes of this step are out; wait for a report or the end of a lease.");
        Accepted(breaker.GrantPermit(T0 + (5 * S), "p").Result);
        for (int i = 0; i < 29; i++) breaker.GrantPermit(T0 + (i * S), $"more{i}");
        breaker.Advance(T0 + (30 * S) - 1);
        Assert.Equal((BreakerState.HalfOpen, 0.1), (breaker.State, breaker.SizeFactor));
        breaker.Advance(T0 + (30 * S));
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Fact]
    public void GrantPermit_SameIdAgain_IsTheSamePermit()
    {
        CircuitBreaker breaker = OnTheRamp();
        ProbePermit first = breaker.GrantPermit(T0, "p").Permit;
        Assert.Equal(first, breaker.GrantPermit(T0 + S, "p").Permit);
    }

    [Fact]
    public void ReportProbe_LastOneWhileABreachStands_ClosesOnlyAfterItCleared()
    {
        CircuitBreaker breaker = OnTheRamp(new BreakerOptions { ProbesPerStep = 1, Ramp = [1] });
        breaker.SetBlocking(T0, true);
        Accepted(breaker.ReportProbe(T0, "p", breaker.GrantPermit(T0, "p").Permit.Epoch, good: true));
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
        breaker.SetBlocking(T0 + S, false);
        Accepted(breaker.ReportProbe(T0 + S, "q", breaker.GrantPermit(T0 + S, "q").Permit.Epoch, good: true));
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Fact]
    public void GrantPermit_NotOnTheRamp_SaysWhy()
    {
        CircuitBreaker breaker = Make();
        const string code = "breaker.not-half-open";
        Refused(
            breaker.GrantPermit(T0, "p").Result, code,
            "Condition failed: probes are for the ramp; a closed breaker needs none.");
        breaker.Trip(T0);
        Refused(
            breaker.GrantPermit(T0, "p").Result, code, "Condition failed: the breaker is stopped; wait for its ramp.");
        breaker.Place(T0, "h", "ann", "why", TradingState.Halted);
        Refused(
            breaker.GrantPermit(T0, "p").Result, code,
            "Condition failed: the symbol is held; a person must release it first.");
        Refused(
            OnTheRamp().GrantPermit(T0, " ").Result, "breaker.permit-id", "Condition failed: id is blank; give one.");
    }
}
