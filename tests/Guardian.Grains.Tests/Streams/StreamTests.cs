using Guardian.Contracts;

namespace Guardian.Grains.Tests.Streams;

/// <summary>Summaries on their way to the aggregator and the alert grain, by implicit subscriptions.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private Silo _silo = null!;

    public async ValueTask InitializeAsync() => _silo = await Silo.StartAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Fact]
    public async Task Summary_Trip_ReachesViewAndAlerts()
    {
        await _silo.Guardian("A").Observe(Bench.Unnumbered(Bench.Failures(5)));
        await _silo.Guardian("B").Observe(Bench.Unnumbered(Bench.Latencies(150, milliseconds: 20)));
        await ViewIsAsync("A is worst of two, B's latency is seen", s =>
            s.Symbols == 2 && s.Worst is [{ Symbol: "A", Breaker: BreakerState.Open }]
            && s.Latency is [{ Stage: "decision", Count: 150, Symbols: 1 }]);
        await FiringAsync("A's trip", alerts => alerts is
            [{ Name: "GuardianTripped", Key: "A", Status: AlertStatus.Firing, Severity: Severity.P1 }]);
    }

    [Fact]
    public async Task Remove_FiringSymbol_EndsItsAlertAndLeavesTheView()
    {
        await _silo.Guardian("A").Hold(new HoldRequest { Id = "h", Actor = "ann", Reason = "news" });
        await _silo.Guardian("B").Observe(Bench.Unnumbered(Bench.Latencies(1)));
        await FiringAsync("A is held", alerts => alerts is [{ Name: "GuardianHeld", Key: "A" }]);
        await ViewIsAsync("both", s => s.Symbols == 2);
        Assert.Equal("removed", (await _silo.Portfolio().Remove("A")).Code);
        await FiringAsync("nothing fires", alerts => alerts.Length == 0);
        await ViewIsAsync("B alone, from its repeat", s => s.Symbols == 1);
        Texts.Equal(["B"], (await _silo.Portfolio().GetRoster()).Select(e => e.Symbol));
    }

    [Fact]
    public async Task PortfolioHold_Placed_AlertsAndStopsEverySymbol()
    {
        var request = new HoldRequest { Scope = Scope.Portfolio, Id = "p", Actor = "ann", Reason = "news" };
        await _silo.Portfolio().Hold(request);
        Decision decision = await _silo.Guardian("A").Check(Bench.Order());
        Assert.Equal(("denied.halted", "p"), (decision.Code, Assert.Single(decision.Reasons).Subject));
        await FiringAsync("the hold", alerts => alerts is [{ Name: "PortfolioHeld", Key: "p", Severity: Severity.P0 }]);
        await ViewIsAsync("halted", s => s is { TradingState: TradingState.Halted, Holds: [{ Id: "p" }] }
            && s.ByTradingState.GetValueOrDefault(TradingState.Halted) == 1);
        await _silo.Portfolio().Release(new ReleaseRequest { Id = "p", Actor = "ann", Reason = "over" });
        await FiringAsync("nothing fires", alerts => alerts.Length == 0);
    }

    [Fact]
    public async Task Alerts_Restart_KeepTheirLife()
    {
        await _silo.Guardian("A").Hold(new HoldRequest { Id = "h", Actor = "ann", Reason = "news" });
        await FiringAsync("A is held", alerts => alerts is [{ Name: "GuardianHeld" }]);
        Alert before = Assert.Single(await _silo.Alerts().GetAlerts(withResolved: false));
        ActionResult seen = await _silo.Alerts().Acknowledge(
            new AcknowledgeRequest { Id = before.Id, Actor = "bob", Reason = "on it" });
        Assert.Equal(("acknowledged", Durability.Full), (seen.Code, seen.Durable));
        await _silo.RestartAsync();
        Alert after = Assert.Single(await _silo.Alerts().GetAlerts(withResolved: false));
        Assert.Equal(before with { AcknowledgedBy = "bob" }, after with { Summary = before.Summary });
        Assert.Contains(await _silo.Alerts().GetHistory(10), s => s.Step == "acknowledged");
    }

    private Task FiringAsync(string phase, Func<Alert[], bool> reached) => Silo.ReachedAsync(phase, async () =>
        reached(await _silo.Alerts().GetAlerts(withResolved: false)));

    private Task ViewIsAsync(string phase, Func<PortfolioSummary, bool> reached) =>
        Silo.ReachedAsync(phase, async () => reached(await _silo.Portfolio().GetSummary()));
}
