using Guardian.Detection.Clock;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests.Clock;

public sealed class ClockReadingTests
{
    private const long Ms = 1_000_000;
    private const long S = 1_000 * Ms;
    private const long T0 = 1_680_652_800 * S;

    [Fact]
    public void Read_BeforeAnyPair_HasNoValue()
    {
        ClockGuardrail guardrail = Make();
        guardrail.Advance(T0);
        Assert.Equal((0L, false, false), (guardrail.Offset, guardrail.FedByOrders, guardrail.Confirmed));
        Assert.Equal(Expect(Level.Unknown, double.NaN, samples: 0, since: 0), guardrail.Read());
    }

    [Fact]
    public void Read_SecondPairOfTheSameLevel_KeepsItsTime()
    {
        ClockGuardrail guardrail = Make();
        Observe(guardrail, T0, 5 * Ms);
        Observe(guardrail, T0 + S, 7 * Ms);
        Assert.Equal(Expect(Level.Healthy, 5, samples: 2, since: T0), guardrail.Read());
    }

    [Fact]
    public void Read_SuspectInShadow_HasBothMarks()
    {
        ClockGuardrail guardrail = Make(new ClockOptions { Mode = GuardrailMode.Shadow });
        Observe(guardrail, T0, 5 * Ms);
        Assert.Equal(ReadingFlags.Shadow, guardrail.Read().Flags);
        Observe(guardrail, T0, -60 * Ms);
        Observe(guardrail, T0, -60 * Ms);
        Assert.Equal(ReadingFlags.Shadow | ReadingFlags.ClockSuspect, guardrail.Read().Flags);
    }

    [Fact]
    public void Observe_AtTheEarliestTime_IsTheOffset()
    {
        ClockGuardrail guardrail = Make();
        guardrail.Observe(long.MinValue, 0, 5 * Ms);
        Assert.Equal(5 * Ms, guardrail.Offset);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, false)]
    [InlineData(3_600 * S, true)]
    [InlineData((3_600 * S) + 1, false)]
    public void Observe_Off_RecordsFromZeroToAnHour(long difference, bool recorded)
    {
        ClockGuardrail guardrail = Make(new ClockOptions { Mode = GuardrailMode.Off });
        Assert.Equal(recorded, Observe(guardrail, T0, difference).MustRecord);
    }

    [Theory]
    [InlineData(1, long.MinValue, 0)]
    [InlineData(long.MinValue, 0, 3_600_000_000)]
    public void Observe_DifferenceBeyondALong_IsTheFarthest(long sent, long received, long microseconds) =>
        Assert.Equal(microseconds, Make().Observe(T0, sent, received).Microseconds);

    [Theory]
    [InlineData(50 * Ms, -50 * Ms)]
    [InlineData((50 * Ms) + 1, 0)]
    public void Observe_SecondPairApart_IsLoneBeyondTheTolerance(long apart, long offset)
    {
        ClockGuardrail guardrail = Make();
        Observe(guardrail, T0, 0);
        Observe(guardrail, T0, -apart);
        Assert.Equal(offset, guardrail.Offset);
    }

    [Fact]
    public void Advance_ToAnEarlierTime_ChangesNothing()
    {
        ClockGuardrail guardrail = Make();
        Observe(guardrail, T0, 5 * Ms);
        byte[] before = GuardrailLaws.Bytes(guardrail);
        guardrail.Advance(T0 - (100 * S));
        Assert.Equal(before, GuardrailLaws.Bytes(guardrail));
    }

    [Theory]
    [InlineData(1, Level.Warning)]
    [InlineData(5, Level.Warning)]
    [InlineData(6, Level.Healthy)]
    [InlineData(7, Level.Healthy)]
    [InlineData(16, Level.Healthy)]
    [InlineData(20, Level.Healthy)]
    public void Advance_OffsetsOfTwoBlocks_AreComparedWithinSixBlocks(int blocks, Level level)
    {
        // At every place of the ring, since blocks take turns in it.
        for (int first = 0; first < 7; first++)
        {
            ClockGuardrail guardrail = Make();
            long at = T0 + (first * 10 * S);
            for (int i = 0; i < 20; i++) Observe(guardrail, at, 10 * Ms);
            at += blocks * 10 * S;
            for (int i = 0; i < 20; i++) Observe(guardrail, at, 40 * Ms);
            guardrail.Advance(at + (10 * S));
            Assert.True(level == guardrail.Level, $"first {first}: {guardrail.Read()}");
        }
    }

    [Theory]
    [InlineData(3, 3, 0)]
    [InlineData(4, 0, 5)]
    public void ReadState_UnknownLevelOrCause_IsRefused(int at, byte level, byte cause)
    {
        ClockGuardrail guardrail = Make();
        guardrail.Advance(0);
        byte[] state = GuardrailLaws.Bytes(guardrail);
        state[at] = at == 3 ? level : cause;
        Assert.Equal(
            $"Condition failed: a level is 0 to 2 and a cause 0 to 4, not {level}, {cause}.", Refused(state));
    }

    [Fact]
    public void ReadState_IntoAUsedGuardrail_ForgetsWhatItHad()
    {
        ClockGuardrail used = Make();
        for (int i = 0; i < 30; i++) Observe(used, T0 + (i * S), -60 * Ms);
        byte[] fresh = GuardrailLaws.Bytes(Make());
        StateReader reader = new(fresh);
        used.ReadState(ref reader);
        Assert.Equal(fresh, GuardrailLaws.Bytes(used));
        Assert.Equal(0, used.Offset);
    }

    [Theory]
    [InlineData(60, 0, "Condition failed: a count of 60 is above its limit of 59.")]
    [InlineData(59, (3_600 * S) + 1, "Condition failed: a difference of 3600000000001 ns is beyond one hour.")]
    [InlineData(59, (-3_600 * S) - 1, "Condition failed: a difference of -3600000000001 ns is beyond one hour.")]
    public void ReadState_PairOutOfItsBounds_IsRefused(int place, long difference, string message) =>
        Assert.Equal(message, Refused(State(place, difference)));

    [Theory]
    [InlineData(3_600 * S)]
    [InlineData(-3_600 * S)]
    public void ReadState_DifferenceOfAnHour_IsTaken(long difference) =>
        Assert.Equal(difference, ((ClockGuardrail)GuardrailLaws.Restore(() => Make(), State(59, difference))).Offset);

    [Fact]
    public void ClockPolicy_UnknownMode_IsRefused()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new ClockPolicy(new ClockOptions { Mode = (GuardrailMode)9 }));
        Assert.Equal(
            "Condition failed: Clock:Mode = 9: must be Enforce, Shadow or Off. Correct them. (Parameter 'options')",
            error.Message);
    }

    private static byte[] State(int place, long difference)
    {
        StateWriter writer = new();
        writer.WriteByte(1);
        writer.WriteSigned(T0);
        writer.WriteSigned(T0);
        writer.WriteByte((byte)Level.Healthy);
        writer.WriteByte(0);
        for (int i = 0; i < 4; i++) writer.WriteSigned(0);
        writer.WriteUnsigned(1);
        writer.WriteUnsigned((ulong)place);
        writer.WriteUnsigned(1);
        writer.WriteSigned(difference);
        writer.WriteUnsigned(0);
        return writer.ToArray();
    }

    private static string Refused(byte[] state) =>
        Assert.Throws<StateFormatException>(() => GuardrailLaws.Restore(() => Make(), state)).Message;

    private static Reading Expect(Level level, double value, long samples, long since) => new(
        GuardrailKind.Clock, "exchange", level, value, -50, "ms", samples, since, false, "clock.offset", double.NaN,
        ReadingFlags.None);

    private static ClockCorrection Observe(ClockGuardrail guardrail, long now, long difference) =>
        guardrail.Observe(now, now, now + difference);

    private static ClockGuardrail Make(ClockOptions? options = null) =>
        new("exchange", new ClockPolicy(options ?? new ClockOptions()));
}
