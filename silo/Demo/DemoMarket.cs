using Guardian.Contracts;
using Guardian.Grains.Roster;

namespace Guardian.Silo.Demo;

/// <summary>Runs the demo's market: feeds, strategies that ask before each order, gateways, an operator.</summary>
/// <remarks>Each symbol has a loop of its own, so that a slow answer about one does not hold up the others.</remarks>
internal sealed partial class DemoMarket(
    DemoScenario scenario, IGrainFactory grains, IReadiness readiness, TimeProvider time, ILogger<DemoMarket> log)
    : BackgroundService
{
    private const int MostBehind = 50;
    private static readonly TimeSpan RetryRegistering = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await UntilReadyAsync(stoppingToken);
            await RegisterAsync(stoppingToken);
            await GiveReferencesAsync(stoppingToken);
            Started(log, scenario.Seed, string.Join(", ", DemoScenario.Symbols));
            long start = time.GetTimestamp();
            await Task.WhenAll(
            [
                OperateAsync(stoppingToken),
                .. Enumerable.Range(0, DemoScenario.Symbols.Count)
                    .Select(symbol => TradeAsync(symbol, start, stoppingToken)),
            ]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task UntilReadyAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(DemoScenario.Tick, time);
        while (!readiness.IsReady) await timer.WaitForNextTickAsync(stop);
    }

    private async Task RegisterAsync(CancellationToken stop)
    {
        IPortfolioGrain portfolio = grains.GetGrain<IPortfolioGrain>(SymbolName.Live);
        foreach (string symbol in DemoScenario.Symbols)
        {
            while (!await TryRegisterAsync(portfolio, symbol)) await Task.Delay(RetryRegistering, time, stop);
        }
    }

    private async Task<bool> TryRegisterAsync(IPortfolioGrain portfolio, string symbol)
    {
        try
        {
            ActionResult result = await portfolio.Add(
                new RosterEntry { Symbol = symbol, Limits = new GuardianLimits { Profile = "default" } });
            if (!result.Done) RegisterRefused(log, symbol, result.Message ?? result.Code);
            return result.Done;
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            CallFailed(log, problem, symbol);
            return false;
        }
    }

    // Learning a thousand scores would take the demo's first minutes; a guardian that came back has its reference.
    private async Task GiveReferencesAsync(CancellationToken stop)
    {
        for (int symbol = 0; symbol < DemoScenario.Symbols.Count; symbol++)
        {
            while (!await TryGiveReferenceAsync(symbol)) await Task.Delay(RetryRegistering, time, stop);
        }
    }

    private async Task<bool> TryGiveReferenceAsync(int symbol)
    {
        string name = DemoScenario.Symbols[symbol];
        try
        {
            IGuardianGrain guardian = grains.GetGrain<IGuardianGrain>(name);
            Verdict verdict = await guardian.GetVerdict();
            if (verdict.Readings.Any(r => r is { Guardrail: "drift", Subject: DemoScenario.ScoreFeature })) return true;
            ActionResult result = await guardian.Rebaseline(new RebaselineRequest
            {
                Feature = DemoScenario.ScoreFeature,
                Values = scenario.ScoreReference(symbol),
                Actor = "demo-operator",
                Reason = "demo: scores of the model's training",
            });
            if (!result.Done) ReferenceRefused(log, name, result.Message ?? result.Code);
            return result.Done;
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            CallFailed(log, problem, name);
            return false;
        }
    }

    // Often enough in an hour a symbol latches, as it should: the demo's operator takes a look and resets it.
    private async Task OperateAsync(CancellationToken stop)
    {
        DemoOperator person = new();
        using PeriodicTimer timer = new(DemoOperator.Round, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            foreach (string symbol in DemoScenario.Symbols)
            {
                try
                {
                    IGuardianGrain guardian = grains.GetGrain<IGuardianGrain>(symbol);
                    if (person.Look(await guardian.GetVerdict()) is { } reset) await guardian.Reset(reset);
                }
                catch (Exception problem) when (problem is not OperationCanceledException)
                {
                    CallFailed(log, problem, symbol);
                }
            }
        }
    }

    private async Task TradeAsync(int symbol, long start, CancellationToken stop)
    {
        string name = DemoScenario.Symbols[symbol];
        IGuardianGrain guardian = grains.GetGrain<IGuardianGrain>(name);
        DemoGateway gateway = new(scenario, symbol);
        using PeriodicTimer timer = new(DemoScenario.Tick, time);
        long next = 0;
        bool failing = false;
        while (await timer.WaitForNextTickAsync(stop))
        {
            long now = time.GetElapsedTime(start).Ticks / DemoScenario.Tick.Ticks;
            // A market does not wait for a slow reader: what is too old is gone.
            if (now - next > MostBehind) Behind(log, name, now - next - MostBehind);
            next = Math.Max(next, now - MostBehind);
            try
            {
                while (next <= now) await StepAsync(guardian, gateway, symbol, next++);
                failing = false;
            }
            catch (Exception problem) when (problem is not OperationCanceledException)
            {
                // Said once: the next ticks try again.
                if (!failing) CallFailed(log, problem, name);
                failing = true;
            }
        }
    }

    private async Task StepAsync(IGuardianGrain guardian, DemoGateway gateway, int symbol, long tick)
    {
        List<Observation> items = [.. scenario.MarketData(symbol, tick), .. gateway.Report(tick)];
        if (scenario.Score(symbol, tick) is { } score) items.Add(score);
        if (items.Count > 0)
        {
            ObserveResult result = await guardian.Observe(
                new ObservationBatch { Producer = "demo", Items = [.. items] });
            if (result.Code != ObserveCode.Accepted || result.Errors.Length > 0)
                ObserveRefused(log, DemoScenario.Symbols[symbol], result.Code, result.Errors.Length, result.Message);
        }

        if (scenario.Order(symbol, tick) is not { } order) return;
        Decision decision = await guardian.Check(new OrderRequest
        {
            OrderId = order.Id,
            Strategy = order.Strategy,
            Account = "demo",
            Side = order.Side,
            Quantity = order.Quantity,
        });
        if (decision.Allowed) gateway.Send(decision.Permit?.Id ?? order.Id, tick);
    }

    [LoggerMessage(4200, LogLevel.Information,
        "Demo market runs with seed {Seed} (repeat it with --seed {Seed}): {Symbols}.")]
    private static partial void Started(ILogger logger, int seed, string symbols);

    [LoggerMessage(4201, LogLevel.Warning, "Demo symbol {Symbol} can't be put on the roster: {Problem}. Trying again.")]
    private static partial void RegisterRefused(ILogger logger, string symbol, string problem);

    [LoggerMessage(4202, LogLevel.Warning, "Demo symbol {Symbol}: a call failed; the next tick tries again.")]
    private static partial void CallFailed(ILogger logger, Exception problem, string symbol);

    [LoggerMessage(4203, LogLevel.Warning, "Demo symbol {Symbol} fell behind: {Ticks} ticks were left out.")]
    private static partial void Behind(ILogger logger, string symbol, long ticks);

    [LoggerMessage(4205, LogLevel.Warning,
        "Demo symbol {Symbol}: its drift reference was refused: {Problem}. Trying again.")]
    private static partial void ReferenceRefused(ILogger logger, string symbol, string problem);

    [LoggerMessage(4204, LogLevel.Warning,
        "Demo symbol {Symbol}: a batch was answered {Code} with {Refused} items refused. {Problem}")]
    private static partial void ObserveRefused(
        ILogger logger, string symbol, ObserveCode code, int refused, string? problem);
}
