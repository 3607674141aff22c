using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

public class LatencyGuardrailTests
{
    internal const long Second = 1_000_000_000;
    internal const long Start = 1_700_000_000 * Second;
    private const long Fine = 5_000;
    private const long Bad = 100_000;

    [Fact]
    public void Record_BurstAtTheMinimum_BreachesAtTwentySamplesAndTripsAtOnce()
    {
        LatencyGuardrail guardrail = Make("market-data");
        for (int i = 0; i < 19; i++) Assert.True(guardrail.Record(Start, Bad, false));
        Assert.Equal((Level.Warning, "latency.spikes"), (guardrail.Level, guardrail.Read().Code));
        guardrail.Record(Start + 1, Bad, false);
        Assert.Equal((Level.Breach, true), (guardrail.Level, guardrail.Confirmed));
        Reading reading = guardrail.Read();
        Assert.Equal(
            ("latency.fast", Start + 1, 20L, 5.0, "count"),
            (reading.Code, reading.Since, reading.SampleCount, reading.Limit, reading.Unit));
        Assert.Equal(20, reading.Value);
    }

    [Fact]
    public void Record_BurstBelowTheLimit_IsNoBreach()
    {
        LatencyGuardrail guardrail = Make("market-data");
        for (int i = 0; i < 5000; i++) guardrail.Record(Start + i, 99_999, false);
        Assert.Equal((Level.Warning, "latency.warning"), (guardrail.Level, guardrail.Read().Code));
        Assert.Equal(50.0, guardrail.Read().Limit);
    }

    [Fact]
    public void Record_CountOneBelowSignificance_IsNoBreach()
    {
        long needed = BinomialSignificance.ForAlpha(1e-5).SmallestCount(100);
        foreach (long spikes in new[] { needed - 1, needed })
        {
            LatencyGuardrail guardrail = Make("market-data");
            Repeat(guardrail, Start, 100 - (int)spikes, Fine);
            Repeat(guardrail, Start, (int)spikes, Bad);
            Assert.Equal(spikes == needed ? Level.Breach : Level.Warning, guardrail.Level);
        }
    }

    [Fact]
    public void Record_SpikesInTenSeconds_WarnAtTheFourthAndExpire()
    {
        LatencyGuardrail guardrail = Make("market-data");
        Repeat(guardrail, Start, 1000, Fine);
        Repeat(guardrail, Start, 3, Bad);
        Assert.Equal(Level.Healthy, guardrail.Level);
        guardrail.Record(Start, Bad, false);
        Reading reading = guardrail.Read();
        Assert.Equal(
            (Level.Warning, "latency.spikes", 4.0, 3.0, "count", 1004L),
            (reading.Level, reading.Code, reading.Value, reading.Limit, reading.Unit, reading.SampleCount));
        guardrail.Advance(Start + (10 * Second) - 1);
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Advance(Start + (10 * Second));
        Assert.Equal(Level.Healthy, guardrail.Level);
    }

    [Fact]
    public void Record_FewSamples_AreUnknownThenHealthyAtTwenty()
    {
        LatencyGuardrail guardrail = Make("market-data");
        Assert.Equal(
            (Level.Unknown, 0L, "latency.unknown"),
            (guardrail.Level, guardrail.Read().Since, guardrail.Read().Code));
        Assert.True(double.IsNaN(guardrail.Read().Value));
        Repeat(guardrail, Start, 19, Fine);
        Assert.Equal(Level.Unknown, guardrail.Level);
        guardrail.Record(Start, Fine, false);
        Assert.Equal((Level.Healthy, "latency.healthy"), (guardrail.Level, guardrail.Read().Code));
        guardrail.Advance(Start + (60 * Second) - 1);
        Assert.Equal(Level.Healthy, guardrail.Level);
        guardrail.Advance(Start + (60 * Second));
        Assert.Equal((Level.Unknown, Start + (60 * Second)), (guardrail.Level, guardrail.Read().Since));
        Assert.Equal(long.MaxValue, guardrail.NextDeadline);
    }

    [Fact]
    public void Record_SlowPercentile_WarnsAtHundredSamples()
    {
        LatencyGuardrail guardrail = Make("market-data");
        Repeat(guardrail, Start, 99, 50_000);
        Assert.Equal(Level.Unknown, guardrail.Level);
        guardrail.Record(Start, 50_000, false);
        Assert.Equal((Level.Warning, "latency.warning"), (guardrail.Level, guardrail.Read().Code));
        guardrail = Make("market-data");
        Repeat(guardrail, Start, 100, 49_999);
        Assert.Equal(Level.Healthy, guardrail.Level);
    }

    [Fact]
    public void Record_SlowBreach_NeedsThousandSamplesThreeEvaluationsAndTwoSeconds()
    {
        LatencyGuardrail guardrail = SlowBreach(999);
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Record(Start, Fine, false);
        Assert.Equal(
            (Level.Breach, false, "latency.slow"),
            (guardrail.Level, guardrail.Confirmed, guardrail.Read().Code));
        guardrail.Record(Start, Fine, false);
        guardrail.Advance(Start + (2 * Second) - 1);
        Assert.False(guardrail.Confirmed);
        guardrail.Advance(Start + (2 * Second));
        Assert.True(guardrail.Confirmed);
        Assert.Equal(Start, guardrail.Read().Since);
    }

    [Fact]
    public void Record_TwoSecondsWithoutThreeEvaluations_IsNotConfirmed()
    {
        LatencyGuardrail guardrail = SlowBreach(1000, new LatencyOptions { ConfirmEvaluations = 4 });
        guardrail.Advance(Start + (3 * Second) - 1);
        Assert.Equal((Level.Breach, false), (guardrail.Level, guardrail.Confirmed));
        guardrail.Advance(Start + (3 * Second));
        Assert.True(guardrail.Confirmed);
    }

    [Fact]
    public void Record_SlowBreachThatStopsBeforeItIsConfirmed_EndsByItself()
    {
        LatencyGuardrail guardrail = SlowBreach(1000);
        Repeat(guardrail, Start + Second, 200, Fine);
        Assert.NotEqual(Level.Breach, guardrail.Level);
        guardrail.Advance(Start + (2 * Second));
        Assert.False(guardrail.Confirmed);
    }

    [Fact]
    public void Record_BurstWhileSlowBreachHolds_ConfirmsAtOnce()
    {
        LatencyGuardrail guardrail = SlowBreach(1000);
        Repeat(guardrail, Start + Second, 60, Bad);
        Assert.Equal(
            (true, "latency.fast", Start),
            (guardrail.Confirmed, guardrail.Read().Code, guardrail.Read().Since));
    }

    [Fact]
    public void Advance_QuietForTenSecondsWithData_ClearsAndStartsTheSlowWindowAnew()
    {
        LatencyGuardrail guardrail = Make("market-data");
        Repeat(guardrail, Start, 50, Bad);
        Assert.True(guardrail.Confirmed);
        for (int tenth = 1; tenth < 100; tenth++) guardrail.Record(Start + (tenth * Second / 10), 79_999, false);
        Assert.Equal(Level.Breach, guardrail.Level);

        // The bad second leaves the fast window at 10 s: quiet from there on, cleared 10 s later.
        for (int tenth = 100; tenth < 200; tenth++) guardrail.Record(Start + (tenth * Second / 10), 79_999, false);
        guardrail.Advance(Start + (20 * Second) - 1);
        Assert.Equal(Level.Breach, guardrail.Level);
        guardrail.Advance(Start + (20 * Second));
        Assert.Equal(
            (Level.Unknown, Start + (20 * Second), 0L),
            (guardrail.Level, guardrail.Read().Since, guardrail.Read().SampleCount));
        Repeat(guardrail, Start + (20 * Second), 20, Fine);
        Assert.Equal(Level.Healthy, guardrail.Level);
        Repeat(guardrail, Start + (21 * Second), 50, Bad);
        Assert.Equal(
            (Level.Breach, Start + (21 * Second)),
            (guardrail.Level, guardrail.Read().Since / Second * Second));
    }

    [Fact]
    public void Advance_FastPercentileAtTheClearLine_DoesNotClear()
    {
        LatencyGuardrail guardrail = Make("market-data");
        Repeat(guardrail, Start, 50, Bad);
        for (int tenth = 1; tenth < 600; tenth++) guardrail.Record(Start + (tenth * Second / 10), 80_000, false);
        Assert.Equal(Level.Breach, guardrail.Level);
    }

    [Fact]
    public void Advance_SilenceAfterBreach_IsUnknownOnceNoSampleIsLeft()
    {
        LatencyGuardrail guardrail = Make("market-data");
        Repeat(guardrail, Start, 50, Bad);
        guardrail.Advance(Start + (54 * Second));
        Assert.Equal((Level.Breach, true), (guardrail.Level, guardrail.Confirmed));
        guardrail.Advance(Start + (86_400 * Second));
        Assert.Equal(
            (Level.Unknown, false, long.MaxValue),
            (guardrail.Level, guardrail.Confirmed, guardrail.NextDeadline));
        Assert.True(double.IsNaN(guardrail.Read().Value));
    }

    [Fact]
    public void Record_CountWindow_BreachesAtTheHundredthAndIsLeftByStartAnewOnly()
    {
        LatencyGuardrail guardrail = Make("order-ack");
        for (int i = 0; i < 99; i++) guardrail.Record(Start + (i * 60 * Second), i < 3 ? Bad : Fine, false);
        Assert.Equal(Level.Unknown, guardrail.Level);
        long now = Start + (99 * 60 * Second);
        guardrail.Record(now, Fine, false);
        Assert.Equal(
            (Level.Breach, false, "latency.count", 100L),
            (guardrail.Level, guardrail.Confirmed, guardrail.Read().Code, guardrail.Read().SampleCount));
        Assert.Equal(100.0, guardrail.Read().Value);
        guardrail.Advance(now + (2 * Second) - 1);
        Assert.False(guardrail.Confirmed);
        guardrail.Advance(now + (2 * Second));
        Assert.True(guardrail.Confirmed);
        Repeat(guardrail, now + (60 * Second), 600, Fine);
        guardrail.Advance(now + (48 * 3600 * Second));
        Assert.Equal((Level.Breach, true), (guardrail.Level, guardrail.Confirmed));
        guardrail.StartAnew(now + (49 * 3600 * Second));
        Assert.Equal((Level.Unknown, false, 0L), (guardrail.Level, guardrail.Confirmed, guardrail.Read().SampleCount));
    }

    [Fact]
    public void Record_FourSlowOrdersInALife_DoNotHaltForEver()
    {
        LatencyGuardrail guardrail = Make("order-ack");
        Repeat(guardrail, Start, 4, Bad);
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Advance(Start + (10 * Second));
        Assert.Equal(Level.Unknown, guardrail.Level);
        guardrail.Advance(Start + (24 * 3600 * Second) + 4);
        Assert.Equal(0, guardrail.Read().SampleCount);
        Assert.Equal(long.MaxValue, guardrail.NextDeadline);
    }

    [Fact]
    public void StartAnew_TimeWindow_ResetsOnlyWhatOrdersFeed()
    {
        LatencyGuardrail feed = Make("market-data");
        LatencyGuardrail fill = Make("fill");
        Repeat(feed, Start, 50, Bad);
        Repeat(fill, Start, 50, Bad);
        feed.StartAnew(Start + 1);
        fill.StartAnew(Start + 1);
        Assert.Equal((Level.Breach, true), (feed.Level, feed.Confirmed));
        Assert.Equal((Level.Unknown, false, 0L), (fill.Level, fill.Confirmed, fill.Read().SampleCount));
        Assert.True(fill.FedByOrders);
    }

    [Fact]
    public void Mode_OffAndShadow_JudgeNothingOrMarkIt()
    {
        var off = new LatencyGuardrail(LatencyPolicy.For(new LatencyOptions { Mode = GuardrailMode.Off }, "x"));
        Repeat(off, Start, 5000, Bad);
        Assert.Equal((Level.Unknown, false), (off.Level, off.Confirmed));
        Assert.Equal(5000, off.Percentiles().Count);
        var shadow = new LatencyGuardrail(LatencyPolicy.For(new LatencyOptions { Mode = GuardrailMode.Shadow }, "x"));
        Repeat(shadow, Start, 50, Bad);
        Assert.Equal((Level.Breach, ReadingFlags.Shadow), (shadow.Level, shadow.Read().Flags));
    }

    [Theory]
    [InlineData("market-data", 60 * Second)]
    [InlineData("order-ack", (24 * 3600 * Second) + 1)]
    public void Read_ClockSuspectSample_IsMarkedWhileItIsInTheWindow(string stage, long gone)
    {
        LatencyGuardrail guardrail = Make(stage);
        guardrail.Record(Start, Fine, true);
        guardrail.Record(Start + 1, Fine, false);
        guardrail.Advance(Start + gone - 1);
        Assert.Equal(ReadingFlags.ClockSuspect, guardrail.Read().Flags);
        guardrail.Advance(Start + gone);
        Assert.Equal(ReadingFlags.None, guardrail.Read().Flags);
    }

    [Theory]
    [InlineData("market-data")]
    [InlineData("order-ack")]
    public void Record_OddNumbers_NeverThrowsNorReadsHealthyWithoutHealthyData(string stage)
    {
        LatencyGuardrail guardrail = Make(stage);
        Assert.False(guardrail.Record(Start, -1, false));
        Assert.False(guardrail.Record(Start, long.MinValue, false));
        Assert.Equal(0, guardrail.Read().SampleCount);
        long[] times = [long.MinValue, -1, 0, 1, Start, long.MaxValue - 1, long.MaxValue];
        long[] values = [long.MaxValue, 60_000_001, 100_000];
        for (int i = 0; i < 2000; i++)
        {
            guardrail.Record(times[i * times.Length / 2000], values[i % 3], false);
            Assert.NotEqual(Level.Healthy, guardrail.Level);
            if (i % 100 == 0) guardrail.Advance(times[i * times.Length / 2000]);
        }

        Assert.Equal(long.MaxValue / 1000.0, guardrail.Percentiles().Max);
        guardrail.StartAnew(long.MaxValue);
    }

    [Fact]
    public void Window_OfTwoStages_MergesIntoThePortfolio()
    {
        var portfolio = new LatencyHistogram();
        LatencyGuardrail one = Make("market-data");
        LatencyGuardrail other = Make("order-ack");
        Repeat(one, Start, 98, Fine);
        Repeat(other, Start, 2, Bad);
        one.AddTo(portfolio);
        portfolio.Merge(other.Window());
        Assert.Equal((100, 2), (portfolio.Count, portfolio.AtOrAboveLimit));
        Assert.True(P99Rule.Reaches(portfolio.Count, portfolio.AtOrAboveLimit));
        Assert.InRange(portfolio.Percentiles().P99, 100.0, 100.79);
    }

    internal static LatencyGuardrail Make(string stage) => new(LatencyPolicy.For(new LatencyOptions(), stage));

    internal static void Repeat(LatencyGuardrail guardrail, long now, int count, long value)
    {
        for (int i = 0; i < count; i++) guardrail.Record(now + i, value, false);
    }

    // 11 spikes in the first samples, 20 s before: too few to be a burst, enough for the P99 of a thousand.
    private static LatencyGuardrail SlowBreach(int samples, LatencyOptions? options = null)
    {
        var guardrail = new LatencyGuardrail(LatencyPolicy.For(options ?? new LatencyOptions(), "market-data"));
        long early = Start - (20 * Second);
        for (int i = 0; i < samples; i++)
        {
            long at = i < 900 ? early + (i * Second / 50) : Start;
            guardrail.Record(at, i % 80 == 0 && i <= 800 ? Bad : Fine, false);
        }

        return guardrail;
    }
}
