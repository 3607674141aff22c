using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Simulation.Model;
using Guardian.Simulation.Stores;
using Guardian.Storage.Journal;
using BreakerState = Guardian.Detection.Breaker.BreakerState;

namespace Guardian.Simulation.Worlds;

/// <content>Producers, traders and operators.</content>
internal sealed partial class World
{
    private const int BatchSize = 40;

    private static Observation Mark(Lane lane, long epoch, long sequence) =>
        Observation.Latency("market-data", TimeSpan.FromMilliseconds(3 + (sequence % 9))) with
        {
            Quantity = lane.Mark(epoch, sequence),
        };

    private void Report(Lane lane, int amount)
    {
        if (Reach(lane.Symbol) is not { } guardian) return;
        SimulatedSilo silo = Silos[_owners[lane.Symbol]];
        if (lane.Silo != silo.Index) lane.Open(silo.Index);
        lane.Write(1 + (amount % 25));
        Send(lane, guardian, silo);
    }

    // More than the queue takes, and then some that follows the hole, without a tick that would cover it.
    private void Overrun(Lane lane, int amount, SimulatedSilo silo)
    {
        for (int i = 0; i <= SimulatedSilo.ShortQueue; i++) Report(lane, amount);
        if (silo.Answers) silo.File.Step();
        Report(lane, amount);
        if (silo.Answers) silo.File.Step();
    }

    // The network doubles batches and loses answers; a producer then sends again.
    private void Send(Lane lane, ActiveGuardian guardian, SimulatedSilo silo)
    {
        long epoch = lane.Epoch;
        if (lane.Batch(BatchSize, sequence => Mark(lane, epoch, sequence)) is not { } batch) return;
        ObserveResult answer = Plant.Observe(guardian.Life, batch);
        if (Chance.OneIn(8)) answer = Plant.Observe(guardian.Life, batch);
        if (Chance.OneIn(8)) return;
        lane.Take(answer, silo.HasDecayed, Check);
    }

    private void ReportLive(Lane lane, int amount)
    {
        if (Reach(lane.Symbol) is not { } guardian) return;
        SimulatedSilo silo = Silos[_owners[lane.Symbol]];
        if (lane.Silo != silo.Index) lane.Open(silo.Index);
        long skipped = amount % 3 == 0 ? 1 + (amount % 50) : 0;
        lane.Write(1 + (amount % 10));
        long epoch = lane.Epoch;
        if (lane.Batch(BatchSize, sequence => Mark(lane, epoch, sequence)) is not { } batch) return;
        int drop = (int)Math.Min(skipped, batch.Items.Length);
        batch = batch with
        {
            FirstSequence = batch.FirstSequence + drop,
            Skipped = drop,
            Items = batch.Items[drop..],
        };
        if (batch.Items.Length == 0) return;
        ObserveResult answer = guardian.Life.Observe(batch);
        lane.Take(answer, silo.HasDecayed, Check);
    }

    // Slow orders trip at once; lost ones once they have been lost for two seconds.
    private void Burst(string symbol, int amount)
    {
        for (int round = 0; round < (amount % 2 == 0 ? 1 : 3); round++)
        {
            if (Reach(symbol) is not { } guardian) return;
            int items = 30 + (amount % 20);
            guardian.Life.Observe(new ObservationBatch
            {
                Producer = "burst",
                Items =
                [
                    .. Enumerable.Range(0, items).Select(i => amount % 2 == 0
                        ? Observation.Latency("market-data", TimeSpan.FromMilliseconds(300 + i))
                        : Observation.Outcome($"lost-{round}-{i}", OutcomeKind.Timeout)),
                ],
            });
            if (amount % 2 == 1) Pass(TimeSpan.FromSeconds(1.1));
        }
    }

    private void Ask(string symbol, int amount)
    {
        if (Reach(symbol) is not { } guardian) return;
        SimulatedSilo silo = Silos[_owners[symbol]];
        var order = new OrderRequest
        {
            OrderId = $"o{_orderNumber++}",
            Strategy = amount % 3 == 0 ? "strategy-1" : null,
            Quantity = 1,
            ReduceOnly = amount % 5 == 0,
        };
        Decision[] twins = amount % 4 == 0 ? TwinDecisions(guardian, silo, order) : [];
        Decision decision = Plant.Check(guardian.Life, silo.Services.Parts.Journal, order);
        foreach (Decision twin in twins)
        {
            bool same = twin.Allowed == decision.Allowed && twin.TradingState == decision.TradingState
                && string.Equals(twin.Code, decision.Code, StringComparison.Ordinal)
                && twin.SizeFactor.Equals(decision.SizeFactor);
            Check.Require(same, Invariants.Independent, () =>
                $"{symbol} answers {decision.Code}, and {twin.Code} beside other stores");
        }

        CheckDecision(silo, symbol, order.Strategy, decision);
        if (decision.Permit is null) return;
        guardian.Probes.Add(order.OrderId);
        _orders.Add((symbol, order.OrderId));
        if (_orders.Count > 200) _orders.RemoveAt(0);
    }

    // The same state and the same question: once beside stores that never fail, once beside such as refuse everything.
    private Decision[] TwinDecisions(ActiveGuardian guardian, SimulatedSilo silo, OrderRequest order)
    {
        guardian.Life.GetVerdict();
        GuardianParts parts = silo.Services.Parts;
        GuardianParts refusing = parts with { Journal = new RefusingJournal(), Board = silo.BoardWithoutStore() };
        return
        [
            TwinDecision(guardian.Life.Core, parts with { Journal = new MemoryJournal() }, order),
            TwinDecision(guardian.Life.Core, refusing, order),
        ];
    }

    private Decision TwinDecision(GuardianCore core, GuardianParts parts, OrderRequest order)
    {
        var engine = FoldBook.Copy(core.Engine, core.Epoch);
        var recovered = new RecoveredGuardian(engine, new ProducerCursors(), core.Provenance, core.Epoch, []);
        var twin = new GuardianCore(core.Name, core.Epoch, recordedTime: false, recovered, parts);
        return Plant.Check(twin, parts.Journal, order);
    }

    // Half of the outcomes are of orders that an earlier life let out.
    private void ReportOutcome(string symbol, int amount)
    {
        if (Reach(symbol) is not { } guardian) return;
        string[] orders = [.. _orders.Where(o => o.Symbol == symbol).Select(o => o.Order)];
        if (orders.Length == 0) return;
        string order = orders[amount % orders.Length];
        bool stale = !guardian.Probes.Contains(order);
        guardian.Life.GetVerdict();
        GuardianCore core = guardian.Life.Core;
        (BreakerState before, double factor) = (core.Engine.Breaker, core.Engine.SizeFactor);
        Plant.Observe(guardian.Life, new ObservationBatch
        {
            Producer = "trader", Items = [Observation.Outcome(order, OutcomeKind.Ok)],
        });
        bool moved = before == BreakerState.HalfOpen
            && (core.Engine.Breaker != before || !core.Engine.SizeFactor.Equals(factor));
        Check.Require(!stale || !moved, Invariants.Permit, () =>
            $"{symbol}: the end of {order}, let out by an earlier life, moved the breaker to {core.Engine.Breaker}");
    }

    private void HoldSymbol(string symbol, string id)
    {
        if (Reach(symbol) is not { } guardian) return;
        SimulatedSilo silo = Silos[_owners[symbol]];
        var truth = new HaltTruth(id, Scope.Symbol, symbol, TradingState.Halted);
        _halts.Add(truth);
        Place(silo, guardian, truth);
    }

    private void Place(SimulatedSilo silo, ActiveGuardian guardian, HaltTruth truth)
    {
        Task<ActionResult> asked = guardian.Life.Hold(new HoldRequest
        {
            Id = truth.Id, Scope = Scope.Symbol, Key = truth.Key, State = truth.State, Actor = "ann", Reason = "news",
        });
        if (guardian.Life.Core.IsHeldBy(truth.Id)) guardian.MustHold.Add(truth.Id);
        WhenAnswered(silo, asked, answer =>
        {
            if (!answer.Done) return;
            silo.Promises.Held.Add(truth.Id);
            if (answer.Durable == Durability.Full) silo.Promises.HeldForEver.Add(truth.Id);
        });
    }

    private void HoldBeyond(SimulatedSilo silo, int amount, string id)
    {
        if (!silo.Answers) return;
        bool portfolio = amount % 2 == 0;
        var truth = new HaltTruth(
            id,
            portfolio ? Scope.Portfolio : Scope.Strategy,
            portfolio ? string.Empty : "strategy-1",
            amount % 5 == 0 ? TradingState.Reducing : TradingState.Halted);
        _halts.Add(truth);
        PlaceBeyond(silo, truth);
    }

    private void PlaceBeyond(SimulatedSilo silo, HaltTruth truth)
    {
        var wanted = new HoldRequest
        {
            Id = truth.Id, Scope = truth.Scope, Key = truth.Key, State = truth.State, Actor = "ann", Reason = "news",
        };
        if (silo.Board.WhyTaken(truth.Id, wanted) is not null) return;
        Task<Durability> asked = silo.Board.PlaceAsync(new Hold
        {
            Id = truth.Id,
            Scope = truth.Scope,
            Key = truth.Key,
            State = truth.State,
            Actor = "ann",
            Reason = "news",
            Since = silo.Services.Parts.Clock.Timestamp,
        });
        WhenAnswered(silo, asked, durable =>
        {
            silo.Promises.Held.Add(truth.Id);
            if (durable == Durability.Full) silo.Promises.HeldForEver.Add(truth.Id);
        });
    }

    // An operator who got no answer asks again, wherever the symbol is now.
    private void HoldAgain(SimulatedSilo silo, int amount)
    {
        if (_halts.Count == 0) return;
        HaltTruth truth = _halts[amount % _halts.Count];
        if (truth.ReleaseAsked) return;
        if (truth.Scope != Scope.Symbol)
        {
            if (silo.Answers) PlaceBeyond(silo, truth);
        }
        else if (Reach(truth.Key) is { } guardian)
        {
            Place(Silos[_owners[truth.Key]], guardian, truth);
        }
    }

    private void Release(SimulatedSilo silo, int amount, bool again)
    {
        HaltTruth[] some = [.. _halts.Where(h => h.ReleaseAsked == again)];
        if (some.Length == 0) return;
        HaltTruth truth = some[amount % some.Length];
        if (truth.Scope == Scope.Symbol)
        {
            if (Reach(truth.Key) is not { } guardian) return;
            truth.ReleaseAsked = true;
            SimulatedSilo owner = Silos[_owners[truth.Key]];
            Task<ActionResult> asked = guardian.Life.Release(
                new ReleaseRequest { Id = truth.Id, Actor = "bob", Reason = "over" });
            if (!guardian.Life.Core.IsHeldBy(truth.Id)) guardian.MustHold.Remove(truth.Id);
            WhenAnswered(owner, asked, answer => Released(owner, truth, answer.Done, answer.Durable));
            return;
        }

        if (!silo.Answers) return;
        truth.ReleaseAsked = true;
        Task<Durability?> done = silo.Board.ReleaseAsync(truth.Id, "bob", "over");
        WhenAnswered(silo, done, durable => Released(silo, truth, durable is not null, durable ?? Durability.None));
    }

    private static void Released(SimulatedSilo silo, HaltTruth truth, bool done, Durability durable)
    {
        if (!done) return;
        silo.Promises.Released.Add(truth.Id);
        if (durable == Durability.Full) silo.Promises.ReleasedForEver.Add(truth.Id);
    }

    private void Reset(string symbol)
    {
        if (Reach(symbol) is not { } guardian) return;
        Await(guardian.Life.Reset(new ResetRequest
        {
            Episode = guardian.Life.Core.Engine.Episode, Actor = "bob", Reason = "looked at",
        }));
    }

    // Probes that close soon, so that a stale permit would show.
    private void SetLimits(string symbol, int amount)
    {
        if (Reach(symbol) is not { } guardian) return;
        var limits = new GuardianLimits
        {
            Overrides = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Breaker:FirstBreak"] = "00:00:01",
                ["Breaker:ProbesPerStep"] = $"{1 + (amount % 2)}",
                ["Breaker:LatchingEpisode"] = "90",
            },
        };
        Await(guardian.Life.SetLimits(new LimitsRequest { Limits = limits, Actor = "bob", Reason = "trial" }));
    }

    // The answer counts only if the life that gave it still stands when it is given.
    private void WhenAnswered<T>(SimulatedSilo silo, Task<T> asked, Action<T> then)
    {
        int life = silo.Life;
        _ = asked.ContinueWith(
            done =>
            {
                Check.Require(done.Exception is null, Invariants.NeverThrows, () => $"{done.Exception}");
                if (done.IsCompletedSuccessfully && silo.IsUp && silo.Life == life) then(done.Result);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
