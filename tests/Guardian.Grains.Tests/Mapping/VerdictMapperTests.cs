using Guardian.Contracts;
using Guardian.Grains.Mapping;
using Judged = Guardian.Detection;

namespace Guardian.Grains.Tests.Mapping;

public sealed class VerdictMapperTests
{
    [Fact]
    public void Map_Vocabularies_KeepTheirNames()
    {
        foreach (Judged.Level level in Enum.GetValues<Judged.Level>())
            Assert.Equal(level.ToString(), VerdictMapper.Map(level).ToString());
        foreach (Judged.TradingState state in Enum.GetValues<Judged.TradingState>())
        {
            Assert.Equal(state.ToString(), VerdictMapper.Map(state).ToString());
            Assert.Equal(state, VerdictMapper.Map(VerdictMapper.Map(state)));
        }

        foreach (Judged.Breaker.BreakerState state in Enum.GetValues<Judged.Breaker.BreakerState>())
            Assert.Equal(state.ToString(), VerdictMapper.Map(state).ToString());
        foreach (Judged.GuardrailMode mode in Enum.GetValues<Judged.GuardrailMode>())
            Assert.Equal(mode.ToString(), ((GuardrailMode)mode).ToString());
        foreach (Judged.Events.ObservationKind kind in Enum.GetValues<Judged.Events.ObservationKind>())
            Assert.Equal(kind.ToString(), ((ObservationKind)kind).ToString());
    }

    [Fact]
    public void Map_Reason_TurnsNoNumbersIntoNull()
    {
        var reason = new Judged.Events.Reason(
            "code", "latency", "decision", 120, double.NaN, "ms", 42, double.PositiveInfinity, 5, 6, "words");
        Assert.Equal(
            new Reason
            {
                Code = "code",
                Guardrail = "latency",
                Subject = "decision",
                Value = 120,
                Unit = "ms",
                SampleCount = 42,
                Since = new Timestamp(5),
                Until = new Timestamp(6),
                Text = "words",
            },
            VerdictMapper.Map(in reason));
    }

    [Fact]
    public void Map_Hold_IsAReasonWithActorAndWords()
    {
        Reason reason = VerdictMapper.Map(Bench.Hold("h", TradingState.Halted));
        Assert.Equal(
            ("hold", "hold", "h", "bob: storm", Timestamp.From(Bench.Start)),
            (reason.Code, reason.Guardrail, reason.Subject, reason.Text, reason.Since));
    }

    [Fact]
    public void Readings_ShadowAndSuspect_AreMarked()
    {
        var bench = new Bench();
        bench.SetLimits(("Errors:Mode", "Shadow"));
        bench.Core.Observe(Bench.Unnumbered(
            Observation.Outcome("o", OutcomeKind.Ok),
            Observation.Latency("decision", bench.Clock.Timestamp, new Timestamp(bench.Clock.Now - 500_000_000))));
        Reading[] readings = VerdictMapper.Readings(bench.Core.Engine);
        Assert.Equal(GuardrailMode.Shadow, readings.Single(r => r.Guardrail == "errors").Mode);
        Texts.Equal(["clock-suspect"], readings.Single(r => r.Guardrail == "latency").Marks);
    }
}
