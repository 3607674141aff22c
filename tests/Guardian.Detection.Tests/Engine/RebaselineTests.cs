using Guardian.Detection.Breaker;
using Guardian.Detection.Drift;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;

namespace Guardian.Detection.Tests.Engine;

/// <summary>A person's new reference, bad ones included, and features that come, go or change scale.</summary>
public sealed class RebaselineTests
{
    private const long Second = EngineBench.Second;
    private const string Feature = "score";

    private readonly Collector _seen = new();
    private long _now = EngineBench.Start;

    [Fact]
    public void Apply_UploadedReference_IsJudgedWithoutLearning()
    {
        GuardianEngine engine = Make();
        Assert.Null(engine.Apply(New(Ramp()), _seen));
        Assert.Equal((Level.Unknown, "drift.filling"), (ReadingOf(engine).Level, ReadingOf(engine).Code));
        Feed(engine, 150, i => i % 100);
        Assert.Equal((Level.Healthy, "drift.psi"), (ReadingOf(engine).Level, ReadingOf(engine).Code));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(9, 0)]
    [InlineData(9, 500)]
    [InlineData(0, 1_000)]
    [InlineData(0, 0)]
    public void Apply_TooFewFiniteValues_IsRefusedAndNothingChanges(int finite, int notFinite)
    {
        GuardianEngine engine = Make();
        Feed(engine, 30, i => i);
        byte[] before = EngineBench.State(engine);
        int written = _seen.Items.Count;
        int sent = finite + notFinite;
        double[] values =
        [
            .. Enumerable.Range(0, finite).Select(i => (double)i),
            .. Enumerable.Range(0, notFinite).Select(i => i % 2 == 0 ? double.NaN : double.NegativeInfinity),
        ];
        Assert.Equal(
            $"Condition failed: the reference of feature score has {finite} finite values ({sent} sent); 10 bins need "
                + "at least 10. Send more values, or leave the reference out to learn it.",
            engine.Apply(New(values), _seen));
        Assert.Equal(before, EngineBench.State(engine));
        Assert.Equal(written, _seen.Items.Count);
    }

    [Fact]
    public void Apply_TenFiniteValuesAmongNaN_IsTaken()
    {
        GuardianEngine engine = Make();
        double[] values = [double.NaN, .. Enumerable.Range(0, 10).Select(i => (double)i), double.PositiveInfinity];
        Assert.Null(engine.Apply(New(values), _seen));
    }

    [Theory]
    [InlineData(100_000, null)]
    [InlineData(100_001, "Condition failed: the reference of feature score has 100001 values; at most 100000 are taken."
        + " Send a sample of it.")]
    public void Apply_AtTheLargestReference_IsTakenAndOneMoreRefused(int count, string? refusal) =>
        Assert.Equal(refusal, Make().Apply(New(Ramp(count)), _seen));

    [Fact]
    public void Apply_FeatureBeyondTheLast_IsRefusedWithoutAddingIt()
    {
        GuardianEngine engine = Make();
        for (int i = 0; i < GuardianEngine.MaximumSubjects; i++)
            engine.Apply(new Observation(ObservationKind.Feature, _now, $"f{i}", 1), _seen);
        Assert.Equal(
            "Condition failed: feature score: at most 64 subjects of one kind per symbol.",
            engine.Apply(New(Ramp()), _seen));
        Assert.Equal(GuardianEngine.MaximumSubjects, engine.Readings().Count());
    }

    [Fact]
    public void WhyNotRelearned_FeatureNeverSeen_NamesTheKnownOnes()
    {
        GuardianEngine engine = Make();
        Assert.Equal(
            "Condition failed: feature scoer was never seen, so it can't be learned anew; none is known. Name one "
                + "that is known, or send values as its reference.",
            engine.WhyNotRelearned("scoer"));
        engine.Apply(new Observation(ObservationKind.Feature, _now, "spread", 1), _seen);
        engine.Apply(new Observation(ObservationKind.Feature, _now, Feature, 1), _seen);
        Assert.Equal(
            "Condition failed: feature scoer was never seen, so it can't be learned anew; known are score, spread. "
                + "Name one that is known, or send values as its reference.",
            engine.WhyNotRelearned("scoer"));
        Assert.Null(engine.WhyNotRelearned(Feature));
    }

    [Fact]
    public void Apply_DriftIsOff_IsRefused()
    {
        var engine = new GuardianEngine(EngineBench.Policy("default", ("Drift:Mode", "Off")));
        Assert.Equal(
            "Condition failed: feature score has no reference: Drift:Mode is Off. Set Enforce or Shadow.",
            engine.Apply(New(Ramp()), _seen));
        Assert.Empty(engine.Readings());
    }

    [Fact]
    public void Apply_ConstantReference_BreachesWhenTheFeatureMovesAndNotWhenItStays()
    {
        GuardianEngine engine = Make();
        Assert.Null(engine.Apply(New([.. Enumerable.Repeat(5.0, 1_000)]), _seen));
        Feed(engine, 170, _ => 5);
        Assert.Equal(Level.Healthy, ReadingOf(engine).Level);
        Feed(engine, 170, _ => 5.000001);
        Assert.Equal(Level.Breach, ReadingOf(engine).Level);
    }

    [Fact]
    public void Apply_OpenEpisode_LevelIsUnknownAndTheEpisodeStaysWithTheBreaker()
    {
        GuardianEngine engine = Make();
        engine.Apply(New(Ramp()), _seen);
        Feed(engine, 190, _ => 1_000);
        Assert.Equal((BreakerState.Open, 1L), (engine.Breaker, engine.Episode));
        engine.Advance(_now += 60 * Second, _seen);
        Assert.Equal(BreakerState.Open, engine.Breaker);

        Assert.Null(engine.Apply(New([.. Enumerable.Repeat(1_000.0, 500)]), _seen));

        Assert.Equal((Level.Unknown, "drift.filling"), (ReadingOf(engine).Level, ReadingOf(engine).Code));
        Transition left = _seen.Transitions.Last(t => t.Guardrail == GuardrailKind.Drift);
        Assert.Equal(("Breach", "Unknown", 1L), (left.From, left.To, left.Episode));
        // What opened it no longer holds it open: its break is over already, so the probes begin.
        engine.Advance(_now += 1, _seen);
        Assert.Equal((BreakerState.HalfOpen, 1L), (engine.Breaker, engine.Episode));
        engine.Advance(_now += 40 * Second, _seen);
        Assert.Equal((BreakerState.Closed, 1L), (engine.Breaker, engine.Episode));
        Feed(engine, 200, _ => 1_000);
        Assert.Equal((BreakerState.Closed, Level.Healthy), (engine.Breaker, ReadingOf(engine).Level));
    }

    [Fact]
    public void Apply_NullReference_LearnsAnewFromTheNextValues()
    {
        GuardianEngine engine = Make();
        engine.Apply(New(Ramp()), _seen);
        Feed(engine, 190, _ => 1_000);
        Assert.Null(engine.Apply(New(null), _seen));
        Assert.Equal((Level.Unknown, "drift.learning"), (ReadingOf(engine).Level, ReadingOf(engine).Code));
        Feed(engine, 1_000 + 150, i => 1_000 + (i % 100));
        Assert.Equal((Level.Healthy, "drift.psi"), (ReadingOf(engine).Level, ReadingOf(engine).Code));
    }

    [Fact]
    public void Apply_ReplayedFromItsBytes_GivesTheSameState()
    {
        GuardianEngine engine = Make();
        var packer = new EventPacker();
        engine.Apply(New([1, double.NaN, .. Ramp(50)]), packer);
        GuardianEngine copy = Make();
        var stored = new Collector();
        EventUnpacker.Unpack(packer.ToArray(), 1, stored);
        copy.Apply(Assert.IsType<Rebaselined>(stored.Items[0].Event), _seen);
        Assert.Equal(EngineBench.State(engine), EngineBench.State(copy));
    }

    [Fact]
    public void Apply_FeatureThatAppearsLater_IsLearnedByItself()
    {
        GuardianEngine engine = Make();
        engine.Apply(New(Ramp()), _seen);
        Feed(engine, 190, _ => 1_000);
        engine.Apply(new Observation(ObservationKind.Feature, _now, "late", 1), _seen);
        Reading late = engine.Readings().Single(r => r.Reading.Subject == "late").Reading;
        Assert.Equal((Level.Unknown, "drift.learning", 1d), (late.Level, late.Code, late.Value));
        Assert.Equal(Level.Breach, ReadingOf(engine).Level);
    }

    [Fact]
    public void Apply_FeatureThatVanishes_KeepsItsLastJudgement()
    {
        // Its silence is no drift: features have no staleness limit, and a level changes only by values.
        GuardianEngine engine = Make();
        engine.Apply(New(Ramp()), _seen);
        Feed(engine, 150, i => i % 100);
        Reading before = ReadingOf(engine);
        engine.Advance(_now += 7 * 24 * 3_600 * Second, _seen);
        Assert.Equal(before, ReadingOf(engine));
        Assert.Equal(Level.Healthy, before.Level);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(-1)]
    [InlineData(1e300)]
    public void Apply_FeatureThatChangesScale_Breaches(double factor)
    {
        GuardianEngine engine = Make();
        engine.Apply(New(Ramp()), _seen);
        Feed(engine, 150, i => i % 100);
        Feed(engine, 170, i => (i % 100) * factor);
        Reading reading = ReadingOf(engine);
        Assert.Equal((Level.Breach, "drift.psi"), (reading.Level, reading.Code));
        Assert.True(reading.Value > reading.Limit && reading.NoiseLine > 0 && reading.SampleCount == 150, $"{reading}");
    }

    [Fact]
    public void Apply_FeatureThatTurnsNaN_Breaches()
    {
        GuardianEngine engine = Make();
        engine.Apply(New(Ramp()), _seen);
        Feed(engine, 150, i => i % 100);
        Feed(engine, 10, _ => double.NaN);
        Assert.Equal((Level.Warning, "drift.nonfinite"), (ReadingOf(engine).Level, ReadingOf(engine).Code));
        Feed(engine, 160, _ => double.NaN);
        Assert.Equal((Level.Breach, "drift.nan"), (ReadingOf(engine).Level, ReadingOf(engine).Code));
    }

    [Theory]
    [InlineData("Latency:Limit", "200ms", "drift.filling")]
    [InlineData("Drift:Window", "160", "drift.learning")]
    [InlineData("Drift:Bins", "5", "drift.learning")]
    public void Apply_ChangedLimits_KeepAReferenceUnlessItWasFrozenByThem(string path, string value, string code)
    {
        GuardianEngine engine = Make();
        engine.Apply(New(Ramp()), _seen);
        Feed(engine, 150, i => i % 100);
        KeyValuePair<string, string>[] overrides =
            [.. engine.Policy.Overrides.Where(o => o.Key != path), new(path, value)];
        Assert.Null(engine.Apply(new LimitsChanged(_now, "default", overrides, "ann", "test"), _seen));
        engine.Apply(new Observation(ObservationKind.Feature, _now, Feature, 1), _seen);
        Assert.Equal((Level.Unknown, code), (ReadingOf(engine).Level, ReadingOf(engine).Code));
    }

    private static GuardianEngine Make() => new(EngineBench.Policy(
        "default", ("Drift:Window", "150"), ("Drift:Step", "10"), ("Drift:EarlyWarnings", "false")));

    private static double[] Ramp(int count = 1_000) => [.. Enumerable.Range(0, count).Select(i => (double)(i % 100))];

    private static Reading ReadingOf(GuardianEngine engine) =>
        engine.Readings().Single(r => r.Reading.Subject == Feature).Reading;

    private Rebaselined New(double[]? values) => new(_now, Feature, values, "ann", "test");

    private void Feed(GuardianEngine engine, int count, Func<int, double> value)
    {
        for (int i = 0; i < count; i++)
            engine.Apply(new Observation(ObservationKind.Feature, _now += Second, Feature, value(i)), _seen);
    }
}
