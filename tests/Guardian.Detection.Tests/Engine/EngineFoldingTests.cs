using Guardian.Detection.Breaker;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;

namespace Guardian.Detection.Tests.Engine;

/// <summary>What each kind of observation and event does to the engine, one at a time.</summary>
public sealed class EngineFoldingTests
{
    private readonly Collector _seen = new();
    private long _now = EngineBench.Start;

    [Fact]
    public void Apply_EachKind_ReachesItsOwnGuardrail()
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Latency, "decision", 5);
        Send(engine, ObservationKind.Feature, "score", 1);
        Send(engine, ObservationKind.Outcome, "o1", 0);
        Send(engine, ObservationKind.Pending, "gateway", 0);
        Send(engine, ObservationKind.Price, "mid", 1);
        Assert.Equal(["Latency decision 1", "Drift score 1", "Errors orders 1", "Pending gateway 1"], Samples(engine));
        Assert.Equal((6L, 0L, 4), (engine.Sequence, engine.Unjudged, engine.Guardrails));
        // The fifth is what the age brought forth.
        Assert.Equal([1L, 2, 3, 4, 6], _seen.Items.Where(i => i.Observation is not null).Select(i => i.Sequence));
    }

    [Theory]
    [InlineData(null, "default")]
    [InlineData("  ", "default")]
    [InlineData("ntp", "ntp")]
    public void Apply_LatencyByBothTimes_ItsSourceHasAClock(string? text, string source)
    {
        GuardianEngine engine = Fresh();
        engine.Apply(
            new Observation(ObservationKind.Latency, _now, "decision", double.NaN, _now - 7_000_000, _now, Text: text),
            _seen);
        Assert.Equal(["Latency decision 1", $"Clock {source} 1"], Samples(engine));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void Apply_LatencyWithOneOfTheTwoTimes_IsItsValue(long sent, long received)
    {
        GuardianEngine engine = Fresh();
        engine.Apply(new Observation(ObservationKind.Latency, _now, "decision", 7, sent, received), _seen);
        Assert.Equal(["Latency decision 1"], Samples(engine));
        Assert.Equal(0, engine.Unjudged);
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(-0.001, 0, 1)]
    [InlineData(double.NaN, 0, 1)]
    public void Apply_LatencyAtTheEndOfItsRange_IsASampleOrUnjudged(double value, int samples, int unjudged)
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Latency, "decision", value);
        Assert.Equal([$"Latency decision {samples}"], Samples(engine));
        Assert.Equal(unjudged, engine.Unjudged);
    }

    [Theory]
    [InlineData(ObservationKind.Latency)]
    [InlineData(ObservationKind.Pending)]
    [InlineData(ObservationKind.Feature)]
    public void Apply_MoreSubjectsThanThereIsRoomFor_TheRestIsUnjudged(ObservationKind kind)
    {
        GuardianEngine engine = Fresh();
        for (int i = 0; i < GuardianEngine.MaximumSubjects + 3; i++) Send(engine, kind, $"s{i}", 1);
        Assert.Equal((GuardianEngine.MaximumSubjects, 3L), (engine.Guardrails, engine.Unjudged));
        Assert.Null(engine.WhyNoRoom(kind, "s0"));
        Assert.Null(engine.WhyNoRoom(ObservationKind.Outcome, "any"));
        Assert.Equal(
            $"at most {GuardianEngine.MaximumSubjects} subjects of one kind per symbol", engine.WhyNoRoom(kind, "one"));
        Send(engine, kind, "s1", 1);
        Assert.Equal(3, engine.Unjudged);
    }

    [Fact]
    public void Apply_MoreClocksThanThereIsRoomFor_TheLatencyIsUnjudged()
    {
        GuardianEngine engine = Fresh();
        for (int i = 0; i < GuardianEngine.MaximumSubjects + 2; i++)
        {
            engine.Apply(
                new Observation(
                    ObservationKind.Latency, ++_now, "decision", double.NaN, _now - 7_000_000, _now, Text: $"c{i}"),
                _seen);
        }

        Assert.Equal((GuardianEngine.MaximumSubjects + 1, 2L), (engine.Guardrails, engine.Unjudged));
        Assert.Contains($"Latency decision {GuardianEngine.MaximumSubjects}", Samples(engine), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("Latency", ObservationKind.Latency)]
    [InlineData("Errors", ObservationKind.Outcome)]
    [InlineData("Pending", ObservationKind.Pending)]
    [InlineData("Drift", ObservationKind.Feature)]
    public void Apply_GuardrailIsOff_NothingWatchesAndNothingIsUnjudged(string guardrail, ObservationKind kind)
    {
        var engine = new GuardianEngine(EngineBench.Policy("default", ($"{guardrail}:Mode", "Off")));
        Send(engine, kind, "s", 1);
        Assert.Equal((0, 0L, 1L), (engine.Guardrails, engine.Unjudged, engine.Sequence));
        Assert.Equal(Level.Unknown, engine.Level);
    }

    [Theory]
    [InlineData(double.NaN, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(9, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void Apply_ManyOutcomesOfOneKind_ErrorsTrip(double outcome, bool trips)
    {
        GuardianEngine engine = Fresh();
        for (int i = 0; i < 50; i++) Send(engine, ObservationKind.Outcome, $"o{i}", outcome);
        Assert.Equal(trips, engine.Breaker == BreakerState.Open);
        Assert.Equal(trips, engine.Reasons().Any(r => r.Guardrail is "errors"));
    }

    [Fact]
    public void Apply_OrderUnansweredForLong_TripsAndBadAgesAreUnjudged()
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Pending, "gateway", double.NaN);
        Assert.Equal(1, engine.Unjudged);
        Send(engine, ObservationKind.Pending, "gateway", 0);
        Assert.Equal((1L, BreakerState.Closed), (engine.Unjudged, engine.Breaker));
        Send(engine, ObservationKind.Pending, "gateway", 60_000);
        Assert.Equal(BreakerState.Open, engine.Breaker);
        Assert.Equal("pending", Assert.Single(engine.Reasons()).Guardrail);
    }

    [Fact]
    public void Apply_FeedIsBackAfterASilence_TheBreakRunsAndTellsWhy()
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Latency, "market-data", 5);
        engine.Advance(_now += 40 * EngineBench.Second, _seen);
        Assert.Equal((BreakerState.Open, Level.Breach), (engine.Breaker, engine.Level));
        for (int i = 0; i < 200 && engine.Level == Level.Breach; i++) Tick(engine);
        Assert.NotEqual(Level.Breach, engine.Level);
        // Why it tripped is told until it closes, with nothing in breach.
        Reason reason = Assert.Single(engine.Reasons());
        Assert.Equal(("staleness", engine.Until), (reason.Guardrail, reason.Until));
        for (int i = 0; i < 200 && engine.Breaker == BreakerState.Open; i++) Tick(engine);
        Assert.Equal(BreakerState.HalfOpen, engine.Breaker);
    }

    [Fact]
    public void Level_OfSeveralGuardrails_IsTheWorstWhereverItStands()
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Pending, "first", 0);
        Send(engine, ObservationKind.Pending, "second", 60_000);
        Send(engine, ObservationKind.Pending, "third", 0);
        Assert.Equal(Level.Breach, engine.Level);
    }

    [Fact]
    public void Apply_LimitsChanged_WindowsStartAnewAndSeenStagesStaySeen()
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Latency, "market-data", 5);
        Send(engine, ObservationKind.Outcome, "o1", 0);
        Send(engine, ObservationKind.Pending, "gateway", 0);
        Send(engine, ObservationKind.Feature, "score", 1);
        engine.Advance(_now += 40 * EngineBench.Second, _seen);
        Assert.Equal(BreakerState.Open, engine.Breaker);
        Assert.Null(engine.Apply(new LimitsChanged(_now, "default", [], "ann", "test"), _seen));
        Assert.Equal(
            ["Latency market-data", "Staleness market-data"], (string[])[.. Samples(engine).Select(s => s[..^2])]);
        // Nothing blocks any more: the break runs and ends, and silence counts from the change.
        Assert.Equal(
            0, engine.Readings().Single(r => r.Reading.Guardrail == GuardrailKind.Staleness).Reading.Value);
        for (int i = 0; i < 200 && engine.Breaker == BreakerState.Open; i++) Tick(engine);
        Assert.Equal(BreakerState.HalfOpen, engine.Breaker);
        engine.Advance(_now + (30 * EngineBench.Second), _seen);
        Assert.Equal(BreakerState.Open, engine.Breaker);
    }

    [Fact]
    public void Apply_LatchRestored_TellsWhyUnlessItIsKnownAlready()
    {
        GuardianEngine engine = Fresh();
        Assert.Null(engine.Apply(new LatchRestored(_now, 3, _now - 5, "first board"), _seen));
        Assert.Null(engine.Apply(new LatchRestored(_now, 3, _now - 5, "second board"), _seen));
        Reason reason = Assert.Single(engine.Reasons());
        Assert.Equal(("breaker.latch-restored", "first board"), (reason.Code, reason.Text));
        Assert.Equal(_now - 5, reason.Since);
        Assert.Equal(BreakerState.Latched, engine.Breaker);
    }

    [Fact]
    public void Apply_EventsInThePast_AreRaisedToNowAndNumbered()
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Latency, "decision", 5);
        engine.Apply(new Observation(ObservationKind.Latency, _now - 9, "decision", 6), _seen);
        Assert.Null(engine.Apply(new HoldPlaced(_now - 8, "h", TradingState.Halted, "ann", "test"), _seen));
        Assert.Equal([1L, 2, 3, 4], _seen.Items.Select(i => i.Sequence));
        Assert.Equal([_now, _now], _seen.Items.Take(2).Select(i => i.Observation!.Value.At));
        Assert.Equal(_now, _seen.Items[2].Event!.At);
        // What has its time already is the very same event.
        var placed = new HoldPlaced(_now, "i", TradingState.Halted, "ann", "test");
        engine.Apply(placed, _seen);
        Assert.Contains(_seen.Items, i => ReferenceEquals(i.Event, placed));
    }

    [Fact]
    public void Epochs_BeginContinueAndSkip_NumberWhatComes()
    {
        GuardianEngine engine = Fresh();
        engine.ContinueEpoch(4, 7, 20);
        Send(engine, ObservationKind.Latency, "decision", 5);
        Assert.Equal(21, engine.Sequence);
        engine.SkipTo(19);
        Assert.Equal(21, engine.Sequence);
        engine.SkipTo(30);
        Assert.Equal(30, engine.Sequence);
        engine.BeginEpoch(5, 8);
        Assert.Equal(0, engine.Sequence);
        // A probe without an order's id is named after epoch, generation and number.
        Send(engine, ObservationKind.Pending, "gateway", 60_000);
        Send(engine, ObservationKind.Pending, "gateway", 0);
        engine.Advance(_now = engine.Until, _seen);
        Answer answer = engine.Ask(orderId: null, mayShrinkOnly: false, _now, _seen);
        Assert.Equal(AnswerKind.AllowedProbe, answer.Kind);
        Assert.Equal($"p5-8-{engine.Sequence}", answer.PermitId);
    }

    [Fact]
    public void Apply_TransitionsOfAGuardrail_CarryTheOpenEpisodeOnly()
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Pending, "gateway", 60_000);
        Send(engine, ObservationKind.Pending, "gateway", 0);
        Transition[] pending = [.. _seen.Transitions.Where(t => t.Guardrail == GuardrailKind.Pending)];
        Assert.Equal([0L, 1L], pending.Select(t => t.Episode).Distinct());
        Assert.Equal(1, engine.Episode);
    }

    [Fact]
    public void Advance_TheBreakIsOver_OrderFedGuardrailsStartAnew()
    {
        GuardianEngine engine = Fresh();
        for (int i = 0; i < 50; i++) Send(engine, ObservationKind.Outcome, $"o{i}", 2);
        Assert.Equal(BreakerState.Open, engine.Breaker);
        engine.Advance(_now = engine.Until, _seen);
        Assert.Equal(BreakerState.HalfOpen, engine.Breaker);
        Assert.Equal(["Errors orders 0"], Samples(engine));
        Assert.Equal(Level.Unknown, engine.Level);
    }

    [Fact]
    public void LatencyWindows_OfEachStage_HoldItsSamples()
    {
        GuardianEngine engine = Fresh();
        Send(engine, ObservationKind.Latency, "decision", 5);
        Send(engine, ObservationKind.Latency, "decision", 6);
        Send(engine, ObservationKind.Latency, "market-data", 7);
        Assert.Equal(
            [("decision", 2L), ("market-data", 1L)], engine.LatencyWindows().Select(w => (w.Stage, w.Window.Count)));
    }

    private static GuardianEngine Fresh()
    {
        var engine = new GuardianEngine(GuardianPolicy.Default);
        engine.BeginEpoch(1, 1);
        return engine;
    }

    private static string[] Samples(GuardianEngine engine) =>
        [.. engine.Readings().Select(r => $"{r.Reading.Guardrail} {r.Reading.Subject} {r.Reading.SampleCount}")];

    private void Tick(GuardianEngine engine)
    {
        _now += EngineBench.Second;
        Send(engine, ObservationKind.Latency, "market-data", 5);
    }

    private void Send(GuardianEngine engine, ObservationKind kind, string subject, double value) =>
        engine.Apply(new Observation(kind, _now += 1_000_000, subject, value), _seen);
}
