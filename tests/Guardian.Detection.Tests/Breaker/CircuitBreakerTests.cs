using Guardian.Detection.Breaker;
using static Guardian.Detection.Tests.Breaker.BreakerBench;

namespace Guardian.Detection.Tests.Breaker;

public sealed class CircuitBreakerTests
{
    [Fact]
    public void Incident2023_TwoEpisodes_ComeOutAtTheirTimes()
    {
        CircuitBreaker breaker = Make();
        breaker.SetBlocking(At(3.2), true);
        breaker.Trip(At(3.2));
        breaker.Trip(At(7.2));
        breaker.SetBlocking(At(36), false);
        breaker.SetBlocking(At(68.65), true);
        breaker.Trip(At(68.65));
        breaker.SetBlocking(At(89.6), false);
        breaker.Advance(At(500));
        Assert.Equal(
            """
            3.2 Closed>Open Trip 1 Halted 0
            36 Open>HalfOpen BreakOver 1 Active 0.1
            66 HalfOpen>Closed Quiet 1 Active 1
            68.65 Closed>Open Trip 2 Halted 0
            89.6 Open>HalfOpen BreakOver 2 Active 0.1
            119.6 HalfOpen>Closed Quiet 2 Active 1
            """,
            string.Join('\n', Taken(breaker).Select(t =>
                $"{(t.At - T0) / 1e9} {t.From}>{t.To} {t.Trigger} {t.Episode} {t.TradingState} {t.SizeFactor}")));
    }

    [Fact]
    public void Advance_BreakWithoutBlocking_IsOverAtFiveSeconds()
    {
        CircuitBreaker breaker = Make();
        breaker.Trip(T0);
        Assert.Equal((T0 + (5 * S), T0 + (5 * S)), (breaker.NextDeadline, breaker.EarliestRelease(T0)));
        breaker.Advance(T0 + (5 * S) - 1);
        Assert.Equal(BreakerState.Open, breaker.State);
        breaker.Advance(T0 + (5 * S));
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
        Assert.True(Taken(breaker)[^1].StartsOrderFedAnew);
    }

    [Fact]
    public void SetBlocking_AtTheEndOfTheBreak_GoesFirst()
    {
        CircuitBreaker breaker = Make();
        breaker.Trip(T0);
        breaker.SetBlocking(T0 + (5 * S), true);
        breaker.Advance(T0 + (100 * S));
        Assert.Equal((BreakerState.Open, long.MaxValue), (breaker.State, breaker.NextDeadline));
        breaker.SetBlocking(T0 + (101 * S), false);
        Assert.Equal((BreakerState.HalfOpen, T0 + (101 * S)), (breaker.State, breaker.Since));
    }

    [Fact]
    public void Advance_QuietRampWhileABreachStands_WaitsAndCountsFromItsClear()
    {
        CircuitBreaker breaker = OnTheRamp();
        breaker.SetBlocking(T0 + (10 * S), true);
        breaker.SetBlocking(T0 + (40 * S), false);
        breaker.Advance(T0 + (70 * S) - 1);
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
        breaker.Advance(T0 + (70 * S));
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Fact]
    public void Trip_OnTheRamp_ReturnsDoublesAndLatchesAtTheTenth()
    {
        CircuitBreaker breaker = Make();
        breaker.Trip(T0);
        double[] breaks = [5, 10, 20, 40, 80, 160, 300, 300, 300, 300];
        long now = T0;
        foreach (double seconds in breaks)
        {
            Assert.Equal(BreakerState.Open, breaker.State);
            Assert.Equal(seconds, (breaker.NextDeadline - now) / 1e9);
            now = breaker.NextDeadline;
            breaker.Advance(now);
            breaker.Trip(now);
        }

        Assert.Equal((BreakerState.Latched, 10, 1L), (breaker.State, breaker.Returns, breaker.Episode));
        Assert.Equal(BreakerTrigger.ReturnLimit, Taken(breaker)[^1].Trigger);
        Assert.Equal(0, breaker.EarliestRelease(now));
    }

    [Fact]
    public void Trip_FourthSoftEpisodeWithinAnHour_Latches()
    {
        CircuitBreaker breaker = Make();
        double[] breaks = [5, 10, 20];
        for (int i = 0; i < 3; i++)
        {
            long at = T0 + (i * 600 * S);
            breaker.Trip(at);
            Assert.Equal(breaks[i], (breaker.NextDeadline - at) / 1e9);
            breaker.Advance(at + (599 * S));
            Assert.Equal(BreakerState.Closed, breaker.State);
        }

        CircuitBreaker later = Restore(Bytes(breaker));
        breaker.Trip(T0 + (3_600 * S) - 1);
        Assert.Equal((BreakerState.Latched, 4L), (breaker.State, breaker.Episode));
        later.Trip(T0 + (3_600 * S));
        Assert.Equal(BreakerState.Open, later.State);
        Assert.Equal(20, (later.NextDeadline - T0 - (3_600 * S)) / 1e9);
    }

    [Theory]
    [InlineData(TradingState.Halted)]
    [InlineData(TradingState.Reducing)]
    public void TripLatching_FromEachState_LatchesForEver(TradingState onTrip)
    {
        BreakerOptions options = new() { OnTrip = onTrip };
        CircuitBreaker open = Make(options);
        open.Trip(T0);
        foreach (CircuitBreaker breaker in (CircuitBreaker[])[Make(options), open, OnTheRamp(options)])
        {
            Accepted(breaker.TripLatching(T0));
            breaker.Advance(T0 + (1_000_000 * S));
            Assert.Equal(
                (BreakerState.Latched, onTrip, 0d, 1L),
                (breaker.State, breaker.TradingState, breaker.SizeFactor, breaker.Episode));
            Accepted(breaker.Trip(T0 + (1_000_001 * S)), "breaker.recorded");
            Accepted(breaker.TripLatching(T0 + (1_000_001 * S)), "breaker.recorded");
        }
    }

    [Fact]
    public void Advance_AnyTimes_NeverThrows()
    {
        long[] times = [long.MinValue, -1, 0, T0, long.MaxValue - 1, long.MaxValue];
        foreach (long first in times)
        {
            foreach (long second in times)
            {
                CircuitBreaker breaker = Make();
                breaker.Trip(first);
                breaker.SetBlocking(second, true);
                breaker.SetBlocking(second, false);
                breaker.Advance(second);
                breaker.GrantPermit(second, "p");
                breaker.Trip(second);
                breaker.Place(first, "h", "ann", "why", TradingState.Halted);
                Assert.Equal(BreakerState.Held, breaker.State);
            }
        }
    }

    [Fact]
    public void TryTake_NobodyTakes_DropsTheOldestAndCounts()
    {
        CircuitBreaker breaker = Make();
        for (int i = 0; i < 600; i++)
        {
            breaker.Place(T0, $"h{i}", "ann", "why", TradingState.Halted);
            breaker.Release(T0, $"h{i}", "ann", "why");
        }

        Assert.Equal((1_024, 176L), (Taken(breaker).Count, breaker.DroppedTransitions));
    }
}
