using Guardian.Detection.Breaker;
using Guardian.Detection.Encoding;
using static Guardian.Detection.Tests.Breaker.BreakerBench;

namespace Guardian.Detection.Tests.Breaker;

public sealed class HoldBookTests
{
    private const int MostReleased = 1000;

    [Theory]
    [InlineData(MostReleased, "breaker.released-hold")]
    [InlineData(MostReleased + 1, "breaker.done")]
    public void Place_ReleasedId_IsRefusedForTheLastThousand(int released, string code)
    {
        CircuitBreaker breaker = Make();
        for (int i = 0; i < released; i++) breaker.MergeRelease(T0, $"h{i}", null, null);
        Assert.Equal(code, breaker.Place(T0, "h0", "ann", "news", TradingState.Halted).Code);
        Assert.Equal("breaker.released-hold", breaker.Place(T0, "h1", "ann", "news", TradingState.Halted).Code);
    }

    [Fact]
    public void MergeRelease_SameIdTwice_IsRememberedOnce()
    {
        CircuitBreaker breaker = Make();
        breaker.MergeRelease(T0, "h0", null, null);
        for (int i = 0; i < MostReleased; i++) breaker.MergeRelease(T0, $"h{i}", null, null);
        Assert.Equal("breaker.released-hold", breaker.Place(T0, "h0", "ann", "news", TradingState.Halted).Code);
        Assert.Equal(Bytes(breaker), Bytes(Restore(Bytes(breaker))));
    }

    [Fact]
    public void ReadState_IntoAUsedBreaker_ForgetsAllItHad()
    {
        CircuitBreaker used = OnTheRamp();
        Accepted(used.GrantPermit(T0, "p").Result);
        used.Place(T0, "open", "ann", "news", TradingState.Halted);
        used.MergeRelease(T0, "gone", null, null);
        byte[] fresh = Bytes(Make());
        StateReader reader = new(fresh);
        used.ReadState(ref reader);
        Assert.Equal(fresh, Bytes(used));
        Assert.Equal((BreakerState.Closed, 0), (used.State, used.Holds.Count));
        Assert.Empty(Taken(used));
        Accepted(used.Place(T0, "gone", "ann", "news", TradingState.Halted));
    }

    [Fact]
    public void Place_FromElsewhere_KeepsWhenItWasPlaced()
    {
        CircuitBreaker breaker = Make();
        Accepted(breaker.Place(T0, "h", "ann", "news", TradingState.Halted, T0 - S));
        Assert.Equal(T0 - S, Assert.Single(breaker.Holds).Since);
    }

    [Theory]
    [InlineData("a", false)]
    [InlineData("b", true)]
    public void MergeRelease_WhileARequestWaits_VoidsItForThatHoldOnly(string released, bool waits)
    {
        CircuitBreaker breaker = Make(new BreakerOptions { TwoPersonReset = true });
        breaker.Place(T0, "a", "ann", "news", TradingState.Halted);
        breaker.Place(T0, "b", "ann", "news", TradingState.Halted);
        Accepted(breaker.Release(T0, "a", "ann", "over"), "breaker.awaiting-approval");
        breaker.MergeRelease(T0, released, "bob", "over");
        Assert.Equal(waits, breaker.PendingRequest is not null);
    }
}
