using Guardian.Detection.Breaker;
using Guardian.Detection.Encoding;
using static Guardian.Detection.Tests.Breaker.BreakerBench;

namespace Guardian.Detection.Tests.Breaker;

public sealed class BreakerStateTests
{
    [Fact]
    public void ReadState_CutAnywhere_IsRefused()
    {
        BreakerOptions options = new() { TwoPersonReset = true };
        CircuitBreaker breaker = OnTheRamp(options);
        breaker.GrantPermit(T0, "p");
        breaker.Place(T0, "h", "ann", "why", TradingState.Halted);
        breaker.Release(T0, "h", "ann", "over");
        byte[] state = Bytes(breaker);
        Assert.Equal(state, Bytes(Restore(state, options)));
        for (int length = 0; length < state.Length; length++)
            Assert.Throws<StateFormatException>(() => Restore(state[..length], options));
    }

    [Fact]
    public void ReadState_OtherFormat_SaysWhich()
    {
        byte[] state = Bytes(Make());
        state[0] = 9;
        StateFormatException error = Assert.Throws<StateFormatException>(() => Restore(state));
        Assert.Equal("Condition failed: breaker state has format 9, not 2.", error.Message);
    }

    [Fact]
    public void SetBlockingAndAdvance_Always_AllocateNothing()
    {
        CircuitBreaker breaker = Make();
        Assert.Equal(0, GuardrailLaws.AllocatedBy(i =>
        {
            breaker.SetBlocking(T0 + i, i % 2 == 0);
            breaker.Advance(T0 + i);
        }));
    }

    [Fact]
    public void GrantAndReport_OnTheRamp_AllocateNothing()
    {
        CircuitBreaker breaker = OnTheRamp(new BreakerOptions { PermitLease = TimeSpan.FromMilliseconds(100) });
        Assert.Equal(0, GuardrailLaws.AllocatedBy(i =>
        {
            breaker.GrantPermit(T0 + i, "p");
            breaker.GrantPermit(T0 + i, "q");
        }));
    }
}
