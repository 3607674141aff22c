using Guardian.Detection.Breaker;
using static Guardian.Detection.Tests.Breaker.BreakerBench;

namespace Guardian.Detection.Tests.Breaker;

public sealed class PeopleTests
{
    private const long QuarterHour = 900 * S;

    [Fact]
    public void Place_FromClosed_BeginsAnEpisodeThatTimeNeverEnds()
    {
        CircuitBreaker breaker = Make();
        Accepted(breaker.Place(T0, "h", "ann", "news", TradingState.Reducing));
        breaker.Advance(T0 + (100_000_000 * S));
        Assert.Equal(
            (BreakerState.Held, TradingState.Reducing, 1L), (breaker.State, breaker.TradingState, breaker.Episode));
        Assert.Equal(new Hold("h", "ann", "news", T0, TradingState.Reducing), Assert.Single(breaker.Holds));
        Accepted(breaker.Release(T0 + (100_000_000 * S), "h", "bob", "over"));
        Assert.Equal((BreakerState.Closed, 1L), (breaker.State, breaker.Episode));
        BreakerTransition last = Taken(breaker)[^1];
        Assert.Equal(
            (BreakerTrigger.ReleaseLast, "bob", "over", "h", true),
            (last.Trigger, last.Actor, last.Reason, last.HoldId, last.EndsEpisode));
    }

    [Fact]
    public void Trip_UnderAHold_IsThereAfterTheRelease()
    {
        CircuitBreaker breaker = Make();
        breaker.Place(T0, "h", "ann", "news", TradingState.Reducing);
        breaker.SetBlocking(T0, true);
        breaker.Trip(T0 + S);
        Assert.Equal((BreakerState.Held, BreakerState.Open), (breaker.State, breaker.Beneath));
        Assert.Equal((TradingState.Halted, 1L), (breaker.TradingState, breaker.Episode));
        breaker.Release(T0 + (20 * S), "h", "ann", "over");
        Assert.Equal(BreakerState.Open, breaker.State);
        breaker.SetBlocking(T0 + (30 * S), false);
        breaker.Advance(T0 + (60 * S));
        Assert.Equal((BreakerState.Closed, 1L), (breaker.State, breaker.Episode));
    }

    [Fact]
    public void Release_OneOfTwo_StaysHeldByTheStricterLeft()
    {
        CircuitBreaker breaker = Make();
        breaker.Place(T0, "a", "ann", "x", TradingState.Halted);
        breaker.Place(T0, "b", "bob", "y", TradingState.Reducing);
        Accepted(breaker.Place(T0, "a", "ann", "x", TradingState.Halted), "breaker.already-held");
        Assert.Equal(TradingState.Halted, breaker.TradingState);
        Accepted(breaker.Release(T0, "a", "ann", "over"));
        Assert.Equal((BreakerState.Held, TradingState.Reducing), (breaker.State, breaker.TradingState));
        Refused(
            breaker.Place(T0, "a", "ann", "x", TradingState.Halted), "breaker.released-hold",
            "Condition failed: hold a was released; place a hold with a new id.");
        Refused(
            breaker.Release(T0, "a", "ann", "over"), "breaker.unknown-hold",
            "Condition failed: no hold a is open; look up the open holds.");
        Assert.Equal(3, Taken(breaker).Count);
    }

    [Fact]
    public void MergeRelease_BeforeItsHold_KeepsTheHoldOut()
    {
        CircuitBreaker breaker = Make();
        Accepted(breaker.MergeRelease(T0, "late", null, null));
        Assert.False(breaker.Place(T0, "late", "ann", "x", TradingState.Halted).Accepted);
        Assert.Equal(BreakerState.Closed, breaker.State);
        Assert.Empty(Taken(breaker));
    }

    [Fact]
    public void Place_BadInput_IsRefused()
    {
        CircuitBreaker breaker = Make();
        Refused(
            breaker.Place(T0, "", "ann", "x", TradingState.Halted), "breaker.hold-id",
            "Condition failed: id is blank; give one.");
        Refused(
            breaker.Place(T0, "a", " ", "x", TradingState.Halted), "breaker.actor",
            "Condition failed: actor is blank; give one.");
        Refused(
            breaker.Place(T0, "a", "ann", "x", TradingState.Active), "breaker.hold-state",
            "Condition failed: a hold is Halted or Reducing, not Active.");
        for (int i = 0; i < 100; i++) Accepted(breaker.Place(T0, $"h{i}", "ann", "x", TradingState.Halted));
        Refused(
            breaker.Place(T0, "a", "ann", "x", TradingState.Halted), "breaker.hold-limit",
            "Condition failed: 100 holds are open, which is the limit; release one first.");
    }

    [Fact]
    public void Reset_Latched_GoesToTheRamp()
    {
        CircuitBreaker breaker = Latched();
        Refused(
            breaker.Reset(T0 + S, "ann", "seen", 2), "breaker.wrong-episode",
            "Condition failed: episode 2 is not the current one (1); look at it and ask anew.");
        Refused(breaker.Reset(T0 + S, "", "seen", 1), "breaker.actor", "Condition failed: actor is blank; give one.");
        Refused(breaker.Reset(T0 + S, "ann", "", 1), "breaker.reason", "Condition failed: reason is blank; give one.");
        Accepted(breaker.Reset(T0 + S, "ann", "seen", 1));
        Assert.Equal((BreakerState.HalfOpen, 1L), (breaker.State, breaker.Episode));
        Assert.True(Taken(breaker)[^1].StartsOrderFedAnew);
        Refused(
            breaker.Reset(T0 + S, "ann", "seen", 1), "breaker.not-latched",
            "Condition failed: only a latch is reset, but the breaker is HalfOpen.");
        breaker.Advance(T0 + (31 * S));
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Fact]
    public void Reset_WhileABreachStands_WaitsInOpen()
    {
        CircuitBreaker breaker = Latched();
        breaker.SetBlocking(T0, true);
        Accepted(breaker.Reset(T0 + S, "ann", "seen", 1));
        Assert.Equal((BreakerState.Open, 1), (breaker.State, breaker.Returns));
    }

    [Fact]
    public void Reset_UnderAHold_FreesTheLatchButNotTheHold()
    {
        CircuitBreaker breaker = Latched();
        breaker.Place(T0, "h", "ann", "x", TradingState.Halted);
        Accepted(breaker.Reset(T0, "ann", "seen", 1));
        Assert.Equal((BreakerState.Held, BreakerState.HalfOpen), (breaker.State, breaker.Beneath));
    }

    [Fact]
    public void Approve_SecondPersonInTime_Resets()
    {
        CircuitBreaker breaker = Latched(new BreakerOptions { TwoPersonReset = true });
        Accepted(breaker.Reset(T0, "ann", "seen", 1), "breaker.awaiting-approval");
        Accepted(breaker.Reset(T0 + S, "ann", "seen", 1), "breaker.awaiting-approval");
        Assert.Equal(new ResumeRequest(null, "ann", "seen", 1, T0 + QuarterHour), breaker.PendingRequest);
        Refused(
            breaker.Reset(T0 + S, "bob", "me too", 1), "breaker.request-waiting",
            "Condition failed: a request of ann is waiting; approve it or let it lapse.");
        Refused(
            breaker.Approve(T0 + S, "Ann", 1), "breaker.same-person",
            "Condition failed: Ann asked; another person must approve.");
        Refused(
            breaker.Approve(T0 + S, "bob", 2), "breaker.wrong-episode",
            "Condition failed: episode 2 is not the current one (1); look at it and ask anew.");
        Accepted(breaker.Approve(T0 + QuarterHour - 1, "bob", 1));
        Assert.Equal((BreakerState.HalfOpen, "ann + bob"), (breaker.State, Taken(breaker)[^1].Actor));
    }

    [Theory]
    [InlineData("late")]
    [InlineData("trip")]
    [InlineData("latch")]
    [InlineData("hold")]
    public void Approve_LapsedOrVoided_IsRefused(string what)
    {
        CircuitBreaker breaker = Latched(new BreakerOptions { TwoPersonReset = true });
        breaker.Reset(T0, "ann", "seen", 1);
        if (what == "trip") breaker.Trip(T0);
        if (what == "latch") breaker.TripLatching(T0);
        if (what == "hold") breaker.Place(T0, "h", "eve", "x", TradingState.Halted);
        Refused(
            breaker.Approve(what == "late" ? T0 + QuarterHour : T0, "bob", 1), "breaker.no-request",
            "Condition failed: no request to resume is waiting; it lapsed, was voided or never made. Ask anew.");
        Assert.Equal(BreakerState.Latched, breaker.Beneath);
    }

    [Fact]
    public void Release_TwoPersons_TakesTheSecond()
    {
        CircuitBreaker breaker = Make(new BreakerOptions { TwoPersonReset = true });
        breaker.Place(T0, "h", "ann", "x", TradingState.Halted);
        Accepted(breaker.Release(T0, "h", "ann", "over"), "breaker.awaiting-approval");
        Assert.Equal(BreakerState.Held, breaker.State);
        Accepted(breaker.Approve(T0, "bob", 1));
        Assert.Equal(BreakerState.Closed, breaker.State);
    }
}
