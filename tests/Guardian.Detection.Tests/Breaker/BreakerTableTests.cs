using Guardian.Detection.Breaker;

namespace Guardian.Detection.Tests.Breaker;

public sealed class BreakerTableTests
{
    // The table as the guide documents it; what is not named here must be refused.
    private static readonly Dictionary<(BreakerState, BreakerTrigger), BreakerTarget> Documented = new()
    {
        [(BreakerState.Closed, BreakerTrigger.Trip)] = BreakerTarget.Open,
        [(BreakerState.Closed, BreakerTrigger.EpisodeLimit)] = BreakerTarget.Latched,
        [(BreakerState.Closed, BreakerTrigger.LatchingTrip)] = BreakerTarget.Latched,
        [(BreakerState.Closed, BreakerTrigger.Hold)] = BreakerTarget.Held,
        [(BreakerState.Open, BreakerTrigger.Trip)] = BreakerTarget.Open,
        [(BreakerState.Open, BreakerTrigger.LatchingTrip)] = BreakerTarget.Latched,
        [(BreakerState.Open, BreakerTrigger.BreakOver)] = BreakerTarget.HalfOpen,
        [(BreakerState.Open, BreakerTrigger.Hold)] = BreakerTarget.Held,
        [(BreakerState.HalfOpen, BreakerTrigger.LatchingTrip)] = BreakerTarget.Latched,
        [(BreakerState.HalfOpen, BreakerTrigger.Return)] = BreakerTarget.Open,
        [(BreakerState.HalfOpen, BreakerTrigger.ReturnLimit)] = BreakerTarget.Latched,
        [(BreakerState.HalfOpen, BreakerTrigger.RampStep)] = BreakerTarget.HalfOpen,
        [(BreakerState.HalfOpen, BreakerTrigger.RampDone)] = BreakerTarget.Closed,
        [(BreakerState.HalfOpen, BreakerTrigger.Quiet)] = BreakerTarget.Closed,
        [(BreakerState.HalfOpen, BreakerTrigger.Hold)] = BreakerTarget.Held,
        [(BreakerState.Latched, BreakerTrigger.Trip)] = BreakerTarget.Latched,
        [(BreakerState.Latched, BreakerTrigger.LatchingTrip)] = BreakerTarget.Latched,
        [(BreakerState.Latched, BreakerTrigger.Reset)] = BreakerTarget.HalfOpen,
        [(BreakerState.Latched, BreakerTrigger.Hold)] = BreakerTarget.Held,
    };

    [Fact]
    public void Target_EveryStateAndTrigger_IsDocumentedOrRefused()
    {
        foreach (BreakerState state in Enum.GetValues<BreakerState>())
        {
            foreach (BreakerTrigger trigger in Enum.GetValues<BreakerTrigger>())
            {
                BreakerTarget expected = state == BreakerState.Held
                    ? trigger == BreakerTrigger.ReleaseLast ? BreakerTarget.Beneath : BreakerTarget.Held
                    : Documented.GetValueOrDefault((state, trigger), BreakerTarget.Refused);
                Assert.True(
                    expected == CircuitBreaker.Target(state, trigger),
                    $"{state} x {trigger}: {CircuitBreaker.Target(state, trigger)}, not {expected}");
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(6, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 14)]
    public void Target_OutsideTheTable_IsRefused(byte state, byte trigger) => Assert.Equal(
        BreakerTarget.Refused, CircuitBreaker.Target((BreakerState)state, (BreakerTrigger)trigger));

    [Fact]
    public void Target_ByTimeAlone_NeverLeavesLatched()
    {
        BreakerTrigger[] leaving = [.. Enum.GetValues<BreakerTrigger>().Where(t =>
            CircuitBreaker.Target(BreakerState.Latched, t)
                is not (BreakerTarget.Refused or BreakerTarget.Latched or BreakerTarget.Held))];
        Assert.Equal(BreakerTrigger.Reset, Assert.Single(leaving));
    }
}
