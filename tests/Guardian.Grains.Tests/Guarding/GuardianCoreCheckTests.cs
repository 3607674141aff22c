using Guardian.Contracts;

namespace Guardian.Grains.Tests.Guarding;

public sealed class GuardianCoreCheckTests
{
    private readonly Bench _bench = new();

    private static (bool Allowed, string Code, TradingState State, double Size) Of(Decision d) =>
        (d.Allowed, d.Code, d.TradingState, d.SizeFactor);

    [Fact]
    public void Check_Closed_IsAllowed()
    {
        Decision decision = _bench.Core.Check(Bench.Order());
        Assert.Equal((true, "allowed", TradingState.Active, 1), Of(decision));
        Assert.Empty(decision.Reasons);
        Assert.Equal(new Epoch(1, 7), decision.Epoch);
    }

    [Fact]
    public void Check_Open_IsDeniedWithReasonAndRelease()
    {
        _bench.Trip();
        Decision decision = _bench.Core.Check(Bench.Order());
        Assert.Equal((false, "denied.halted", TradingState.Halted, 0), Of(decision));
        Reason reason = Assert.Single(decision.Reasons);
        Assert.Equal("errors", reason.Guardrail);
        Assert.Equal(Timestamp.From(Bench.Start.AddSeconds(5)), decision.Until);
        Assert.Equal(decision.Until, reason.Until);
    }

    [Theory]
    [InlineData(false, false, "denied.reducing", 0)]
    [InlineData(true, true, "allowed.reduce-only", 1)]
    public void Check_OpenInReducing_PassesOnlyWhatShrinks(bool reduceOnly, bool allowed, string code, double size)
    {
        _bench.SetLimits(("Breaker:OnTrip", "Reducing"));
        _bench.Trip();
        Assert.Equal(
            (allowed, code, TradingState.Reducing, size), Of(_bench.Core.Check(Bench.Order(reduceOnly: reduceOnly))));
    }

    [Fact]
    public void Check_HalfOpen_GrantsProbesUpToTheMost()
    {
        _bench.HalfOpen();
        for (int i = 0; i < 5; i++)
        {
            Decision probe = _bench.Core.Check(Bench.Order($"probe-{i}"));
            Assert.Equal((true, "allowed.probe", TradingState.Active, 0.1), Of(probe));
            Assert.Equal(
                new Permit($"probe-{i}", new Epoch(1, 7), Timestamp.From(Bench.Start.AddSeconds(10))), probe.Permit);
        }

        Assert.Equal((false, "denied.probes", TradingState.Active, 0), Of(_bench.Core.Check(Bench.Order("probe-5"))));
    }

    [Fact]
    public void Check_HalfOpenWithoutOrderId_MakesAPermitId()
    {
        _bench.HalfOpen();
        Decision first = _bench.Core.Check(Bench.Order());
        Decision second = _bench.Core.Check(Bench.Order());
        Assert.NotNull(first.Permit);
        Assert.False(string.Equals(first.Permit.Id, second.Permit!.Id, StringComparison.Ordinal));
    }

    [Fact]
    public void Check_GoodProbes_WidenTheRamp()
    {
        _bench.HalfOpen();
        for (int i = 0; i < 5; i++)
        {
            _bench.Core.Check(Bench.Order($"probe-{i}"));
            _bench.Core.Observe(Bench.Unnumbered(Observation.Outcome($"probe-{i}", OutcomeKind.Ok)));
        }

        Assert.Equal(0.25, _bench.Core.Check(Bench.Order("next")).SizeFactor);
    }

    [Fact]
    public void Check_Latched_IsDeniedUntilAPersonResets()
    {
        _bench.Latch();
        Assert.Equal((false, "denied.halted", TradingState.Halted, 0), Of(_bench.Core.Check(Bench.Order())));
        Assert.Equal(Timestamp.None, _bench.Core.Check(Bench.Order()).Until);
        _bench.Pass(TimeSpan.FromHours(9));
        Assert.Equal("denied.halted", _bench.Core.Check(Bench.Order()).Code);
        Assert.Null(_bench.Core.Reset(_bench.Core.Engine.Episode, "ann", "looked at it"));
        Assert.Equal("allowed.probe", _bench.Core.Check(Bench.Order()).Code);
    }

    [Theory]
    [InlineData(Detection.TradingState.Halted, false, "denied.halted")]
    [InlineData(Detection.TradingState.Halted, true, "denied.halted")]
    [InlineData(Detection.TradingState.Reducing, false, "denied.reducing")]
    [InlineData(Detection.TradingState.Reducing, true, "allowed.reduce-only")]
    public void Check_Held_NamesTheHold(Detection.TradingState state, bool reduceOnly, string code)
    {
        _bench.HoldSymbol("h1", state);
        Decision decision = _bench.Core.Check(Bench.Order(reduceOnly: reduceOnly));
        Assert.Equal((code, (TradingState)state), (decision.Code, decision.TradingState));
        Reason reason = Assert.Single(decision.Reasons);
        Assert.Equal(("hold", "hold", "h1", "ann: news"), (reason.Code, reason.Guardrail, reason.Subject, reason.Text));
        Assert.Equal(Timestamp.None, decision.Until);
    }

    // The strictest of symbol and beyond: every combination, for an opening and a shrinking order.
    [Theory]
    [InlineData(TradingState.Active, TradingState.Reducing)]
    [InlineData(TradingState.Active, TradingState.Halted)]
    [InlineData(TradingState.Reducing, TradingState.Active)]
    [InlineData(TradingState.Reducing, TradingState.Reducing)]
    [InlineData(TradingState.Reducing, TradingState.Halted)]
    [InlineData(TradingState.Halted, TradingState.Active)]
    [InlineData(TradingState.Halted, TradingState.Reducing)]
    [InlineData(TradingState.Halted, TradingState.Halted)]
    public async Task Check_SymbolAndPortfolio_StrictestDecides(TradingState symbol, TradingState portfolio)
    {
        if (symbol != TradingState.Active) _bench.HoldSymbol("s", (Detection.TradingState)symbol);
        if (portfolio != TradingState.Active) await _bench.HoldBeyondAsync("p", portfolio);
        bool halted = symbol == TradingState.Halted || portfolio == TradingState.Halted;
        TradingState state = halted ? TradingState.Halted : TradingState.Reducing;
        Decision opening = _bench.Core.Check(Bench.Order());
        Assert.Equal((false, halted ? "denied.halted" : "denied.reducing", state, 0), Of(opening));
        Decision shrinking = _bench.Core.Check(Bench.Order(reduceOnly: true));
        Assert.Equal(
            halted ? (false, "denied.halted", state, 0) : (true, "allowed.reduce-only", state, 1), Of(shrinking));
        string[] expected =
        [
            .. portfolio == TradingState.Active ? Array.Empty<string>() : ["p"],
            .. symbol == TradingState.Active ? Array.Empty<string>() : ["s"],
        ];
        Texts.Equal(expected, opening.Reasons.Select(r => r.Subject));
        Verdict verdict = _bench.Core.GetVerdict();
        Assert.Equal(state, verdict.TradingState);
        Texts.Equal(expected, verdict.Reasons.Select(r => r.Subject));
    }

    [Fact]
    public async Task Check_StrategyHold_ReachesOnlyItsStrategy()
    {
        await _bench.HoldBeyondAsync("h", TradingState.Halted, Scope.Strategy, "mm");
        Assert.Equal("denied.halted", _bench.Core.Check(Bench.Order(strategy: "mm")).Code);
        Assert.Equal("allowed", _bench.Core.Check(Bench.Order(strategy: "MM")).Code);
        Assert.Equal("allowed", _bench.Core.Check(Bench.Order()).Code);
        Assert.Equal(TradingState.Active, _bench.Core.GetVerdict().TradingState);
    }

    [Fact]
    public async Task Check_HoldOfAnotherSession_DoesNotReach()
    {
        await _bench.HoldBeyondAsync("h", TradingState.Halted, session: "replay");
        Assert.Equal("allowed", _bench.Core.Check(Bench.Order()).Code);
    }

    [Fact]
    public async Task Check_Released_IsAllowedAgain()
    {
        await _bench.HoldBeyondAsync("h", TradingState.Halted);
        await _bench.Board.ReleaseAsync("h", "ann", "over");
        Assert.Equal("allowed", _bench.Core.Check(Bench.Order()).Code);
    }

    [Fact]
    public async Task Check_BreakOverUnderAPortfolioHold_SeesTheSymbolAsOfNow()
    {
        _bench.Trip();
        await _bench.HoldBeyondAsync("p", TradingState.Reducing);
        Assert.Equal(TradingState.Halted, _bench.Core.Check(Bench.Order(reduceOnly: true)).TradingState);
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("allowed.reduce-only", _bench.Core.Check(Bench.Order(reduceOnly: true)).Code);
    }

    [Theory]
    [InlineData(false, false, TradingState.Active)]
    [InlineData(true, false, TradingState.Halted)]
    [InlineData(false, true, TradingState.Halted)]
    public async Task Check_Cancel_AlwaysPassesAndTellsTheState(bool tripped, bool held, TradingState state)
    {
        if (tripped) _bench.Trip();
        if (held) await _bench.HoldBeyondAsync("p", TradingState.Halted);
        Decision decision = _bench.Core.Check(new OrderRequest { Action = OrderAction.Cancel });
        Assert.Equal((true, "allowed.cancel", state, 1), Of(decision));
    }

    public static TheoryData<OrderRequest, string> BadOrders() => new()
    {
        { Bench.Order() with { Quantity = 0 }, "Condition failed: quantity is 0; it must be finite and above 0." },
        { Bench.Order() with { Quantity = -1 }, "Condition failed: quantity is -1; it must be finite and above 0." },
        {
            Bench.Order() with { Quantity = double.NaN },
            "Condition failed: quantity is NaN; it must be finite and above 0."
        },
        {
            Bench.Order() with { Quantity = double.PositiveInfinity },
            "Condition failed: quantity is Infinity; it must be finite and above 0."
        },
        { Bench.Order() with { Price = double.NaN }, "Condition failed: price is NaN; it must be finite." },
        {
            Bench.Order(new string('x', 65)),
            "Condition failed: orderId has 65 characters; at most 64."
        },
    };

    [Theory]
    [MemberData(nameof(BadOrders))]
    public void Check_BadOrder_IsRefusedWithFieldAndLimit(OrderRequest order, string message)
    {
        Decision decision = _bench.Core.Check(order);
        Assert.Equal((false, "invalid", message), (decision.Allowed, decision.Code, decision.Message));
    }

    [Fact]
    public void Check_LongestOrderId_IsAllowed() =>
        Assert.True(_bench.Core.Check(Bench.Order(new string('x', 64))).Allowed);

    [Fact]
    public void Check_DeadlinePassedWithoutTick_IsFiredFirst()
    {
        _bench.Core.Observe(Bench.Unnumbered(Observation.Latency("market-data", TimeSpan.FromMilliseconds(5))));
        _bench.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("denied.halted", _bench.Core.Check(Bench.Order()).Code);
    }

    [Fact]
    public void Tick_LevelsChangeByTimeAlone_RaiseTheSequence()
    {
        _bench.Core.Observe(Bench.Unnumbered([.. Bench.Latencies(200)]));
        Level level = _bench.Core.GetVerdict().Readings.Single(r => r.Guardrail == "latency").Level;
        Assert.Equal(Level.Healthy, level);
        long sequence = _bench.Core.Sequence;
        for (int i = 0; i < 75; i++) _bench.Pass(TimeSpan.FromSeconds(1));
        Verdict verdict = _bench.Core.GetVerdict();
        Assert.Equal(Level.Unknown, verdict.Readings.Single(r => r.Guardrail == "latency").Level);
        Assert.True(verdict.Sequence > sequence);
    }

    [Fact]
    public void Check_RecordedTime_FollowsTheOrdersOwnTime()
    {
        var bench = new Bench(key: "BTCUSDT@replay", recordedTime: true);
        var at = Timestamp.From(Bench.Start);
        Observation[] failures = [.. Bench.Failures(5).Select(o => o with { At = at })];
        bench.Core.Observe(Bench.Unnumbered(failures));
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.False(bench.Core.Tick());
        Assert.Equal("denied.halted", bench.Core.Check(Bench.Order()).Code);
        OrderRequest later = Bench.Order() with { At = Timestamp.From(Bench.Start.AddSeconds(5)) };
        Assert.Equal("allowed.probe", bench.Core.Check(later).Code);
    }
}
