using Guardian.Detection.Encoding;
using Guardian.Detection.Pending;

namespace Guardian.Detection.Tests.Pending;

public sealed class PendingReadingTests
{
    private const long S = 1_000_000_000;
    private const long T0 = 1_680_652_800 * S;

    [Fact]
    public void Read_BeforeAnyReport_HasNoAge()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Advance(T0);
        Assert.Equal(Expect(Level.Unknown, double.NaN, 5, samples: 0, since: 0), guardrail.Read());
    }

    [Fact]
    public void Read_NothingPending_HasAgeZero()
    {
        PendingGuardrail guardrail = Make();
        Assert.True(guardrail.Report(T0, 0));
        guardrail.Advance(T0 + S);
        Assert.Equal(Expect(Level.Healthy, 0, 5, samples: 1, since: T0), guardrail.Read());
    }

    [Fact]
    public void Read_SameLevelAgain_KeepsItsTime()
    {
        PendingGuardrail guardrail = Make();
        Assert.True(guardrail.Report(T0, 1_000));
        guardrail.Report(T0 + S, 3_000);
        Assert.Equal(Expect(Level.Healthy, 3, 5, samples: 1, since: T0), guardrail.Read());
        guardrail.Advance(T0 + (4 * S));
        Assert.Equal(Expect(Level.Warning, 6, 5, samples: 1, since: T0 + (3 * S)), guardrail.Read());
    }

    [Fact]
    public void Read_Shadow_IsMarked()
    {
        PendingGuardrail guardrail = Make(new PendingOptions { Mode = GuardrailMode.Shadow });
        Assert.Equal(ReadingFlags.Shadow, guardrail.Read().Flags);
    }

    [Theory]
    [InlineData(null, 15, 15)]
    [InlineData(5, null, 5)]
    [InlineData(null, null, double.NaN)]
    public void Read_LimitsOff_NamesTheOneThatIsLeft(int? warning, int? breach, double limit)
    {
        PendingGuardrail guardrail = Make(new PendingOptions
        {
            Warning = warning is int w ? TimeSpan.FromSeconds(w) : null,
            Breach = breach is int b ? TimeSpan.FromSeconds(b) : null,
        });
        guardrail.Report(T0, 1_000);
        Assert.Equal(limit, guardrail.Read().Limit);
    }

    [Fact]
    public void NextDeadline_LimitsOffBefore1970_IsNever()
    {
        PendingGuardrail guardrail = Make(new PendingOptions { Warning = null, Breach = null });
        guardrail.Report(-5 * S, 1_000);
        Assert.Equal(long.MaxValue, guardrail.NextDeadline);
    }

    [Fact]
    public void Advance_ToAnEarlierTime_ChangesNothing()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Report(T0, 1_000);
        byte[] before = GuardrailLaws.Bytes(guardrail);
        guardrail.Advance(T0 - S);
        Assert.Equal(before, GuardrailLaws.Bytes(guardrail));
    }

    [Fact]
    public void StartAnew_NothingPending_StaysHealthy()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Report(T0, 0);
        guardrail.StartAnew(T0 + S);
        Assert.Equal(Expect(Level.Healthy, 0, 5, samples: 1, since: T0), guardrail.Read());
    }

    [Fact]
    public void StartAnew_StillPending_HasASampleButNoLevel()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Report(T0, 20_000);
        guardrail.StartAnew(T0 + S);
        Assert.Equal(Expect(Level.Unknown, 0, 5, samples: 1, since: T0 + S), guardrail.Read());
    }

    [Theory]
    [InlineData(0, 2, "Condition failed: pending state has format 2, not 1.")]
    [InlineData(5, 4, "Condition failed: a level is 0 to 3, but the byte is 4.")]
    public void ReadState_DamagedByte_IsRefused(int at, byte value, string message)
    {
        byte[] state = GuardrailLaws.Bytes(Fresh());
        state[at] = value;
        Assert.Equal(message, Assert.Throws<StateFormatException>(() => GuardrailLaws.Restore(Fresh, state)).Message);
    }

    [Fact]
    public void ReadState_HighestLevel_IsTaken()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Report(T0, 20_000);
        Assert.Equal(Level.Breach, GuardrailLaws.Restore(() => Make(), GuardrailLaws.Bytes(guardrail)).Level);
    }

    [Fact]
    public void PendingPolicy_InvalidOptions_AreRefused()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new PendingPolicy(new PendingOptions { Warning = TimeSpan.Zero }));
        Assert.Equal(
            "Condition failed: Pending:Warning = 00:00:00: must be 00:00:00.0010000 to 1.00:00:00. Correct them. "
            + "(Parameter 'options')",
            error.Message);
    }

    private static Reading Expect(Level level, double value, double limit, long samples, long since) => new(
        GuardrailKind.Pending, "gate", level, value, limit, "s", samples, since, false, "pending.age", double.NaN,
        ReadingFlags.None);

    // Every time of a fresh state is one byte, so that byte 5 is the level.
    private static PendingGuardrail Fresh()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Advance(0);
        return guardrail;
    }

    private static PendingGuardrail Make(PendingOptions? options = null) =>
        new("gate", new PendingPolicy(options ?? new PendingOptions()));
}
