using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Storage.Hot;

namespace Guardian.Grains.Tests.Guarding;

/// <summary>Guardians on a real silo with real storage.</summary>
public sealed class GuardianGrainTests : IAsyncLifetime
{
    private static readonly string[] OneSymbol = ["BTCUSDT"];

    private Silo _silo = null!;

    public async ValueTask InitializeAsync() => _silo = await Silo.StartAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    private static HoldRequest Halt(string id) => new() { Id = id, Actor = "ann", Reason = "news" };

    private static ReleaseRequest Lift(string id, string actor = "ann") =>
        new() { Id = id, Actor = actor, Reason = "over" };

    [Fact]
    public async Task Observe_Numbered_BecomesDurableAndRegisters()
    {
        IGuardianGrain guardian = _silo.Guardian("BTCUSDT");
        ObserveResult result = await guardian.Observe(Bench.Batch(1, Bench.Latencies(3)));
        Assert.Equal((ObserveCode.Accepted, 3L), (result.Code, result.AcceptedThrough));
        await Silo.ReachedAsync("durable", async () =>
            (await guardian.Observe(Bench.Batch(1, Bench.Latencies(3)))) is
            { Code: ObserveCode.Duplicate, DurableThrough: 3 });
        Texts.Equal(OneSymbol, (await _silo.Portfolio().GetRoster()).Select(e => e.Symbol));
    }

    [Fact]
    public async Task Observe_EpochThatWasNotIssued_IsRefusedWithBoth()
    {
        IGuardianGrain guardian = _silo.Guardian("BTCUSDT");
        ObserveResult result = await guardian.Observe(Bench.Batch(1, Bench.Latencies(3), epoch: 2));
        Assert.Equal(
            (ObserveCode.Invalid, "Condition failed: producerEpoch is 2, but the newest that was issued to feed-1 in "
                + "session live is 1; take a new one (POST /producers/NAME)."),
            (result.Code, result.Message));
        Assert.Empty(await _silo.Portfolio().GetRoster());
        Assert.Equal(2, await _silo.Portfolio().OpenProducer(Bench.Producer));
        Assert.Equal(
            ObserveCode.Accepted, (await guardian.Observe(Bench.Batch(1, Bench.Latencies(3), epoch: 2))).Code);
        await _silo.RestartAsync();
        guardian = _silo.Guardian("BTCUSDT");
        Assert.Equal(
            ObserveCode.Accepted, (await guardian.Observe(Bench.Batch(4, Bench.Latencies(3), epoch: 2))).Code);
    }

    [Fact]
    public async Task CheckAndObserve_OfAMistake_PutNobodyOnTheRoster()
    {
        IGuardianGrain guardian = _silo.Guardian("TYPO");
        Assert.Equal("invalid", (await guardian.Check(Bench.Order() with { Quantity = -1 })).Code);
        Assert.Equal(ObserveCode.Invalid, (await guardian.Observe(Bench.Batch(1, [], epoch: -1))).Code);
        Assert.Equal(0, (await guardian.Observe(Bench.Unnumbered([default]))).Accepted);
        Assert.Empty(await _silo.Portfolio().GetRoster());
        Assert.True((await guardian.Check(Bench.Order())).Allowed);
        Texts.Equal(["TYPO"], (await _silo.Portfolio().GetRoster()).Select(e => e.Symbol));
    }

    [Fact]
    public async Task Hold_ThenRelease_IsDurableAndDecides()
    {
        IGuardianGrain guardian = _silo.Guardian("BTCUSDT");
        ActionResult held = await guardian.Hold(Halt("h1"));
        Assert.Equal((true, "held", "h1", Durability.Full), (held.Done, held.Code, held.Id, held.Durable));
        Assert.Equal("denied.halted", (await guardian.Check(Bench.Order())).Code);
        Verdict verdict = await guardian.GetVerdict();
        Assert.Equal((BreakerState.Held, TradingState.Halted), (verdict.Breaker, verdict.TradingState));
        Assert.Equal("h1", Assert.Single(await _silo.Portfolio().GetHolds()).Id);
        ActionResult released = await guardian.Release(Lift("h1"));
        Assert.Equal((true, "released", Durability.Full), (released.Done, released.Code, released.Durable));
        Assert.True((await guardian.Check(Bench.Order())).Allowed);
        Assert.Equal(
            "Condition failed: hold h1 was released; place a hold with a new id.",
            (await guardian.Hold(Halt("h1"))).Message);
        Assert.Equal("unknown-hold", (await guardian.Release(Lift("h1"))).Code);
    }

    [Fact]
    public async Task Release_TwoPersons_AwaitsTheSecond()
    {
        IGuardianGrain guardian = _silo.Guardian("BTCUSDT");
        await guardian.SetLimits(Limits(("Breaker:TwoPersonReset", "true")));
        await guardian.Hold(Halt("h1"));
        Assert.Equal("awaiting-approval", (await guardian.Release(Lift("h1"))).Code);
        Assert.Equal("denied.halted", (await guardian.Check(Bench.Order())).Code);
        Assert.NotNull(_silo.Service<HaltBoard>().Find("h1") is { IsOpen: true } open ? open : null);
        Assert.Equal("released", (await guardian.Release(Lift("h1", "bob"))).Code);
        Assert.True((await guardian.Check(Bench.Order())).Allowed);
    }

    [Fact]
    public async Task Activate_TombstoneWithTwoPersons_LiftsTheHold()
    {
        IGuardianGrain guardian = _silo.Guardian("BTCUSDT");
        await guardian.SetLimits(Limits(("Breaker:TwoPersonReset", "true")));
        await guardian.Hold(Halt("h1"));
        await _silo.Service<HaltBoard>().ReleaseAsync("h1", "ann", "over"); // As if the journal had not got so far.
        await _silo.SleepAsync(guardian);
        Assert.True((await guardian.Check(Bench.Order())).Allowed);
        Assert.Equal(BreakerState.Closed, (await guardian.GetVerdict()).Breaker);
    }

    [Fact]
    public async Task SetLimits_StaleETag_ConflictsAndNamesThePresent()
    {
        IGuardianGrain guardian = _silo.Guardian("BTCUSDT");
        string before = (await guardian.GetLimits()).ETag!;
        ActionResult changed = await guardian.SetLimits(Limits(("Breaker:FirstBreak", "00:00:07")) with
        {
            Limits = new GuardianLimits
            {
                Overrides = new(StringComparer.Ordinal) { ["Breaker:FirstBreak"] = "00:00:07" }, ETag = before,
            },
        });
        GuardianLimits now = await guardian.GetLimits();
        Assert.Equal(("limits-changed", now.ETag, Durability.Full), (changed.Code, changed.Id, changed.Durable));
        Assert.False(string.Equals(before, now.ETag, StringComparison.Ordinal));
        Assert.Equal("00:00:07", now.Overrides["Breaker:FirstBreak"]);
        ActionResult conflict = await guardian.SetLimits(Limits() with
        {
            Limits = new GuardianLimits { ETag = before },
        });
        Assert.Equal(("conflict", now.ETag), (conflict.Code, conflict.Id));
        Assert.Equal(
            $"Condition failed: ETag is {before}, but the limits are at {now.ETag}; read them and try again.",
            conflict.Message);
        ActionResult refused = await guardian.SetLimits(Limits(("Breaker:FirstBreak", "-1")));
        Assert.Equal((false, "invalid"), (refused.Done, refused.Code));
        Assert.Equal(now.ETag, (await guardian.GetLimits()).ETag);
    }

    [Fact]
    public async Task Activate_AfterSleep_IsEqualUnderAHigherEpoch()
    {
        IGuardianGrain guardian = _silo.Guardian("BTCUSDT");
        await guardian.Observe(Bench.Batch(1, Bench.Failures(5)));
        await guardian.Hold(Halt("h1"));
        Verdict before = await guardian.GetVerdict();
        await _silo.SleepAsync(guardian);
        Verdict after = await guardian.GetVerdict();
        Assert.True(after.Epoch > before.Epoch, $"{after.Epoch} is not above {before.Epoch}");
        Assert.Equal(("checkpoint", false, false), (
            after.Provenance.RecoveredFrom, after.Provenance.Unverified, after.Provenance.Provisional));
        Assert.Equal(
            (before.TradingState, before.Breaker, before.Episode, before.Level),
            (after.TradingState, after.Breaker, after.Episode, after.Level));
        Texts.Equal(before.Reasons.Select(GuardianConditions.Line), after.Reasons.Select(GuardianConditions.Line));
        ObserveResult repeat = await guardian.Observe(Bench.Batch(1, Bench.Failures(5)));
        Assert.Equal((ObserveCode.Duplicate, 5L), (repeat.Code, repeat.DurableThrough));
    }

    [Fact]
    public async Task Restart_Roster_IsAwakeAndHeldWithoutACall()
    {
        foreach (string symbol in (string[])["A", "B", "C"])
            await _silo.Guardian(symbol).Observe(Bench.Batch(1, Bench.Latencies(2)));
        await _silo.Guardian("B").Hold(Halt("h1"));
        ActionResult portfolio = await _silo.Portfolio().Hold(Halt("p1") with { Scope = Scope.Portfolio });
        Assert.Equal(Durability.Full, portfolio.Durable);
        await _silo.RestartAsync();
        await _silo.ReadyAsync();
        foreach (string symbol in (string[])["A", "B", "C"])
        {
            Assert.True(_silo.IsAwake(symbol), $"{symbol} sleeps");
            Verdict? verdict = await _silo.Service<IHotStore>().GetAsync(symbol);
            Assert.Equal(TradingState.Halted, verdict?.TradingState);
        }

        Assert.Equal(BreakerState.Held, (await _silo.Guardian("B").GetVerdict()).Breaker);
        Assert.Equal(BreakerState.Closed, (await _silo.Guardian("A").GetVerdict()).Breaker);
        Hold[] holds = await _silo.Portfolio().GetHolds();
        Texts.Equal(["h1", "p1"], holds.Select(h => h.Id).Order(StringComparer.Ordinal));
        Assert.Equal("released", (await _silo.Portfolio().Release(Lift("p1"))).Code);
        Assert.True((await _silo.Guardian("A").Check(Bench.Order())).Allowed);
    }

    [Fact]
    public async Task Portfolio_UnknownOrForeignRequests_AreRefused()
    {
        IPortfolioGrain portfolio = _silo.Portfolio();
        Assert.Equal(
            "Condition failed: no hold 'x' is open in session live; list the holds.",
            (await portfolio.Release(Lift("x"))).Message);
        Assert.Equal(
            "Condition failed: symbol A@replay is not of session live.",
            (await portfolio.Add(new RosterEntry { Symbol = "A@replay" })).Message);
        Assert.Equal("Condition failed: A is not on the roster.", (await portfolio.Remove("A")).Message);
        Assert.Equal(
            "Condition failed: session is live; it is always open and never emptied.",
            (await portfolio.Open(new SessionRequest())).Message);
        Assert.Equal(
            "Condition failed: symbol A is live; only other sessions can be emptied.",
            (await _silo.Guardian("A").Forget()).Message);
        long[] epochs =
        [
            await portfolio.OpenProducer("p"), await portfolio.OpenProducer("p"), await portfolio.OpenProducer("q"),
        ];
        Assert.Equal<long[]>([1, 2, 1], epochs);
    }

    private static LimitsRequest Limits(params (string Path, string Value)[] overrides) => new()
    {
        Actor = "ann",
        Reason = "test",
        Limits = new GuardianLimits
        {
            Overrides = overrides.ToDictionary(o => o.Path, o => o.Value, StringComparer.Ordinal),
        },
    };
}
