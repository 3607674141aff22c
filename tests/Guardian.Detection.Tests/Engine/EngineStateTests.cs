using Guardian.Detection.Breaker;
using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;

namespace Guardian.Detection.Tests.Engine;

/// <summary>What an engine's state keeps, and which bytes are no state.</summary>
public sealed class EngineStateTests
{
    private readonly Collector _seen = new();
    private long _now = EngineBench.Start;

    [Fact]
    public void ReadState_LimitsWithOverrides_AreInForceAgain()
    {
        GuardianPolicy policy = EngineBench.Policy("feed", ("Latency:Limit", "123ms"), ("Breaker:FirstBreak", "7s"));
        GuardianEngine copy = EngineBench.Copy(new GuardianEngine(policy));
        Assert.Equal(("feed", policy.Hash), (copy.Policy.Profile, copy.Policy.Hash));
        Assert.Equal(policy.Overrides, copy.Policy.Overrides);
        Assert.Equal(2, copy.Policy.Overrides.Length);
    }

    [Fact]
    public void ReadState_StagesWithAndWithoutGuardrails_AreInTheirOrder()
    {
        var engine = new GuardianEngine(EngineBench.Policy("default", ("Latency:Mode", "Off")));
        foreach (string stage in (string[])["a", "market-data", "b"])
            engine.Apply(new Observation(ObservationKind.Latency, ++_now, stage, 5), _seen);
        byte[] state = EngineBench.State(engine);
        Assert.Equal(state, EngineBench.State(EngineBench.Copy(engine)));
        Assert.Equal(1, EngineBench.Copy(engine).Guardrails);
    }

    [Fact]
    public void ReadState_OneBreachOfTwo_TheSecondLatches()
    {
        var engine = new GuardianEngine(EngineBench.Policy(
            "default",
            ("Drift:Window", "150"),
            ("Drift:Step", "10"),
            ("Drift:EarlyWarnings", "false"),
            ("Drift:LatchingBreaches", "2")));
        Breach(engine);
        Assert.Equal(BreakerState.Open, engine.Breaker);
        engine = EngineBench.Copy(engine);
        Breach(engine);
        Assert.Equal(BreakerState.Latched, engine.Breaker);
    }

    [Fact]
    public void ReadState_OfAnotherFormatOrNewerRules_IsRefused()
    {
        byte[] state = EngineBench.State(new GuardianEngine(GuardianPolicy.Default));
        byte[] format = [2, .. state[1..]];
        Assert.Equal("Condition failed: state format 2 is not 1.", Refused(format));
        var newer = new StateWriter();
        newer.WriteByte(1);
        newer.WriteSigned(GuardianEngine.Version + 1);
        Assert.Equal(
            $"Condition failed: rules of version {GuardianEngine.Version + 1} are newer than {GuardianEngine.Version}.",
            Refused(newer.ToArray()));
        var older = new StateWriter();
        older.WriteByte(1);
        older.WriteSigned(GuardianEngine.Version - 1);
        byte[] rest = state[older.ToArray().Length..];
        Assert.Null(Refused([.. older.ToArray(), .. rest]));
    }

    [Theory]
    [InlineData(0, "market-data", "Condition failed: a state for guardrail 0 on 'market-data' does not belong here.")]
    [InlineData(1, " ", "Condition failed: a state for guardrail 1 on ' ' does not belong here.")]
    [InlineData(99, "x", "Condition failed: a state for guardrail 99 on 'x' does not belong here.")]
    public void ReadState_AGuardrailThatIsNone_IsRefused(byte kind, string subject, string expected)
    {
        StateWriter writer = UpToSlots();
        writer.WriteUnsigned(1);
        writer.WriteByte(kind);
        writer.WriteString(subject);
        writer.WriteUnsigned(0);
        Assert.Equal(expected, Refused(writer.ToArray()));
    }

    [Fact]
    public void ReadState_AStageWithoutAName_IsRefused()
    {
        StateWriter writer = UpToSlots();
        writer.WriteUnsigned(0);
        writer.WriteUnsigned(1);
        writer.WriteString(" ");
        Assert.Equal(
            "Condition failed: a state for guardrail 1 on ' ' does not belong here.", Refused(writer.ToArray()));
    }

    // All of an empty state but its two counts, which are zero.
    private static StateWriter UpToSlots()
    {
        byte[] state = EngineBench.State(new GuardianEngine(GuardianPolicy.Default));
        Assert.Equal([0, 0], state[^2..]);
        var writer = new StateWriter();
        foreach (byte one in state[..^2]) writer.WriteByte(one);
        return writer;
    }

    private static string? Refused(byte[] state) =>
        Refusal.Of(state, (ref StateReader reader) => GuardianEngine.ReadState(ref reader));

    private void Breach(GuardianEngine engine)
    {
        double[] values = [.. Enumerable.Range(0, 1_000).Select(v => (double)(v % 100))];
        Assert.Null(engine.Apply(new Rebaselined(_now, "score", values, "ann", "test"), _seen));
        for (int v = 0; v < 190; v++)
            engine.Apply(new Observation(ObservationKind.Feature, _now += EngineBench.Second, "score", 1_000), _seen);
    }
}
