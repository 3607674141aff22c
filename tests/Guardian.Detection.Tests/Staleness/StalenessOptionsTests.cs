using Guardian.Detection.Staleness;

namespace Guardian.Detection.Tests.Staleness;

public sealed class StalenessOptionsTests
{
    private const string Stretch = "'2026-12-24T17:00 - 2026-12-26T22:00'";

    [Fact]
    public void Validate_Defaults_AreValidAndAsDocumented()
    {
        StalenessOptions options = new();
        Assert.Empty(options.Validate());
        StalenessPolicy policy = new(options);
        Assert.True(policy.TryGetLimits("market-data", out SilenceLimits limits));
        Assert.Equal(new SilenceLimits(10_000_000_000, 30_000_000_000), limits);
        Assert.False(policy.TryGetLimits("order-ack", out _));
        Assert.Equal((2_000_000_000L, TradingCalendar.Always), (policy.ClearAfter, policy.Calendar));
    }

    [Theory]
    [InlineData(10, 11, null)]
    [InlineData(9, 11, ":Warning = 00:00:00.0090000: must be 00:00:00.0100000 to 1.00:00:00")]
    [InlineData(10, 86_400_000, null)]
    [InlineData(10, 86_400_001, ":Breach = 1.00:00:00.0010000: must be 00:00:00.0100000 to 1.00:00:00")]
    [InlineData(20, 20, ":Breach = 00:00:00.0200000: must be above Staleness:Stages:s:Warning (00:00:00.0200000)")]
    [InlineData(0, 0, null)]
    public void Validate_StageLimits_OnTheBound(double warningMs, double breachMs, string? error)
    {
        StalenessOptions options = new();
        options.Stages["s"] = new StageSilence
        {
            Warning = TimeSpan.FromMilliseconds(warningMs), Breach = TimeSpan.FromMilliseconds(breachMs),
        };
        Assert.Equal(error is null ? "" : "Staleness:Stages:s" + error, string.Join(" | ", options.Validate()));
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(9, false)]
    [InlineData(86_400_000, true)]
    [InlineData(86_400_001, false)]
    public void Validate_ClearAfter_OnTheBound(double milliseconds, bool valid) => Assert.Equal(
        valid, new StalenessOptions { ClearAfter = TimeSpan.FromMilliseconds(milliseconds) }.Validate().Count == 0);

    [Fact]
    public void Validate_ManyMistakes_ReportsThemAll()
    {
        StalenessOptions options = new() { Mode = (GuardrailMode)3, Calendar = "nyse" };
        options.Calendars["own"] = new CalendarOptions();
        options.Calendars["own"].Holidays.Add("christmas");
        options.Calendars["bad"] = new CalendarOptions();
        options.Calendars["bad"].Sessions.Add("always");
        Assert.Equal(
            $"""
            Staleness:Mode = 3: must be Enforce, Shadow or Off
            Staleness:Calendar = nyse: must be always, fx or a name in Staleness:Calendars
            Staleness:Calendars:own:Sessions:Count = 0: must be 1 to 50
            Staleness:Calendars:own:Holidays = christmas: must read like '2026-12-25' or {Stretch} (UTC)
            Staleness:Calendars:bad:Sessions = always: must read like 'Sun 22:00 - Fri 22:00' (UTC)
            """,
            string.Join('\n', options.Validate()));
        Assert.Throws<ArgumentException>(() => new StalenessPolicy(options));
    }

    [Theory]
    [InlineData(50, 5000, 0)]
    [InlineData(51, 5000, 1)]
    [InlineData(50, 5001, 1)]
    public void Validate_CalendarSizes_OnTheBound(int sessions, int holidays, int errors)
    {
        StalenessOptions options = new() { Calendar = "own" };
        options.Calendars["own"] = new CalendarOptions();
        options.Calendars["own"].Sessions.AddRange(Enumerable.Repeat("Mon 09:00 - Mon 17:00", sessions));
        options.Calendars["own"].Holidays.AddRange(Enumerable.Repeat("2026-12-25", holidays));
        Assert.Equal(errors, options.Validate().Count);
    }

    [Fact]
    public void Validate_TooManyStages_Refuses()
    {
        StalenessOptions options = new();
        for (int i = 0; i < 99; i++) options.Stages[$"s{i}"] = new StageSilence();
        Assert.Empty(options.Validate());
        options.Stages["one more"] = new StageSilence();
        Assert.Equal("Staleness:Stages:Count = 101: must be 0 to 100", Assert.Single(options.Validate()).ToString());
    }

    [Fact]
    public void TryGetLimits_SwitchedOffStage_IsNotJudged()
    {
        StalenessOptions options = new();
        options.Stages["market-data"] = new StageSilence();
        Assert.False(new StalenessPolicy(options).TryGetLimits("market-data", out _));
    }
}
