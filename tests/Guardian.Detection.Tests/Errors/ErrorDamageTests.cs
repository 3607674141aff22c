using Guardian.Detection.Encoding;
using Guardian.Detection.Errors;
using Guardian.Detection.Events;

namespace Guardian.Detection.Tests.Errors;

public sealed class ErrorDamageTests
{
    private const long Second = 1_000_000_000;
    private const long Start = 1_700_000_000 * Second;

    [Fact]
    public void ReadState_IntoAUsedGuardrail_ForgetsWhatItHad()
    {
        ErrorGuardrail used = Used();
        byte[] fresh = GuardrailLaws.Bytes(New());
        StateReader reader = new(fresh);
        used.ReadState(ref reader);
        Assert.Equal(fresh, GuardrailLaws.Bytes(used));
        for (int i = 0; i < 20; i++) used.Record(Start, OutcomeKind.Ok);
        Assert.Equal((20L, 0.0), (used.Read().SampleCount, used.Read().Value));
    }

    [Fact]
    public void ReadState_CutAnywhere_LeavesAGuardrailAsIfNew()
    {
        byte[] good = GuardrailLaws.Bytes(Used());
        byte[] fresh = GuardrailLaws.Bytes(New());
        for (int cut = 0; cut < good.Length; cut++)
        {
            ErrorGuardrail errors = Used();
            Refused(errors, good[..cut]);
            Assert.True(fresh.AsSpan().SequenceEqual(GuardrailLaws.Bytes(errors)), $"cut at {cut}");
        }
    }

    [Fact]
    public void ReadState_FifthLevel_IsRefused() => Assert.Equal(
        "Condition failed: 4 is no level.", Refused(New(), State(level: 4, span: 0, outcomes: 1)));

    [Fact]
    public void ReadState_SlotsOfMoreThanTheWindow_AreRefused() => Assert.Equal(
        "Condition failed: a count of 30 is above its limit of 29.",
        Refused(New(), State(level: 0, span: 30, outcomes: 20)));

    [Theory]
    [InlineData(19)]
    [InlineData(0)]
    public void ReadState_OtherSumThanItSays_IsRefused(int outcomes) => Assert.Equal(
        $"Condition failed: {outcomes} outcomes in the slots but 20 in all.",
        Refused(New(), State(level: 0, span: 0, outcomes)));

    [Fact]
    public void Confirmed_RatioFallsAndComesBack_WaitsAnew()
    {
        ErrorGuardrail errors = New();
        for (int i = 0; i < 20; i++) errors.Record(Start, i % 2 == 0 ? OutcomeKind.Error : OutcomeKind.Ok);
        errors.Record(Start + Second, OutcomeKind.Ok);
        Assert.Equal(Level.Warning, errors.Level);
        errors.Record(Start + (3 * Second / 2), OutcomeKind.Error);
        errors.Advance(Start + (3 * Second));
        Assert.Equal((Level.Breach, false), (errors.Level, errors.Confirmed));
        errors.Advance(Start + (7 * Second / 2));
        Assert.True(errors.Confirmed);
    }

    [Theory]
    [InlineData(9_223_372_037, 0)]
    [InlineData(-9_223_372_038, 0)]
    [InlineData(-9_223_372_037, 1)]
    public void ReadState_SecondOutsideOfSessionTime_IsRefused(long head, int span) => Assert.Equal(
        $"Condition failed: second {head} is outside of session time.",
        Refused(New(), State(level: 0, span, outcomes: 20, head)));

    [Theory]
    [InlineData(9_223_372_036)]
    [InlineData(-9_223_372_037)]
    public void ReadState_FirstAndLastSecond_AreTaken(long head)
    {
        byte[] state = State(level: 0, span: 0, outcomes: 20, head);
        Assert.Equal(state, GuardrailLaws.Bytes(GuardrailLaws.Restore(New, state)));
    }

    [Theory]
    [InlineData(19, "errors.scarce")]
    [InlineData(20, "errors.ratio")]
    [InlineData(21, "errors.ratio")]
    public void Read_FewOutcomes_AreScarce(int outcomes, string code)
    {
        ErrorGuardrail errors = New();
        for (int i = 0; i < outcomes; i++) errors.Record(Start, OutcomeKind.Ok);
        Reading reading = errors.Read();
        Assert.Equal((code, 0.5, ReadingFlags.None), (reading.Code, reading.Limit, reading.Flags));
    }

    [Fact]
    public void StartAnew_LongAfterTheLastOutcome_KeepsWhenTheWindowEmptied()
    {
        ErrorGuardrail errors = New();
        for (int i = 0; i < 20; i++) errors.Record(Start, OutcomeKind.Ok);
        errors.StartAnew(Start + (100 * Second));
        Assert.Equal((Level.Unknown, Start + (30 * Second)), (errors.Level, errors.Read().Since));
    }

    [Fact]
    public void StartAnew_BreachNotYetConfirmed_WaitsAnew()
    {
        ErrorGuardrail errors = New();
        for (int i = 0; i < 20; i++) errors.Record(Start, i % 2 == 0 ? OutcomeKind.Error : OutcomeKind.Ok);
        errors.StartAnew(Start + Second);
        Assert.Equal(long.MaxValue, errors.NextDeadline);
        for (int i = 0; i < 24; i++) errors.Record(Start + Second, i % 2 == 0 ? OutcomeKind.Error : OutcomeKind.Ok);
        errors.Advance(Start + (3 * Second) - 1);
        Assert.Equal((Level.Breach, false), (errors.Level, errors.Confirmed));
        errors.Advance(Start + (3 * Second));
        Assert.True(errors.Confirmed);
    }

    private static byte[] State(byte level, int span, int outcomes, long head = Start / Second)
    {
        StateWriter writer = new();
        writer.WriteByte(level);
        writer.WriteSigned(Start);
        writer.WriteUnsigned(0);
        writer.WriteUnsigned(20);
        writer.WriteSigned(head);
        writer.WriteUnsigned((ulong)span);
        writer.WriteUnsigned((ulong)outcomes);
        if (outcomes > 0) writer.WriteUnsigned(0);
        for (int i = 0; i < span; i++) writer.WriteUnsigned(0);
        writer.WriteUnsigned(0);
        return writer.ToArray();
    }

    private static string Refused(ErrorGuardrail errors, byte[] state) => Assert.Throws<StateFormatException>(() =>
    {
        StateReader reader = new(state);
        errors.ReadState(ref reader);
    }).Message;

    private static ErrorGuardrail Used()
    {
        ErrorGuardrail errors = New();
        for (int i = 0; i < 30; i++) errors.Record(Start + (i * Second / 4), OutcomeKind.Error);
        return errors;
    }

    private static ErrorGuardrail New() => new("orders", ErrorPolicy.Default);
}
