using Guardian.Detection.Breaker;

namespace Guardian.Detection.Tests.Breaker;

public sealed class BreakerOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreValidAndAsDocumented()
    {
        BreakerOptions options = new();
        Assert.Empty(options.Validate());
        Assert.Equal((TradingState.Halted, 4, 10, 5), (
            options.OnTrip, options.LatchingEpisode, options.LatchingReturn, options.ProbesPerStep));
        Assert.Equal("0.1, 0.25, 0.5, 1", string.Join(", ", options.Ramp));
        Assert.Equal("00:00:05 00:05:00 01:00:00 00:00:30 00:00:05 00:15:00", string.Join(
            ' ', options.FirstBreak, options.LongestBreak, options.EpisodeWindow, options.QuietAfter,
            options.PermitLease, options.ApprovalWindow));
    }

    [Theory]
    [InlineData("FirstBreak", 99, "00:00:00.1000000 to 1.00:00:00")]
    [InlineData("LongestBreak", 86_400_001, "00:00:00.1000000 to 1.00:00:00")]
    [InlineData("EpisodeWindow", 59_999, "00:01:00 to 7.00:00:00")]
    [InlineData("EpisodeWindow", 604_800_001, "00:01:00 to 7.00:00:00")]
    [InlineData("QuietAfter", 99, "00:00:00.1000000 to 1.00:00:00")]
    [InlineData("QuietAfter", 86_400_001, "00:00:00.1000000 to 1.00:00:00")]
    [InlineData("PermitLease", 99, "00:00:00.1000000 to 00:10:00")]
    [InlineData("PermitLease", 600_001, "00:00:00.1000000 to 00:10:00")]
    [InlineData("ApprovalWindow", 999, "00:00:01 to 1.00:00:00")]
    [InlineData("ApprovalWindow", 86_400_001, "00:00:01 to 1.00:00:00")]
    public void Validate_Duration_OnTheBound(string name, double outside, string range)
    {
        double inside = outside % 10 == 9 ? outside + 1 : outside - 1;
        Assert.Empty(With(name, TimeSpan.FromMilliseconds(inside)).Validate());
        TimeSpan bad = TimeSpan.FromMilliseconds(outside);
        Assert.Equal($"Breaker:{name} = {bad:c}: must be {range}", string.Join(" | ", With(name, bad).Validate()));
    }

    [Theory]
    [InlineData(2, 1, 1, "")]
    [InlineData(100, 100, 100, "")]
    [InlineData(1, 1, 1, "Breaker:LatchingEpisode = 1: must be 2 to 100")]
    [InlineData(101, 1, 1, "Breaker:LatchingEpisode = 101: must be 2 to 100")]
    [InlineData(2, 0, 1, "Breaker:LatchingReturn = 0: must be 1 to 100")]
    [InlineData(2, 101, 1, "Breaker:LatchingReturn = 101: must be 1 to 100")]
    [InlineData(2, 1, 0, "Breaker:ProbesPerStep = 0: must be 1 to 100")]
    [InlineData(2, 1, 101, "Breaker:ProbesPerStep = 101: must be 1 to 100")]
    public void Validate_Counts_OnTheBound(int episode, int comeBack, int probes, string errors) => Assert.Equal(
        errors,
        string.Join(" | ", new BreakerOptions
        {
            LatchingEpisode = episode, LatchingReturn = comeBack, ProbesPerStep = probes,
        }.Validate()));

    [Theory]
    [InlineData(true, 1.0)]
    [InlineData(true, 0.5, 1.0)]
    [InlineData(false)]
    [InlineData(false, 0.5)]
    [InlineData(false, 0.0, 1.0)]
    [InlineData(false, 0.5, 0.5, 1.0)]
    [InlineData(false, 0.5, 1.0, 1.0)]
    [InlineData(false, 0.5, double.NaN, 1.0)]
    [InlineData(false, double.NaN)]
    [InlineData(false, 2.0)]
    public void Validate_Ramp_RisesToOne(bool valid, params double[] ramp) => Assert.Equal(
        valid ? "" : $"Breaker:Ramp = {string.Join(", ", ramp)}: must be 1 to 16 steps that rise from above 0 to 1",
        string.Join(" | ", new BreakerOptions { Ramp = ramp }.Validate()));

    [Fact]
    public void Validate_RampOfSeventeenSteps_Refuses()
    {
        double[] ramp = [.. Enumerable.Range(1, 17).Select(i => i / 17.0)];
        Assert.Single(new BreakerOptions { Ramp = ramp }.Validate());
        Assert.Empty(new BreakerOptions { Ramp = [.. ramp.Skip(1)] }.Validate());
    }

    [Fact]
    public void Validate_ActiveOnTripAndBreaksCrossed_Refuses()
    {
        BreakerOptions options = new() { OnTrip = TradingState.Active, LongestBreak = TimeSpan.FromSeconds(4) };
        Assert.Equal(
            "Breaker:OnTrip = Active: must be Halted or Reducing | "
                + "Breaker:FirstBreak = 00:00:05: must not be above Breaker:LongestBreak (00:00:04)",
            string.Join(" | ", options.Validate()));
        ArgumentException error = Assert.Throws<ArgumentException>(() => new BreakerPolicy(options));
        Assert.Equal(
            $"Condition failed: {string.Join("; ", options.Validate())}. Correct them. (Parameter 'options')",
            error.Message);
    }

    [Fact]
    public void Validate_FirstBreakIsTheLongest_IsTaken() => Assert.Empty(
        new BreakerOptions { FirstBreak = TimeSpan.FromMinutes(5) }.Validate());

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 10)]
    [InlineData(5, 160)]
    [InlineData(6, 300)]
    [InlineData(61, 300)]
    [InlineData(128, 300)]
    public void BreakAfter_Doublings_EndAtTheLongest(int doublings, double seconds) =>
        Assert.Equal(seconds, new BreakerPolicy(new BreakerOptions()).BreakAfter(doublings) / 1e9);

    private static BreakerOptions With(string name, TimeSpan value)
    {
        BreakerOptions options = new();
        typeof(BreakerOptions).GetProperty(name)!.SetValue(options, value);
        return options;
    }
}
