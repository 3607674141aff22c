using Guardian.Contracts;
using Guardian.Grains.Guarding;

namespace Guardian.Grains.Tests.Guarding;

public sealed class GuardianConditionsTests
{
    private readonly Bench _bench = new();

    private Condition[] Now => GuardianConditions.Of(_bench.Core.GetVerdict());

    [Fact]
    public void Of_Quiet_IsEmpty() => Assert.Empty(Now);

    [Fact]
    public void Of_Tripped_IsP1WithReasonAndLimit()
    {
        _bench.Trip();
        Condition condition = Assert.Single(Now);
        Assert.Equal(("GuardianTripped", Severity.P1, Scope.Symbol, "BTCUSDT"), (
            condition.Name, condition.Severity, condition.Scope, condition.Key));
        Assert.Equal(Timestamp.From(Bench.Start), condition.Since);
        Assert.StartsWith("BTCUSDT is Open (episode 1): errors orders: ", condition.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_HalfOpen_IsTheSameAlertStill()
    {
        _bench.HalfOpen();
        Assert.Equal("GuardianTripped", Assert.Single(Now).Name);
    }

    [Fact]
    public void Of_Latched_IsItsOwnAlert()
    {
        _bench.Latch();
        Condition condition = Assert.Single(Now);
        Assert.Equal(("GuardianLatched", Severity.P1), (condition.Name, condition.Severity));
    }

    [Fact]
    public void Of_Held_IsP0WithTheHold()
    {
        _bench.HoldSymbol("h1");
        Condition condition = Assert.Single(Now);
        Assert.Equal(("GuardianHeld", Severity.P0), (condition.Name, condition.Severity));
        Assert.Equal("BTCUSDT is Held (episode 1): hold h1: ann: news", condition.Summary);
    }

    [Fact]
    public async Task Of_PortfolioHold_IsNotTheSymbols()
    {
        await _bench.HoldBeyondAsync("p", TradingState.Halted);
        Assert.Empty(Now);
        _bench.Time.Advance(TimeSpan.FromHours(1));
        _bench.Trip();
        Condition condition = Assert.Single(Now);
        Assert.Equal(Timestamp.From(Bench.Start.AddHours(1)), condition.Since);
        Assert.DoesNotContain("storm", condition.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, Severity.P2)]
    [InlineData(30, Severity.P1)]
    public void Of_SilentFeed_IsStaleBySeverity(int seconds, Severity severity)
    {
        _bench.Core.Observe(Bench.Unnumbered(Observation.Latency("market-data", TimeSpan.FromMilliseconds(5))));
        _bench.Pass(TimeSpan.FromSeconds(seconds));
        Condition condition = Assert.Single(Now, c => c.Name == "FeedStale");
        Assert.Equal((severity, "BTCUSDT/market-data", false), (condition.Severity, condition.Key, condition.Shadow));
    }

    [Fact]
    public void Of_ShadowBreach_IsMarkedAndStopsNothing()
    {
        _bench.SetLimits(("Errors:Mode", "Shadow"));
        _bench.Core.Observe(Bench.Unnumbered(Bench.Failures(5)));
        Condition condition = Assert.Single(Now);
        Assert.Equal(("GuardianTripped", true, "BTCUSDT/orders"), (condition.Name, condition.Shadow, condition.Key));
        Assert.True(_bench.Core.Check(Bench.Order()).Allowed);
    }

    [Fact]
    public void Line_NumberAndLimit_AreSaidInOneLine()
    {
        var reason = new Reason
        {
            Code = "c", Guardrail = "latency", Subject = "decision", Value = 123.4567, Limit = 100, Unit = "ms",
        };
        Assert.Equal("latency decision: 123.457 ms, limit 100", GuardianConditions.Line(reason));
        Assert.Equal("latency decision: c", GuardianConditions.Line(reason with { Value = null }));
        Assert.Equal("latency decision: words", GuardianConditions.Line(reason with { Text = "words" }));
    }
}
