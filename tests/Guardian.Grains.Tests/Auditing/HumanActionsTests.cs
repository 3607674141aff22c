using Guardian.Contracts;
using Guardian.Grains.Auditing;
using Guardian.Storage.Audit;

namespace Guardian.Grains.Tests.Auditing;

/// <summary>What people do to a real silo, as its log of human actions tells it.</summary>
public sealed class HumanActionsTests : IAsyncLifetime
{
    private Silo _silo = null!;

    public async ValueTask InitializeAsync() => _silo = await Silo.StartAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    private IHistoryGrain History => _silo.Grains.GetGrain<IHistoryGrain>(0);

    private async Task<string[]> LinesAsync()
    {
        await StoredAsync();
        AuditPage page = await History.GetAudit(new AuditQuery());
        return
        [
            .. page.Items.OrderBy(e => e.Number).Select(e =>
                $"{e.Actor} {e.Action} {e.Target} of {e.Session}, {e.Reason}: {e.Result} ({e.Details})"),
        ];
    }

    // A busy machine may take longer than the patience of an answer.
    private Task StoredAsync() => Silo.ReachedAsync(
        "every entry is stored", async () => (await History.GetDurability()).Audit.Waiting == 0);

    [Fact]
    public async Task Record_EachAction_OneEntryWithWhoWhatWhyAndHowItEnded()
    {
        IPortfolioGrain live = _silo.Portfolio();
        IGuardianGrain btc = _silo.Guardian("BTC");
        await live.Hold(new HoldRequest { Id = "p", Scope = Scope.Portfolio, Actor = "ann", Reason = "news" });
        await live.Hold(new HoldRequest
        {
            Id = "m", Scope = Scope.Strategy, Key = "mm1", State = TradingState.Reducing, Actor = "ann", Reason = "new",
        });
        // Told twice, recorded once: the portfolio hands it to the symbol.
        await live.Hold(new HoldRequest { Id = "s", Key = "BTC", Actor = "ann", Reason = "fills" });
        await live.Release(new ReleaseRequest { Id = "s", Actor = "bob", Reason = "well" });
        await live.Release(new ReleaseRequest { Id = "m", Actor = "bob", Reason = "done" });
        await live.Release(new ReleaseRequest { Id = "none", Actor = "bob", Reason = "typo" });
        await btc.Reset(new ResetRequest { Episode = 9, Actor = "cem", Reason = "try" });
        await btc.Observe(Bench.Unnumbered(Observation.Feature("score", 1)));
        await btc.Rebaseline(new RebaselineRequest { Feature = "score", Actor = "cem", Reason = "model 2" });
        await btc.SetLimits(new LimitsRequest
        {
            Limits = new GuardianLimits { Profile = "feed" }, Actor = "cem", Reason = "tighter",
        });
        await _silo.Alerts().Acknowledge(new AcknowledgeRequest { Id = "a-1", Actor = "dee", Reason = "seen" });
        RequestContext.Set(HumanActions.ActorKey, "eve");
        RequestContext.Set(HumanActions.ReasonKey, "listing");
        await live.Add(new RosterEntry { Symbol = "SOL" });
        RequestContext.Clear();
        await live.Remove("SOL");
        await _silo.Portfolio("paper").Open(new SessionRequest());

        string[] lines = await LinesAsync();
        Texts.Equal(
            [
                "ann hold portfolio of live, news: held (id p, state Halted)",
                "ann hold strategy mm1 of live, new: held (id m, state Reducing)",
                "ann hold symbol BTC of live, fills: held (id s, state Halted)",
                "bob release hold s of live, well: released ()",
                "bob release hold m of live, done: released ()",
                "bob release hold none of live, typo: unknown-hold (Condition failed: no hold 'none' is open in "
                    + "session live; list the holds.)",
            ],
            lines.Take(6));
        Assert.StartsWith(
            "cem reset symbol BTC of live, try: refused (episode 9; ", lines[6], StringComparison.Ordinal);
        Texts.Equal(
            [
                "cem rebaseline symbol BTC of live, model 2: rebaselined (feature score, learned anew)",
                "cem limits symbol BTC of live, tighter: limits-changed (profile feed)",
                "dee acknowledge alert a-1 of live, seen: unknown-alert (Condition failed: no pending or firing alert "
                    + "has the id 'a-1'; list the alerts.)",
                "eve roster-add symbol SOL of live, listing: added (profile default)",
                "unknown roster-remove symbol SOL of live, none given: removed ()",
                "unknown session-open session paper of paper, none given: opened (emptied, profile default)",
            ],
            lines.Skip(7));
        AuditReport report = await History.VerifyAudit();
        Assert.True(report.Whole);
        Assert.Equal(13, report.Entries);
        DurabilityReport durability = await History.GetDurability();
        Assert.Equal(13, durability.Audit.Head!.Count);
        Assert.True(durability.JournalBytes > 0 && durability.JournalBytesLimit > durability.JournalBytes);
    }

    [Fact]
    public async Task Record_InvalidRequest_IsNoAction()
    {
        await _silo.Portfolio().Hold(new HoldRequest { Scope = Scope.Portfolio, Actor = "", Reason = "news" });
        await _silo.Guardian("BTC").Release(new ReleaseRequest { Id = "h", Actor = "ann", Reason = "" });
        Assert.Empty(await LinesAsync());
    }

    [Fact]
    public async Task Record_SiloRestarted_GoesOnInTheSameChain()
    {
        await _silo.Portfolio().Hold(
            new HoldRequest { Id = "p", Scope = Scope.Portfolio, Actor = "ann", Reason = "news" });
        await _silo.RestartAsync();
        await _silo.Portfolio().Release(new ReleaseRequest { Id = "p", Actor = "bob", Reason = "over" });
        await StoredAsync();
        AuditReport report = await History.VerifyAudit();
        Assert.True(report.Whole);
        Assert.Equal(2, Assert.Single(report.Heads).Count);
    }

    [Fact]
    public async Task ResetAsync_GuardianThatIsVouchedFor_EntrySaysSo()
    {
        var log = new MemoryAuditLog(TimeProvider.System);
        var people = new HumanActions(log);
        await people.ResetAsync(
            new ResetRequest { Actor = "ann", Reason = "asked the desk" },
            new SymbolName("BTC", SymbolName.Live),
            () => Task.FromResult(new ActionResult { Done = true, Code = "verified" }));
        AuditEntry entry = Assert.Single(log.Read(new AuditQuery()).Items);
        Assert.Equal(
            ("ann", "reset", "symbol BTC", "verified", "vouched for its halts"),
            (entry.Actor, entry.Action, entry.Target, entry.Result, entry.Details));
    }

    [Fact]
    public async Task HoldAsync_ActionThatThrows_IsRecordedAsFailedAndThrown()
    {
        var log = new MemoryAuditLog(TimeProvider.System);
        var people = new HumanActions(log);
        await Assert.ThrowsAsync<TimeoutException>(() => people.HoldAsync(
            new HoldRequest { Actor = "ann", Reason = new string('r', HumanActions.MostCharacters + 1) },
            "portfolio",
            () => throw new TimeoutException("slow")));
        AuditEntry entry = Assert.Single(log.Read(new AuditQuery()).Items);
        Assert.Equal(("failed", "TimeoutException: slow"), (entry.Result, entry.Details));
        Assert.Equal(HumanActions.MostCharacters, entry.Reason.Length);
    }
}
