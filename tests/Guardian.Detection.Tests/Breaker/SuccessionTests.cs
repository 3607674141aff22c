using Guardian.Detection.Breaker;
using Guardian.Detection.Encoding;
using static Guardian.Detection.Tests.Breaker.BreakerBench;

namespace Guardian.Detection.Tests.Breaker;

public sealed class SuccessionTests
{
    [Fact]
    public void With_ShorterRamp_GoesOnAtItsLastStep()
    {
        CircuitBreaker next = Probed(19).With(new BreakerPolicy(new BreakerOptions { Ramp = [0.5, 1] }));
        Assert.Equal((BreakerState.HalfOpen, 1.0), (next.State, next.SizeFactor));
        Probe(next, "last");
        Assert.Equal(BreakerState.Closed, next.State);
    }

    [Fact]
    public void With_LongerRamp_KeepsTheStep()
    {
        CircuitBreaker next = Probed(5).With(new BreakerPolicy(new BreakerOptions { Ramp = [0.1, 0.2, 0.3, 0.4, 1] }));
        Assert.Equal((0.2, 1L), (next.SizeFactor, next.Episode));
    }

    [Fact]
    public void With_FewerProbes_LeavesOneToCompleteTheStep()
    {
        CircuitBreaker next = Probed(4).With(new BreakerPolicy(new BreakerOptions { ProbesPerStep = 2 }));
        Assert.Equal(0.10, next.SizeFactor);
        Probe(next, "last");
        Assert.Equal(0.25, next.SizeFactor);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    public void With_ThreeEpisodesInTheHour_LatchesAtTheNext(int latching)
    {
        CircuitBreaker breaker = Make();
        for (int i = 0; i < 3; i++)
        {
            breaker.Trip(At(300 * i));
            breaker.Advance(At(300 * (i + 1)));
            Assert.Equal(BreakerState.Closed, breaker.State);
        }

        CircuitBreaker next = breaker.With(new BreakerPolicy(new BreakerOptions { LatchingEpisode = latching }));
        next.Trip(At(900));
        Assert.Equal(BreakerState.Latched, next.State);
    }

    [Fact]
    public void Trip_FirstOfFourIsOlderThanTheHour_LatchesAtTheFifth()
    {
        CircuitBreaker breaker = Make();
        foreach (int minute in (int[])[0, 50, 55, 61]) breaker.Trip(At(60 * minute));
        Assert.Equal(BreakerState.Open, breaker.State);
        breaker.Trip(At(60 * 65));
        Assert.Equal(BreakerState.Latched, breaker.State);
    }

    [Fact]
    public void EarliestRelease_OnTheRamp_IsTheEndOfTheQuietOrNow()
    {
        CircuitBreaker breaker = OnTheRamp();
        breaker.SetBlocking(T0, true);
        Assert.Equal((At(30), At(31)), (breaker.EarliestRelease(T0), breaker.EarliestRelease(At(31))));
    }

    [Fact]
    public void SetBlocking_StillFalseOnTheRamp_DoesNotProlongIt()
    {
        CircuitBreaker breaker = OnTheRamp();
        breaker.SetBlocking(At(29), false);
        breaker.Advance(At(30));
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Fact]
    public void SetBlocking_FalseBeforeTheBreakIsOver_WaitsForItsEnd()
    {
        CircuitBreaker breaker = Make();
        breaker.SetBlocking(T0, true);
        breaker.Trip(T0);
        breaker.SetBlocking(At(1), false);
        breaker.Advance(At(5) - 1);
        Assert.Equal(BreakerState.Open, breaker.State);
        breaker.Advance(At(5));
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
    }

    [Fact]
    public void Trip_OnTheRamp_TakesThePermitsAway()
    {
        CircuitBreaker breaker = OnTheRamp();
        Accepted(breaker.GrantPermit(T0, "p").Result);
        breaker.Trip(T0);
        Assert.False(breaker.TryFindPermit("p", out _));
    }

    [Fact]
    public void Release_OneOfTwo_SaysThatAnotherIsLeft()
    {
        CircuitBreaker breaker = Make();
        breaker.Place(T0, "a", "ann", "news", TradingState.Halted);
        breaker.Place(T0, "b", "ann", "news", TradingState.Halted);
        breaker.Release(T0, "a", "ann", "over");
        breaker.Release(T0, "b", "ann", "over");
        Assert.Equal(
            [BreakerTrigger.Hold, BreakerTrigger.Hold, BreakerTrigger.Release, BreakerTrigger.ReleaseLast],
            Taken(breaker).Select(t => t.Trigger));
    }

    [Fact]
    public void With_HoldAndMovesNotTaken_KeepsBoth()
    {
        CircuitBreaker breaker = Make();
        breaker.Place(T0, "h", "ann", "news", TradingState.Reducing);
        breaker.MergeRelease(T0, "gone", null, null);
        CircuitBreaker next = breaker.With(new BreakerPolicy(new BreakerOptions()));
        Assert.Equal((BreakerState.Held, TradingState.Reducing), (next.State, next.TradingState));
        Assert.Equal(BreakerTrigger.Hold, Assert.Single(Taken(next)).Trigger);
        Assert.Equal("breaker.released-hold", next.Place(T0, "gone", "ann", "news", TradingState.Halted).Code);
    }

    [Fact]
    public void Advance_ToAnEarlierTime_ChangesNothing()
    {
        CircuitBreaker breaker = OnTheRamp();
        byte[] before = Bytes(breaker);
        breaker.Advance(T0 - (100 * S));
        Assert.Equal(before, Bytes(breaker));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void ReadState_HoldOfAnotherState_IsRefused(byte state)
    {
        CircuitBreaker breaker = Make();
        breaker.Place(T0, "h", "ann", "news", TradingState.Halted);

        // After the hold's state come the number of released ids, the latch in three numbers, whether a request waits.
        byte[] bytes = Bytes(breaker);
        bytes[^6] = state;
        Assert.Equal(
            $"Condition failed: a hold is Reducing (1) or Halted (2), not {state}.",
            Assert.Throws<StateFormatException>(() => Restore(bytes)).Message);
    }

    [Fact]
    public void With_PermitOut_CountsForNothingEvenOnALaterRamp()
    {
        CircuitBreaker breaker = OnTheRamp();
        long epoch = breaker.GrantPermit(T0, "p").Permit.Epoch;
        CircuitBreaker next = breaker.With(new BreakerPolicy(new BreakerOptions()));
        Assert.False(next.TryFindPermit("p", out _));
        next.VoidPermits();
        Accepted(next.GrantPermit(T0, "p").Result);
        Refused(
            next.ReportProbe(T0, "p", epoch, good: true), "breaker.stale-permit",
            $"Condition failed: permit epoch {epoch} is not that of the latest ramp ({epoch + 2}).");
    }

    [Fact]
    public void VoidPermits_AllOut_FreesTheirPlaces()
    {
        CircuitBreaker breaker = OnTheRamp();
        for (int i = 0; i < 5; i++) Accepted(breaker.GrantPermit(T0, $"p{i}").Result);
        breaker.VoidPermits();
        for (int i = 0; i < 5; i++) Accepted(breaker.GrantPermit(T0, $"q{i}").Result);
    }

    [Fact]
    public void ReportProbe_FirstOfThree_LeavesTheOtherTwoOut()
    {
        CircuitBreaker breaker = OnTheRamp();
        long epoch = 0;
        foreach (string id in (string[])["a", "b", "c"]) epoch = breaker.GrantPermit(T0, id).Permit.Epoch;
        foreach (string id in (string[])["a", "c", "b"]) Accepted(breaker.ReportProbe(T0, id, epoch, good: true));
    }

    [Fact]
    public void ReadState_StepBeyondTheRamp_IsRefused() =>
        AssertRefused(Bytes(Probed(15)), new BreakerOptions { Ramp = [0.5, 0.75, 1] });

    [Fact]
    public void ReadState_MoreGoodProbesThanAStepNeeds_IsRefused() =>
        AssertRefused(Bytes(Probed(3)), new BreakerOptions { ProbesPerStep = 3 });

    private static void AssertRefused(byte[] state, BreakerOptions options)
    {
        Assert.Equal(state, Bytes(Restore(state)));
        StateFormatException error = Assert.Throws<StateFormatException>(() => Restore(state, options));
        Assert.StartsWith("Condition failed: ", error.Message, StringComparison.Ordinal);
    }

    private static CircuitBreaker Probed(int good)
    {
        CircuitBreaker breaker = OnTheRamp();
        for (int i = 0; i < good; i++) Probe(breaker, $"p{i}");
        return breaker;
    }

    private static void Probe(CircuitBreaker breaker, string id) =>
        Accepted(breaker.ReportProbe(T0, id, breaker.GrantPermit(T0, id).Permit.Epoch, good: true));
}
