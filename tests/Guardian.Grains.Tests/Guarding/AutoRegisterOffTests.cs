using Guardian.Contracts;
using Guardian.Grains.Guarding;

namespace Guardian.Grains.Tests.Guarding;

public sealed class AutoRegisterOffTests : IAsyncLifetime
{
    private const string NotOnRoster =
        "Condition failed: symbol A is not on the roster and AutoRegister is off; add it to the roster first.";

    private Silo _silo = null!;

    public async ValueTask InitializeAsync() =>
        _silo = await Silo.StartAsync(new GuardianGrainOptions { AutoRegister = false });

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Fact]
    public async Task Check_NotOnRoster_IsDeniedAndOnceAddedAllowed()
    {
        IGuardianGrain guardian = _silo.Guardian("A");
        Decision decision = await guardian.Check(Bench.Order());
        Assert.Equal(
            (false, "unknown-symbol", NotOnRoster, TradingState.Halted, 0),
            (decision.Allowed, decision.Code, decision.Message, decision.TradingState, decision.SizeFactor));
        Assert.True((await guardian.Check(new OrderRequest { Action = OrderAction.Cancel })).Allowed);
        Assert.Equal("added", (await _silo.Portfolio().Add(new RosterEntry { Symbol = "A" })).Code);
        Assert.Equal("known", (await _silo.Portfolio().Add(new RosterEntry { Symbol = "A" })).Code);
        Assert.True((await guardian.Check(Bench.Order())).Allowed);
        await Silo.ReachedAsync("in the view", async () => (await _silo.Portfolio().GetSummary()).Symbols == 1);
        Assert.Equal("removed", (await _silo.Portfolio().Remove("A")).Code);
        Assert.Equal("unknown-symbol", (await guardian.Check(Bench.Order())).Code);
    }

    [Fact]
    public async Task Others_NotOnRoster_AreRefusedAndLeaveNoTrace()
    {
        IGuardianGrain guardian = _silo.Guardian("A");
        ObserveResult observed = await guardian.Observe(Bench.Batch(1, Bench.Latencies(1)));
        Assert.Equal((ObserveCode.Invalid, NotOnRoster), (observed.Code, observed.Message));
        Assert.Equal(NotOnRoster, (await guardian.Hold(new HoldRequest { Actor = "ann", Reason = "news" })).Message);
        ResetRequest reset = new() { Episode = 1, Actor = "ann", Reason = "looked" };
        Assert.Equal(NotOnRoster, (await guardian.Reset(reset)).Message);
        await _silo.Portfolio().Add(new RosterEntry { Symbol = "B" });
        await Silo.ReachedAsync("B alone", async () => (await _silo.Portfolio().GetSummary()).Symbols == 1);
        Texts.Equal(["B"], (await _silo.Portfolio().GetRoster()).Select(e => e.Symbol));
    }
}
