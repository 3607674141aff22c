using Guardian.Detection.Encoding;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

/// <summary>What a latency guardrail has forgotten shows nowhere: not in readings, not in windows, not in states.
/// </summary>
public sealed class LatencyForgettingTests
{
    private const long Second = LatencyGuardrailTests.Second;
    private long _now = LatencyGuardrailTests.Start;

    [Fact]
    public void Record_CalmAfterABreach_TheWindowHasLaterSamplesOnly()
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make("market-data");
        Feed(guardrail, 400, every: Second / 100, value: 400_000);
        Assert.Equal((Level.Breach, true), (guardrail.Level, guardrail.Confirmed));
        for (int i = 0; i < 200 && guardrail.Level == Level.Breach; i++)
            Feed(guardrail, 100, every: Second / 100, value: 5_000);
        Assert.NotEqual(Level.Breach, guardrail.Level);
        AssertOnlySmall(guardrail, "market-data");
        Feed(guardrail, 6_000, every: Second / 100, value: 5_000);
        Assert.Equal(Level.Healthy, guardrail.Level);
        AssertOnlySmall(guardrail, "market-data");
    }

    [Theory]
    [InlineData("order-ack")]
    [InlineData("fill")]
    public void StartAnew_AStageFedByOrders_TheWindowHasLaterSamplesOnly(string stage)
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make(stage);
        Feed(guardrail, 400, every: Second / 100, value: 400_000);
        Assert.Equal(Level.Breach, guardrail.Level);
        guardrail.StartAnew(_now);
        Reading reading = guardrail.Read();
        Assert.Equal((Level.Unknown, 0L, double.NaN), (reading.Level, reading.SampleCount, reading.Value));
        Feed(guardrail, 50, every: Second / 100, value: 5_000);
        AssertOnlySmall(guardrail, stage);
        Assert.Equal(50, guardrail.Read().SampleCount);
    }

    [Fact]
    public void Advance_SilenceLongerThanTheWindow_NothingIsLeft()
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make("market-data");
        Feed(guardrail, 300, every: Second / 100, value: 60_000);
        guardrail.Advance(_now += 600 * Second);
        Reading reading = guardrail.Read();
        Assert.Equal((Level.Unknown, 0L), (reading.Level, reading.SampleCount));
        Feed(guardrail, 300, every: Second / 100, value: 5_000);
        AssertOnlySmall(guardrail, "market-data");
        Assert.Equal(300, guardrail.Read().SampleCount);
    }

    // More of one bucket in one slot than a cell holds.
    [Fact]
    public void Record_MoreThanACellHolds_IsCountedAndForgottenAsAWhole()
    {
        const int many = 200_000;
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make("market-data");
        Feed(guardrail, many, every: 5_000, value: 60_000);
        Feed(guardrail, many, every: 5_000, value: 4_000);
        for (int i = 0; i < 12; i++)
        {
            Feed(guardrail, 10, every: Second / 2, value: 5_000);
            LatencyGuardrail copy = Copy(guardrail, "market-data");
            Assert.Equal(guardrail.Read(), copy.Read());
            Assert.Equal(guardrail.Window().Percentiles(), copy.Window().Percentiles());
            if (i == 3)
            {
                LatencyHistogram window = guardrail.Window();
                Assert.Equal(((2L * many) + 40, (long)many), (window.Count, window.AtOrAboveWarning));
                Assert.InRange(window.Percentile(100)!.Value, 4_000, 4_040);
                Assert.InRange(window.Percentile(900)!.Value, 60_000, 60_500);
            }
        }

        Feed(guardrail, 10, every: Second / 2, value: 5_000);
        AssertOnlySmall(guardrail, "market-data");
        Assert.InRange(guardrail.Read().SampleCount, 100, 130);
    }

    [Fact]
    public void Read_OfShadowAndSuspect_IsMarkedAndOnlyWhileTheSampleIsThere()
    {
        LatencyOptions options = new() { Mode = GuardrailMode.Shadow };
        foreach (string stage in (string[])["market-data", "order-ack"])
        {
            var guardrail = new LatencyGuardrail(LatencyPolicy.For(options, stage));
            guardrail.Record(_now, 5_000, clockSuspect: true);
            Assert.Equal(ReadingFlags.Shadow | ReadingFlags.ClockSuspect, guardrail.Read().Flags);
            guardrail.Advance(_now += 25 * 3_600 * Second);
            Assert.Equal(ReadingFlags.Shadow, guardrail.Read().Flags);
        }

        LatencyGuardrail burst = new(LatencyPolicy.For(options, "market-data"));
        Feed(burst, 400, every: Second / 100, value: 400_000);
        Reading reading = burst.Read();
        Assert.Equal(("latency.fast", "count", ReadingFlags.Shadow), (reading.Code, reading.Unit, reading.Flags));
        LatencyGuardrail sound = LatencyGuardrailTests.Make("market-data");
        Feed(sound, 400, every: Second / 100, value: 5_000);
        Assert.Equal(ReadingFlags.None, sound.Read().Flags);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(120)]
    public void RollTo_InStepsOrAtOnce_ForgetsWhatIsTooOld(int steps)
    {
        var window = new SlottedLatencyWindow(50, 100);
        window.RollTo(_now);
        foreach (long value in (long[])[7, 60, 200]) window.Add(value);
        Assert.Equal((3L, 2L, 1L), (window.Count, window.AtOrAboveWarning, window.AtOrAboveLimit));
        for (int i = 0; i < steps; i++) window.RollTo(_now += 600 * Second / steps);
        Assert.Equal((0L, 0L, 0L), (window.Count, window.AtOrAboveWarning, window.AtOrAboveLimit));
        window.Add(8);
        Assert.Equal((1L, 0L, 0L, 8L), (
            window.Count, window.AtOrAboveWarning, window.AtOrAboveLimit, window.Percentile(500)!.Value));
    }

    [Fact]
    public void Read_OfWarningsAndBursts_TellsWhatWasCountedAgainstWhat()
    {
        var options = new LatencyOptions();
        LatencyGuardrail slow = LatencyGuardrailTests.Make("market-data");
        Feed(slow, 2_000, every: Second / 100, value: 60_000);
        Reading reading = slow.Read();
        Assert.Equal(
            (Level.Warning, "latency.warning", "ms", 2_000L, options.WarningLimit.TotalMilliseconds),
            (reading.Level, reading.Code, reading.Unit, reading.SampleCount, reading.Limit));
        LatencyGuardrail healthy = LatencyGuardrailTests.Make("market-data");
        Feed(healthy, 2_000, every: Second / 100, value: 5_000);
        reading = healthy.Read();
        Assert.Equal(
            ("latency.healthy", "ms", options.Limit.TotalMilliseconds), (reading.Code, reading.Unit, reading.Limit));
        Feed(healthy, options.WarningSpikes + 1, every: Second / 100, value: 150_000);
        reading = healthy.Read();
        Assert.Equal(
            ("latency.spikes", "count", options.WarningSpikes + 1.0, (double)options.WarningSpikes),
            (reading.Code, reading.Unit, reading.Value, reading.Limit));
        Assert.True(reading.SampleCount < healthy.Window().Count, "not of the fast window");
        LatencyGuardrail burst = LatencyGuardrailTests.Make("market-data");
        for (int i = 0; i < 400; i++) burst.Record(_now += Second / 100, 400_000, clockSuspect: true);
        reading = burst.Read();
        Assert.Equal(("latency.fast", ReadingFlags.ClockSuspect), (reading.Code, reading.Flags));
    }

    private static void AssertOnlySmall(LatencyGuardrail guardrail, string stage)
    {
        Assert.Equal(5, guardrail.Percentiles().Max);
        Assert.InRange(guardrail.Percentiles().P99, 5, 5.05);
        Assert.InRange(guardrail.Window().Percentile(1)!.Value, 5_000, 5_050);
        Assert.Equal(0, guardrail.Window().AtOrAboveWarning);
        Assert.Equal(guardrail.Read(), Copy(guardrail, stage).Read());
    }

    private static LatencyGuardrail Copy(LatencyGuardrail guardrail, string stage)
    {
        var writer = new StateWriter();
        guardrail.WriteState(writer);
        byte[] state = writer.ToArray();
        var reader = new StateReader(state);
        LatencyGuardrail copy = LatencyGuardrailTests.Make(stage);
        copy.ReadState(ref reader);
        var again = new StateWriter();
        copy.WriteState(again);
        Assert.Equal(state, again.ToArray());
        return copy;
    }

    private void Feed(LatencyGuardrail guardrail, int count, long every, long value)
    {
        for (int i = 0; i < count; i++) guardrail.Record(_now += every, value, clockSuspect: false);
    }
}
