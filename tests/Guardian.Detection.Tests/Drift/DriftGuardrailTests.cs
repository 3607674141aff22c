using Guardian.Detection.Drift;

namespace Guardian.Detection.Tests.Drift;

public sealed class DriftGuardrailTests
{
    private const long Second = 1_000_000_000;

    /// <summary>Reference 0..99 in ten bins, learned; then a window of 100 judged every 10 values.</summary>
    private static DriftOptions Small() =>
        new() { Reference = 1000, Window = 100, Step = 10, EarlyWarnings = false };

    private static double[] Ramp(int count = 1000) => [.. Enumerable.Range(0, count).Select(i => (double)(i % 100))];

    private static DriftGuardrail Learned(DriftOptions options)
    {
        DriftGuardrail drift = new("x", DriftPolicy.From(options));
        foreach (double value in Ramp(options.Reference)) drift.Record(1, value);
        return drift;
    }

    private static void Feed(DriftGuardrail drift, int count, Func<int, double> value, ref long now, long step = Second)
    {
        for (int i = 0; i < count; i++) drift.Record(now += step, value(i));
    }

    [Fact]
    public void Level_UntilTheFirstFullWindow_IsUnknown()
    {
        DriftGuardrail drift = new("x", DriftPolicy.From(Small()));
        Assert.Equal("drift.learning", drift.Read().Code);
        foreach (double value in Ramp()) drift.Record(1, value);
        Assert.NotNull(drift.Reference);
        Assert.Equal("drift.filling", drift.Read().Code);
        long now = 1;
        Feed(drift, 99, i => i, ref now);
        Assert.Equal(Level.Unknown, drift.Level);
        Feed(drift, 1, _ => 99, ref now);
        Assert.Equal(Level.Unknown, drift.Level);
        Assert.Equal("drift.scarce", drift.Read().Code);
        Assert.Equal(0, drift.Read().Value, 1e-3);
    }

    [Fact]
    public void Window_AfterLearning_NeverHoldsAValueOfTheReference()
    {
        DriftGuardrail drift = Learned(Small());
        Assert.Equal(0, drift.WindowCounts.ToArray().Sum());
        drift.Record(2, 1);
        Assert.Equal(1, drift.WindowCounts.ToArray().Sum());
    }

    [Fact]
    public void Level_DefaultSettings_JudgesFromTheWindowsLastValueEveryFifty()
    {
        DriftGuardrail drift = new("x", DriftPolicy.From(new DriftOptions { EarlyWarnings = false }));
        foreach (double value in Ramp()) drift.Record(1, value);
        long now = 1;
        Feed(drift, 499, _ => 1000, ref now);
        Assert.Equal(Level.Unknown, drift.Level);
        Feed(drift, 1, _ => 1000, ref now);
        Assert.Equal((Level.Breach, false), (drift.Level, drift.Confirmed));
        Assert.Equal(now, drift.Read().Since);
        Feed(drift, 99, _ => 1000, ref now);
        Assert.False(drift.Confirmed);
        Feed(drift, 1, _ => 1000, ref now);
        Assert.True(drift.Confirmed);
    }

    [Fact]
    public void Confirmed_ThreeEvaluationsWithinTwoSeconds_WaitsForTheTwoSeconds()
    {
        DriftGuardrail drift = Learned(Small());
        long now = 1;
        Feed(drift, 100, _ => 1000, ref now, 1);
        long entered = now;
        Assert.Equal(long.MaxValue, drift.NextDeadline);
        Feed(drift, 20, _ => 1000, ref now, 1);
        Assert.Equal(entered + (2 * Second), drift.NextDeadline);
        drift.Advance(entered + (2 * Second) - 1);
        Assert.False(drift.Confirmed);
        drift.Advance(entered + (2 * Second));
        Assert.True(drift.Confirmed);
        Assert.Equal(long.MaxValue, drift.NextDeadline);
        Assert.Equal(entered, drift.Read().Since);
    }

    [Fact]
    public void Confirmed_AnEvaluationUnderTheLimitInBetween_CountsAnew()
    {
        // Every evaluation has a window of its own: over, under, over, over are only two in a row.
        DriftOptions options = new() { Reference = 1000, Window = 200, Step = 200, EarlyWarnings = false };
        DriftGuardrail drift = Learned(options);
        long now = 1;
        Feed(drift, 200, _ => 1000, ref now);
        Feed(drift, 200, i => i % 100, ref now);
        Assert.Equal(Level.Breach, drift.Level);
        Feed(drift, 400, _ => 1000, ref now);
        Assert.False(drift.Confirmed);
        Feed(drift, 200, _ => 1000, ref now);
        Assert.True(drift.Confirmed);
    }

    [Fact]
    public void Level_ThreeEvaluationsBelowTheClearLine_ClearsAtTheThird()
    {
        DriftOptions options = new() { Reference = 1000, Window = 200, Step = 200, EarlyWarnings = false };
        DriftGuardrail drift = Learned(options);
        long now = 1;
        Feed(drift, 600, _ => 1000, ref now);
        Assert.True(drift.Confirmed);
        Feed(drift, 400, i => i % 100, ref now);
        Feed(drift, 200, _ => 1000, ref now);
        Feed(drift, 400, i => i % 100, ref now);
        Assert.Equal((Level.Breach, true), (drift.Level, drift.Confirmed));
        Feed(drift, 199, i => i % 100, ref now);
        Assert.Equal(Level.Breach, drift.Level);
        Feed(drift, 1, _ => 99, ref now);
        Assert.Equal((Level.Healthy, false), (drift.Level, drift.Confirmed));
    }

    [Fact]
    public void Level_TooLittleDataDuringABreach_ClearsNothing()
    {
        // 90 of 100 values lost leave ten, which fit the reference: Unknown by themselves, no proof of health.
        DriftGuardrail drift = Learned(Small());
        long now = 1;
        Feed(drift, 200, _ => 1000, ref now);
        Feed(drift, 1000, i => i % 10 == 0 ? i / 10 % 100 : double.NaN, ref now);
        Assert.Equal(Level.Breach, drift.Level);
    }

    [Theory]
    [InlineData(5, Level.Healthy, "drift.psi")]
    [InlineData(6, Level.Warning, "drift.nonfinite")]
    public void Level_NonFiniteAtAndAboveOnePercent_WarnsAboveOnly(int bad, Level level, string code)
    {
        DriftGuardrail drift = new("x", DriftPolicy.From(new DriftOptions { EarlyWarnings = false }));
        foreach (double value in Ramp()) drift.Record(1, value);
        long now = 1;
        Feed(drift, 500, i => i < bad ? double.PositiveInfinity : i % 100, ref now);
        Assert.Equal((level, code, (long)bad), (drift.Level, drift.Read().Code, drift.NonFiniteTotal));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Level_NothingButNonFinite_IsABreach(double value)
    {
        DriftGuardrail drift = Learned(Small());
        long now = 1;
        Feed(drift, 120, _ => value, ref now);
        Assert.Equal((Level.Breach, true, "drift.nan"), (drift.Level, drift.Confirmed, drift.Read().Code));
    }

    [Fact]
    public void Level_NonFiniteWhileLearning_WarnsAndIsNotLearned()
    {
        DriftGuardrail drift = new("x", DriftPolicy.From(Small()));
        long now = 0;
        Feed(drift, 99, _ => double.NaN, ref now);
        Assert.Equal(Level.Unknown, drift.Level);
        Feed(drift, 1, _ => double.NaN, ref now);
        Assert.Equal((Level.Warning, "drift.nonfinite"), (drift.Level, drift.Read().Code));
        Feed(drift, 1000, i => i % 100, ref now);
        Assert.Equal(1000, drift.Reference!.Count);
    }

    [Theory]
    [InlineData(1e6)]
    [InlineData(-1e6)]
    public void Level_CompleteShiftOutOfTheReferencesRange_IsABreach(double value)
    {
        DriftGuardrail drift = Learned(Small());
        long now = 1;
        Feed(drift, 100, _ => value, ref now);
        Assert.Equal(Level.Breach, drift.Level);
        Assert.True(drift.Read().Value > 1, $"{drift.Read()}");
    }

    [Fact]
    public void EarlyWarnings_AShiftBeforeTheWindowIsFull_WarnAndNeverTrip()
    {
        DriftGuardrail drift = new("x", DriftPolicy.Default);
        Lcg lcg = new(5);
        long now = 1;
        Feed(drift, 1000, _ => lcg.Normal(), ref now);
        Feed(drift, 300, _ => lcg.Normal(), ref now);
        Assert.Equal(Level.Unknown, drift.Level);
        Feed(drift, 100, _ => lcg.Normal() + 3, ref now);
        Assert.Equal(Level.Warning, drift.Level);
        Assert.Equal("drift.adwin", drift.Read().Code);
        Assert.True(drift.AdwinDetections > 0 && drift.PageHinkleyDetections > 0);
        Assert.False(drift.Confirmed);
    }

    [Fact]
    public void EarlyWarnings_NoFurtherDetection_EndAfterThreeEvaluations()
    {
        DriftGuardrail drift = new("x", DriftPolicy.Default);
        Lcg lcg = new(5);
        long now = 1;
        Feed(drift, 2000, _ => lcg.Normal(), ref now);
        Assert.Equal(Level.Healthy, drift.Level);
        Feed(drift, 1, _ => 1e300, ref now);
        Assert.Equal(Level.Warning, drift.Level);
        Feed(drift, 200, _ => lcg.Normal(), ref now);
        Assert.Equal(Level.Healthy, drift.Level);
    }

    [Fact]
    public void Rebaseline_DuringABreach_StartsAnewAgainstTheNewReference()
    {
        DriftGuardrail drift = Learned(Small());
        long now = 1;
        Feed(drift, 200, i => 1000 + (i % 100), ref now);
        Assert.True(drift.Confirmed);
        drift.Rebaseline(++now, [.. Ramp().Select(x => x + 1000)]);
        Assert.Equal((Level.Unknown, false, now), (drift.Level, drift.Confirmed, drift.Read().Since));
        Assert.Equal("drift.filling", drift.Read().Code);
        Feed(drift, 300, i => 1000 + (i % 100), ref now);
        Assert.NotEqual(Level.Breach, drift.Level);
        Assert.Equal(0, drift.Read().Value, 0.01);
    }

    [Fact]
    public void Rebaseline_WithoutValues_LearnsFromTheNextOnes()
    {
        DriftGuardrail drift = Learned(Small());
        drift.Rebaseline(5, null);
        Assert.Null(drift.Reference);
        Assert.Equal("drift.learning", drift.Read().Code);
        foreach (double value in Ramp()) drift.Record(6, value + 7);
        Assert.Equal(7 + 9, drift.Reference!.Edges[0]);
    }

    [Fact]
    public void Rebaseline_ValuesThatCannotBeAReference_IsRefusedAndChangesNothing()
    {
        DriftGuardrail drift = Learned(Small());
        FrozenReference? before = drift.Reference;
        ArgumentException refused =
            Assert.Throws<ArgumentException>(() => drift.Rebaseline(5, [1, double.NaN, double.NaN]));
        Assert.Equal(
            "Condition failed: the reference of feature x has 1 finite values (3 sent); 10 bins need at least 10. "
            + "Send more values, or leave the reference out to learn it. (Parameter 'values')",
            refused.Message);
        Assert.Same(before, drift.Reference);
    }

    [Fact]
    public void StartAnew_DuringABreach_LeavesDriftToItsData()
    {
        DriftGuardrail drift = Learned(Small());
        long now = 1;
        Feed(drift, 200, _ => 1000, ref now);
        drift.StartAnew(now);
        Assert.True(drift.Confirmed);
    }

    [Theory]
    [InlineData(GuardrailMode.Off, Level.Unknown, ReadingFlags.None)]
    [InlineData(GuardrailMode.Shadow, Level.Breach, ReadingFlags.Shadow)]
    [InlineData(GuardrailMode.Enforce, Level.Breach, ReadingFlags.None)]
    public void Mode_EachOne_IsLivedAndMarked(GuardrailMode mode, Level level, ReadingFlags flags)
    {
        DriftOptions options = Small();
        options.Mode = mode;
        DriftGuardrail drift = Learned(options);
        long now = 1;
        Feed(drift, 200, _ => 1000, ref now);
        Reading reading = drift.Read();
        Assert.Equal((level, flags), (reading.Level, reading.Flags));
        Assert.Equal((GuardrailKind.Drift, "x", mode), (drift.Kind, drift.Subject, drift.Mode));
        Assert.False(drift.FedByOrders);
    }
}
