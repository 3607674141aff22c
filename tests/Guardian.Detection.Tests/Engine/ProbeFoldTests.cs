using Guardian.Detection.Breaker;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;

namespace Guardian.Detection.Tests.Engine;

/// <summary>How orders that go out as probes lead out of a trip, or do not.</summary>
public sealed class ProbeFoldTests
{
    private readonly Collector _sink = new();
    private readonly GuardianEngine _engine = new(GuardianPolicy.Default);

    [Fact]
    public void Outcome_GoodAndFast_ClosesAfterTheRamp()
    {
        TripByOrders();
        for (int i = 0; i < 20; i++)
        {
            Answer answer = Probe($"p{i}");
            Assert.Equal(AnswerKind.AllowedProbe, answer.Kind);
            Assert.Equal(new[] { 0.1, 0.25, 0.5, 1.0 }[i / 5], answer.SizeFactor);
            Finish($"p{i}", latencyMs: 20, OutcomeKind.Ok);
        }

        Assert.Equal(BreakerState.Closed, _engine.Breaker);
        Assert.Equal(AnswerKind.Allowed, Probe("after").Kind);
    }

    [Fact]
    public void Outcome_GoodButOrdersAreSlow_NeitherClosesNorOpens()
    {
        TripByOrders();
        for (int i = 0; i < 60; i++)
        {
            if (Probe($"p{i}").Kind == AnswerKind.AllowedProbe) Finish($"p{i}", latencyMs: 250, OutcomeKind.Ok);
        }

        Assert.Equal(BreakerState.HalfOpen, _engine.Breaker);
        Assert.Equal(1, _engine.Episode);
    }

    [Theory]
    [InlineData(OutcomeKind.Error)]
    [InlineData(OutcomeKind.Timeout)]
    public void Outcome_Bad_GoesBackToOpenInTheSameEpisode(OutcomeKind outcome)
    {
        TripByOrders();
        Probe("p");
        Finish("p", latencyMs: 20, outcome);
        Assert.Equal(BreakerState.Open, _engine.Breaker);
        Assert.Equal(1, _engine.Episode);
    }

    [Fact]
    public void Ask_WithEnoughProbesOut_IsDeniedUntilALeaseEnds()
    {
        TripByOrders();
        for (int i = 0; i < 5; i++) Assert.Equal(AnswerKind.AllowedProbe, Probe($"p{i}").Kind);
        Assert.Equal(AnswerKind.DeniedProbes, Probe("one too many").Kind);
        long leaseEnds = _engine.Now + (6 * EngineBench.Second);
        Assert.Equal(AnswerKind.AllowedProbe, _engine.Ask("later", false, leaseEnds, _sink).Kind);
    }

    [Fact]
    public void Activated_WithPermitsOut_VoidsThem()
    {
        TripByOrders();
        Probe("p");
        _engine.Apply(new Activated(_engine.Now, GuardianEngine.Version, "h", "journal", 1), _sink);
        Finish("p", latencyMs: 20, OutcomeKind.Error);
        Assert.Equal(BreakerState.HalfOpen, _engine.Breaker);
    }

    private void TripByOrders()
    {
        for (int i = 0; i < 110; i++) Finish("o", latencyMs: 200, OutcomeKind.Ok);
        Assert.Equal(BreakerState.Open, _engine.Breaker);
        Assert.Equal(AnswerKind.DeniedHalted, Probe("denied").Kind);
        _engine.Advance(_engine.Until, _sink);
        Assert.Equal(BreakerState.HalfOpen, _engine.Breaker);
    }

    private Answer Probe(string id) => _engine.Ask(id, false, _engine.Now + (EngineBench.Second / 100), _sink);

    private void Finish(string id, double latencyMs, OutcomeKind outcome)
    {
        long at = Math.Max(_engine.Now, EngineBench.Start) + (EngineBench.Second / 20);
        var latency = new Observation(ObservationKind.Latency, at, "order-ack", latencyMs);
        _engine.Apply(in latency, _sink);
        var end = new Observation(ObservationKind.Outcome, at, id, (double)outcome);
        _engine.Apply(in end, _sink);
    }
}
