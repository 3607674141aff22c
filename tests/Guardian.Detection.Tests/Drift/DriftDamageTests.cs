using Guardian.Detection.Drift;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests.Drift;

public sealed class DriftDamageTests
{
    private const byte Learning = 1;
    private const byte Judging = 2;

    [Fact]
    public void ReadState_UnknownPhase_IsRefused() =>
        Assert.Equal("Condition failed: 3 is no phase of drift.", Refused(State(3)));

    [Fact]
    public void ReadState_UnknownLevel_IsRefused() =>
        Assert.Equal("Condition failed: 4 is no level.", Refused(State(Learning, level: 4)));

    [Fact]
    public void ReadState_MoreValuesThanEver_IsRefused() => Assert.Equal(
        "Condition failed: 4611686018427387904 values were never recorded.",
        Refused(State(Learning, nonFinite: 1UL << 62)));

    [Fact]
    public void ReadState_AsManyNonFiniteAsMayBe_IsTaken()
    {
        byte[] state = State(Learning, nonFinite: (1UL << 62) - 1, fields: w =>
        {
            w.WriteUnsigned(0);
            w.WriteUnsigned(0);
        });
        Assert.Equal(state, GuardrailLaws.Bytes(GuardrailLaws.Restore(() => Make(), state)));
    }

    [Fact]
    public void ReadState_LearnedAsManyAsTheReference_IsRefused() => Assert.Equal(
        "Condition failed: a count of 1000 is above its limit of 999.", Refused(State(Learning, fields: w =>
        {
            w.WriteUnsigned(0);
            w.WriteUnsigned(1000);
        })));

    [Fact]
    public void ReadState_LearnedNotANumber_IsRefused() => Assert.Equal(
        "Condition failed: learned value 0 is NaN, which is not finite.", Refused(State(Learning, fields: w =>
        {
            w.WriteUnsigned(0);
            w.WriteUnsigned(1);
            w.WriteDouble(double.NaN);
        })));

    [Fact]
    public void ReadState_ReferenceOfNothing_IsRefused() => Assert.Equal(
        "Condition failed: a reference counts at least one value.", Refused(State(Judging, fields: w =>
        {
            w.WriteByte(2);
            w.WriteDouble(0);
            w.WriteUnsigned(0);
            w.WriteUnsigned(0);
        })));

    [Fact]
    public void ReadState_FullWindowOfAnotherLength_IsRefused()
    {
        byte[] state = GuardrailLaws.Bytes(Judged(window: 50));
        Assert.Equal(
            "Condition failed: a window of 50 values was written under another length than 100; "
            + "rebaseline the feature.",
            Refused(state));
    }

    [Fact]
    public void ReadState_IntoAUsedGuardrail_ForgetsWhatItHad()
    {
        DriftGuardrail used = Judged(window: 100);
        byte[] fresh = GuardrailLaws.Bytes(Make());
        StateReader reader = new(fresh);
        used.ReadState(ref reader);
        Assert.Equal(fresh, GuardrailLaws.Bytes(used));
        Assert.Null(used.Reference);
        Assert.Equal("drift.learning", used.Read().Code);
    }

    [Fact]
    public void MeasureNow_LearningThenJudged_IsThePsiOfTheWindow()
    {
        Assert.Equal(double.NaN, Make().MeasureNow());
        Assert.True(Make().WindowCounts.IsEmpty);
        DriftGuardrail drift = Judged(window: 100);
        Assert.Equal(drift.Read().Value, drift.MeasureNow());
        Assert.True(double.IsFinite(drift.MeasureNow()));
        double judged = drift.Read().Value;
        drift.Record(2, 1e9);
        Assert.NotEqual(judged, drift.MeasureNow());
        Assert.Equal(judged, drift.Read().Value);
    }

    private static byte[] State(byte phase, ulong nonFinite = 0, byte level = 0, Action<StateWriter>? fields = null)
    {
        StateWriter writer = new();
        writer.WriteByte(phase);
        writer.WriteUnsigned(nonFinite);
        writer.WriteByte(level);
        writer.WriteSigned(0);
        writer.WriteBool(false);
        fields?.Invoke(writer);
        return writer.ToArray();
    }

    private static string Refused(byte[] state) =>
        Assert.Throws<StateFormatException>(() => GuardrailLaws.Restore(() => Make(), state)).Message;

    private static DriftGuardrail Judged(int window)
    {
        DriftGuardrail drift = Make(window);
        for (int i = 0; i < 1000 + window; i++) drift.Record(1, i % 100);
        return drift;
    }

    private static DriftGuardrail Make(int window = 100) => new("x", DriftPolicy.From(
        new DriftOptions { Reference = 1000, Window = window, Step = 10, EarlyWarnings = false }));
}
