using Guardian.Client.Gating;
using Guardian.Contracts;

namespace Guardian.Client.Tests.Gating;

public sealed class GateRuleTests
{
    private static readonly GateAnswer[] All = Enum.GetValues<GateAnswer>();

    [Theory]
    [InlineData(TradingState.Active, BreakerState.Closed, 1, GateAnswer.Allowed)]
    [InlineData(TradingState.Active, BreakerState.HalfOpen, 0.1, GateAnswer.AskServer)]
    [InlineData(TradingState.Active, BreakerState.Closed, 0.5, GateAnswer.AskServer)]
    [InlineData(TradingState.Reducing, BreakerState.Open, 0, GateAnswer.ReduceOnly)]
    [InlineData(TradingState.Halted, BreakerState.Open, 0, GateAnswer.Denied)]
    [InlineData(TradingState.Halted, BreakerState.Closed, 1, GateAnswer.Denied)]
    public void Of_AVerdict_OnlyWhatNeedsNoCountIsAnsweredHere(
        TradingState state, BreakerState breaker, double size, GateAnswer expected) => Assert.Equal(
        expected,
        GateRule.Of(new Verdict { Symbol = "A", TradingState = state, Breaker = breaker, SizeFactor = size }));

    [Fact]
    public void Expired_ByAnyPolicy_NeverAllowsWhatWasDenied()
    {
        foreach (GatePolicy policy in Enum.GetValues<GatePolicy>())
        {
            Assert.Equal(GateAnswer.Denied, GateRule.Expired(GateAnswer.Denied, policy));
            Assert.NotEqual(GateAnswer.Allowed, GateRule.Expired(GateAnswer.ReduceOnly, policy));
        }

        Assert.All(All, answer => Assert.Equal(GateAnswer.Denied, GateRule.Expired(answer, GatePolicy.Deny)));
        Assert.Equal(GateAnswer.Allowed, GateRule.Expired(GateAnswer.Allowed, GatePolicy.Allow));
    }

    [Fact]
    public void Stricter_OfAnyTwo_IsOneOfThemCommutesAndDeniesFirst()
    {
        foreach (GateAnswer one in All)
        {
            foreach (GateAnswer other in All)
            {
                GateAnswer stricter = GateRule.Stricter(one, other);
                Assert.Equal(stricter, GateRule.Stricter(other, one));
                Assert.Contains(stricter, new[] { one, other });
                if (one == GateAnswer.Denied) Assert.Equal(GateAnswer.Denied, stricter);
            }
        }
    }

    [Fact]
    public void Validate_EverythingWrong_SaysAllAtOnce()
    {
        GuardianGateOptions options = new()
        {
            RefreshPeriod = TimeSpan.FromMilliseconds(1), Lease = TimeSpan.Zero, MaximumSymbols = 0,
            OnLeaseExpired = (GatePolicy)9,
        };
        Assert.Equal(4, options.Validate().Count);
        Assert.Empty(new GuardianGateOptions().Validate());
    }
}
