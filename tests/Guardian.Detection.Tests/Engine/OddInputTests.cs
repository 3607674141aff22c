using Guardian.Detection.Breaker;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;

namespace Guardian.Detection.Tests.Engine;

/// <summary>Input that nobody should send: it is counted, and whatever is folded can be read back.</summary>
public sealed class OddInputTests
{
    private static readonly string?[] Names = [null, "", " ", "\n", "market-data", "feed"];

    [Fact]
    public void Apply_OfBlankNamesAndTexts_NeverThrowsAndReadsBack()
    {
        var engine = new GuardianEngine(GuardianPolicy.Default);
        var sink = new Collector();
        long at = EngineBench.Start;
        foreach (ObservationKind kind in Enum.GetValues<ObservationKind>())
        {
            foreach (string? subject in Names)
            {
                foreach (string? text in Names)
                {
                    var o = new Observation(kind, at++, subject!, 5, at - 7_000_000, at, 0, text);
                    engine.Apply(in o, sink);
                }
            }
        }

        Assert.True(engine.Unjudged > 0);
        byte[] state = EngineBench.State(engine);
        Assert.True(state.AsSpan().SequenceEqual(EngineBench.State(EngineBench.Copy(engine))));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 1)]
    [InlineData(long.MinValue)]
    public void Apply_AtTheEndsOfTime_Ends(long at)
    {
        var engine = new GuardianEngine(GuardianPolicy.Default);
        var sink = new Collector();
        foreach (object input in EngineBench.Inputs(3, 300)) EngineBench.Apply(engine, input, sink);
        var o = new Observation(ObservationKind.Latency, at, "market-data", 5);
        engine.Apply(in o, sink);
        engine.Advance(long.MaxValue, sink);
        engine.Apply(in o, sink);
        Assert.Equal(long.MaxValue, engine.Now);
    }

    [Fact]
    public void Apply_OfARebaselineOfABlankFeature_IsRefused()
    {
        var engine = new GuardianEngine(GuardianPolicy.Default);
        string? refusal = engine.Apply(new Rebaselined(EngineBench.Start, " ", null, "ann", "why"), new Collector());
        Assert.Equal("Condition failed: feature is blank; it takes a name.", refusal);
    }

    [Fact]
    public void Advance_OfABreachedStageThatFellSilent_BlocksNobodyForEver()
    {
        var engine = new GuardianEngine(EngineBench.Policy("feed"));
        var sink = new Collector();
        for (int i = 0; i < 200; i++)
        {
            var o = new Observation(ObservationKind.Latency, EngineBench.Start + (i * 10_000_000L), "trade", 300);
            engine.Apply(in o, sink);
        }

        Assert.Equal(BreakerState.Open, engine.Breaker);
        engine.Advance(EngineBench.Start + (150 * EngineBench.Second), sink);
        Assert.Equal(BreakerState.Closed, engine.Breaker);
        Assert.Equal(Level.Unknown, engine.Level);
    }

    [Fact]
    public void Ask_OfAnOrderThatOnlyShrinks_PassesOnTheRampWithoutAPermit()
    {
        var engine = new GuardianEngine(GuardianPolicy.Default);
        var sink = new Collector();
        var o = new Observation(ObservationKind.Latency, EngineBench.Start, "market-data", 5);
        engine.Apply(in o, sink);
        engine.Advance(EngineBench.Start + (31 * EngineBench.Second), sink);
        for (int i = 0; i < 80; i++)
        {
            long at = engine.Now + (EngineBench.Second / 10);
            var sample = new Observation(ObservationKind.Latency, at, "market-data", 5);
            engine.Apply(in sample, sink);
        }

        Assert.Equal(BreakerState.HalfOpen, engine.Breaker);
        Assert.Equal(AnswerKind.AllowedReducing, engine.Ask("exit", true, engine.Now, sink).Kind);
    }
}
