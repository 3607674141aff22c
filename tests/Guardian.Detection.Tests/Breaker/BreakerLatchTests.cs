using Guardian.Detection.Breaker;
using Guardian.Detection.Encoding;
using static Guardian.Detection.Tests.Breaker.BreakerBench;

namespace Guardian.Detection.Tests.Breaker;

public sealed class BreakerLatchTests
{
    [Fact]
    public void Latch_OfEachLatching_IsToldApartByItsMoment()
    {
        CircuitBreaker breaker = Latched();
        Assert.Equal(new Latch(1, T0), breaker.Latch);
        Accepted(breaker.Reset(T0 + S, "ann", "seen", 1));
        Assert.Null(breaker.Latch);
        Assert.Equal(T0 + S, breaker.ResetThrough);
        Accepted(breaker.TripLatching(T0 + (2 * S)));
        Assert.Equal(new Latch(1, T0 + (2 * S)), breaker.Latch);
    }

    [Fact]
    public void Latch_AtTheMomentOfAReset_IsAnotherOne()
    {
        CircuitBreaker breaker = Latched(new BreakerOptions { LatchingReturn = 1 });
        breaker.SetBlocking(T0, true);
        Accepted(breaker.Reset(T0 + S, "ann", "seen", 1));
        Assert.Equal(new Latch(1, T0 + S + 1), breaker.Latch);
        Assert.Equal(T0 + S, breaker.ResetThrough);
    }

    [Fact]
    public void RestoreLatch_ALaterOneOfALatchedBreaker_TakesItsPlace()
    {
        CircuitBreaker breaker = Latched();
        Accepted(breaker.RestoreLatch(T0 + S, 3, T0 + 5), "breaker.already-latched");
        Assert.Equal((new Latch(3, T0 + 5), 3L), (breaker.Latch!.Value, breaker.Episode));
        Accepted(breaker.RestoreLatch(T0 + S, 2, T0 + 4), "breaker.already-latched");
        Assert.Equal(new Latch(3, T0 + 5), breaker.Latch);
    }

    [Fact]
    public void RestoreLatch_OfAFreshBreaker_IsTheSameLatchInTheSameEpisode()
    {
        CircuitBreaker breaker = Make();
        Accepted(breaker.RestoreLatch(T0 + S, 4, T0));
        Assert.Equal(
            (BreakerState.Latched, 4L, new Latch(4, T0)), (breaker.State, breaker.Episode, breaker.Latch!.Value));
        Accepted(breaker.RestoreLatch(T0 + S, 4, T0), "breaker.already-latched");
        Assert.Equal(Bytes(breaker), Bytes(Restore(Bytes(breaker))));
    }

    [Fact]
    public void RestoreLatch_WasReset_StaysReset()
    {
        CircuitBreaker breaker = Latched();
        Accepted(breaker.Reset(T0 + S, "ann", "seen", 1));
        Refused(
            breaker.RestoreLatch(T0 + (2 * S), 1, T0), "breaker.reset-latch",
            "Condition failed: the latch of episode 1 was reset; a new trip latches anew.");
        CircuitBreaker restored = Restore(Bytes(breaker));
        Refused(
            restored.RestoreLatch(T0 + (2 * S), 1, T0 + S), "breaker.reset-latch",
            "Condition failed: the latch of episode 1 was reset; a new trip latches anew.");
        Accepted(restored.RestoreLatch(T0 + (2 * S), 1, T0 + S + 1));
    }

    [Fact]
    public void RestoreLatch_UnderAHold_LatchesBeneath()
    {
        CircuitBreaker breaker = Make();
        breaker.Place(T0, "h", "ann", "x", TradingState.Halted);
        Accepted(breaker.RestoreLatch(T0, 3, T0 - S));
        Assert.Equal((BreakerState.Held, BreakerState.Latched, 3L), (breaker.State, breaker.Beneath, breaker.Episode));
        breaker.Release(T0, "h", "ann", "over");
        Assert.Equal(BreakerState.Latched, breaker.State);
        Accepted(breaker.Reset(T0, "ann", "seen", 3));
    }

    [Fact]
    public void RestoreLatch_EpisodeBelowOne_IsRefused() => Refused(
        Make().RestoreLatch(T0, 0, T0), "breaker.latch-episode",
        "Condition failed: a latch's episode is 0; it is 1 or above.");

    [Fact]
    public void Reset_OfAHeldBreaker_NamesTheHolds()
    {
        CircuitBreaker breaker = Make();
        breaker.Place(T0, "h1", "ann", "x", TradingState.Halted);
        breaker.Place(T0, "h2", "ann", "x", TradingState.Halted);
        Refused(
            breaker.Reset(T0, "ann", "seen", 1), "breaker.not-latched",
            "Condition failed: only a latch is reset, but the breaker is Held (h1, h2); release what holds it.");
    }

    [Fact]
    public void ReadState_OfTheFormatBefore_TakesTheEpisodesBeginForTheLatchs()
    {
        byte[] now = Bytes(Latched());
        // The three numbers of a latch stand before the last byte, which says that no request waits.
        var latch = new StateWriter();
        latch.WriteSigned(T0);
        latch.WriteSigned(1);
        latch.WriteSigned(0);
        byte[] before = [1, .. now[1..(now.Length - 1 - latch.ToArray().Length)], now[^1]];
        CircuitBreaker breaker = Restore(before);
        Assert.Equal(new Latch(1, T0), breaker.Latch);
        Assert.Equal(now, Bytes(breaker));
    }
}
