using Guardian.Detection.Errors;
using Guardian.Detection.Events;

namespace Guardian.Detection.Tests.Errors;

public sealed class ErrorGuardrailTests
{
    private const long Second = 1_000_000_000;
    private const long Start = 1_700_000_000 * Second;

    private static ErrorGuardrail New(GuardrailMode mode = GuardrailMode.Enforce) =>
        new("orders", ErrorPolicy.From(new ErrorOptions { Mode = mode }));

    /// <summary>One outcome a letter: o ok, r rejected, e error, t time-out; all at the same time.</summary>
    private static ErrorGuardrail Feed(ErrorGuardrail errors, long now, string outcomes)
    {
        foreach (char outcome in outcomes)
        {
            errors.Record(now, outcome switch
            {
                'o' => OutcomeKind.Ok,
                'r' => OutcomeKind.Rejected,
                'e' => OutcomeKind.Error,
                _ => OutcomeKind.Timeout,
            });
        }

        return errors;
    }

    [Theory]
    [InlineData("ooooooooooooooooooo", Level.Unknown)]
    [InlineData("oooooooooooooooooooo", Level.Healthy)]
    [InlineData("eooooooooooooooooooo", Level.Healthy)]
    [InlineData("eoootooooooooooooooo", Level.Warning)]
    [InlineData("eoeoeoeoeoeoeoeoeooo", Level.Warning)]
    [InlineData("eoeoeoeoeoeoeoeoeoeo", Level.Breach)]
    [InlineData("etetoetetoetetooooo", Level.Unknown)]
    [InlineData("rrrrrrrrrrrrrrrrrrrr", Level.Healthy)]
    [InlineData("ererererererererererer", Level.Breach)]
    public void Level_RatioOverTheWindow_FollowsTheLimits(string outcomes, Level level) =>
        Assert.Equal(level, Feed(New(), Start, outcomes).Level);

    [Theory]
    [InlineData("eeee", false)]
    [InlineData("etete", true)]
    [InlineData("eeeeoe", false)]
    [InlineData("eeeere", false)]
    [InlineData("eeeeoeeeee", true)]
    public void Level_FiveFailuresInARow_AreAConfirmedBreachAtOnce(string outcomes, bool breach)
    {
        ErrorGuardrail errors = Feed(New(), Start, outcomes);
        Assert.Equal((breach ? Level.Breach : Level.Unknown, breach), (errors.Level, errors.Confirmed));
        if (breach)
        {
            Reading reading = errors.Read();
            Assert.Equal(("errors.row", 5.0, 5.0, "count"), (reading.Code, reading.Value, reading.Limit, reading.Unit));
        }
    }

    [Fact]
    public void Level_OutcomeOfAnUnknownKind_IsAFailure()
    {
        ErrorGuardrail errors = New();
        for (int i = 0; i < 5; i++) errors.Record(Start, (OutcomeKind)99);
        Assert.Equal(Level.Breach, errors.Level);
    }

    [Fact]
    public void Level_RowSpreadOverLongSilences_IsStillABreach()
    {
        ErrorGuardrail errors = New();
        for (int i = 0; i < 4; i++) Feed(errors, Start + (i * 600 * Second), "e");
        Assert.Equal(Level.Unknown, errors.Level);
        Feed(errors, Start + (4 * 600 * Second), "e");
        Assert.Equal((Level.Breach, true), (errors.Level, errors.Confirmed));
    }

    [Theory]
    [InlineData(0, Level.Breach)]
    [InlineData(1, Level.Unknown)]
    public void Level_RowOlderThanItsMemory_IsForgotten(long beyond, Level level)
    {
        // The trap: a few failures in the whole life of a process must not add up.
        ErrorGuardrail errors = Feed(New(), Start, "eeee");
        Feed(errors, Start + (3600 * Second) + beyond, "e");
        Assert.Equal(level, errors.Level);
    }

    [Fact]
    public void Level_WindowEmptied_IsUnknownAndTheNextFailureOfTheRowABreach()
    {
        // A halted symbol sends no orders: the level must not wait for them.
        ErrorGuardrail errors = Feed(New(), Start, "eeeee");
        Assert.Equal(Start + (30 * Second), errors.NextDeadline);
        errors.Advance(Start + (30 * Second) - 1);
        Assert.Equal(Level.Breach, errors.Level);
        errors.Advance(Start + (30 * Second));
        Assert.Equal((Level.Unknown, false), (errors.Level, errors.Confirmed));
        Assert.Equal(long.MaxValue, errors.NextDeadline);
        Feed(errors, Start + (60 * Second), "t");
        Assert.Equal((Level.Breach, true), (errors.Level, errors.Confirmed));
        Feed(errors, Start + (60 * Second), "o");
        Assert.Equal(Level.Unknown, errors.Level);
    }

    [Fact]
    public void Level_OutcomesLeaveTheWindow_AtTheSecondTheirSlotEnds()
    {
        ErrorGuardrail errors = Feed(New(), Start + 1, "eoeoeoeoeoeoeoeoeoeo");
        Feed(errors, Start + (15 * Second), "oooooooooooooooooooo");
        Assert.Equal(Level.Warning, errors.Level);
        errors.Advance(Start + (30 * Second) - 1);
        Assert.Equal(Level.Warning, errors.Level);
        errors.Advance(Start + (44 * Second));
        Assert.Equal(Level.Healthy, errors.Level);
        Assert.Equal(Start + (30 * Second), errors.Read().Since);
        errors.Advance(Start + (45 * Second));
        Assert.Equal((Level.Unknown, 0L), (errors.Level, errors.Read().SampleCount));
    }

    [Fact]
    public void Confirmed_RatioBreach_NeedsThreeEvaluationsAndTwoSeconds()
    {
        ErrorGuardrail errors = Feed(New(), Start, "eoeoeoeoeoeoeoeoeoeo");
        Assert.Equal((Level.Breach, false), (errors.Level, errors.Confirmed));
        errors.Advance(Start + (2 * Second) - 1);
        Assert.False(errors.Confirmed);
        errors.Advance(Start + (2 * Second));
        Assert.True(errors.Confirmed);
        Assert.Equal(Start, errors.Read().Since);
    }

    [Fact]
    public void Confirmed_ThreeEvaluationsInOneInstant_WaitsForTwoSeconds()
    {
        ErrorGuardrail errors = Feed(New(), Start + 5, "eoeoeoeoeoeoeoeoeoeoeoeo");
        Assert.False(errors.Confirmed);
        errors.Advance(Start + (2 * Second) + 4);
        Assert.False(errors.Confirmed);
        errors.Advance(Start + (2 * Second) + 5);
        Assert.True(errors.Confirmed);
    }

    [Fact]
    public void Confirmed_RatioFallsBeforeTwoSeconds_NeverComes()
    {
        ErrorGuardrail errors = Feed(New(), Start, "eoeoeoeoeoeoeoeoeoeo");
        Feed(errors, Start + Second, "o");
        Assert.Equal(Level.Warning, errors.Level);
        errors.Advance(Start + (10 * Second));
        Assert.False(errors.Confirmed);
    }

    [Fact]
    public void StartAnew_AfterABreach_ForgetsWindowAndRow()
    {
        ErrorGuardrail errors = Feed(New(), Start, "eeeeeeeeeeeeeeeeeeeeeeee");
        errors.StartAnew(Start + Second);
        Assert.Equal((Level.Unknown, false), (errors.Level, errors.Confirmed));
        Assert.Equal((0L, Start + Second), (errors.Read().SampleCount, errors.Read().Since));
        Feed(errors, Start + Second, "eeee");
        Assert.Equal(Level.Unknown, errors.Level);
        Feed(errors, Start + Second, "e");
        Assert.Equal(Level.Breach, errors.Level);
    }

    [Fact]
    public void Read_Warning_CarriesRatioLimitAndCount()
    {
        Reading reading = Feed(New(GuardrailMode.Shadow), Start, "eoootooooooooooooooo").Read();
        Assert.Equal(
            new Reading(
                GuardrailKind.Errors, "orders", Level.Warning, 0.1, 0.1, "ratio", 20, Start, false, "errors.ratio",
                double.NaN, ReadingFlags.Shadow),
            reading);
    }

    [Fact]
    public void Mode_Off_IsNotJudged()
    {
        ErrorGuardrail errors = Feed(New(GuardrailMode.Off), Start, "eeeeeeeeeeeeeeeeeeeeeeee");
        Assert.Equal((Level.Unknown, 0L), (errors.Level, errors.Read().SampleCount));
        Assert.True(errors.FedByOrders);
        Assert.Equal((GuardrailKind.Errors, GuardrailMode.Off), (errors.Kind, errors.Mode));
    }
}
