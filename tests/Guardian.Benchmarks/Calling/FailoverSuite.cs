using System.Diagnostics;
using Guardian.Benchmarks.Measuring;
using Guardian.Client;
using Guardian.Contracts;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.Benchmarks.Calling;

/// <summary>The suite <c>failover</c>: one of two silos ends, beside bare grains of the same silos.</summary>
internal static class FailoverSuite
{
    private const int Symbols = 64;

    private static readonly TimeSpan Attempt = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Notes =
    [
        "Two silo processes on one Redis and one PostgreSQL, and one process of callers, on the same two cores; 64 "
        + "guardians, every eighth of them held, and 64 bare grains with Orleans' own placement. One silo is killed, "
        + "and each guardian and each bare grain is asked through the other one until it answers; a guardian must "
        + "answer rightly, so the held ones deny. Those that lived on the silo that is left answer at once, so the "
        + "last one is one of the dead silo's. Then the dead silo is started again, and the other one is killed.",
        "**SIGTERM.** 16 callers ask the product's client, which knows both silos, from before the signal until the "
        + "silo has ended; a failed check is one that ended with an exception or a wrong answer.",
    ];

    /// <summary>Measures and reports.</summary>
    /// <returns>0 when every goal was met, 1 otherwise, 2 where there are no servers.</returns>
    public static async Task<int> RunAsync(CommandLine line, TextWriter output)
    {
        if (SharedStores.Missing is { } missing)
        {
            await Console.Error.WriteLineAsync($"Condition failed: {missing}.");
            return 2;
        }

        await using SharedStores stores = await SharedStores.StartAsync(CancellationToken.None);
        await using SiloProcess one = BareHost.Make(stores.Environment);
        await using SiloProcess two = BareHost.Make(stores.Environment);
        await one.StartAsync(CancellationToken.None);
        await two.StartAsync(CancellationToken.None);
        string[] symbols = [.. Enumerable.Range(0, Symbols).Select(i => $"SYM{i:00}")];
        await HoldAsync(one, symbols);
        (SiloProcess Victim, SiloProcess Other)[] turns = [(one, two), (two, one)];
        List<double> guardians = [], bare = [];
        int rounds = line.Quick ? 2 : 10;
        for (int i = 0; i < rounds; i++)
        {
            (double own, double other) = await KillAsync(turns[i % 2].Victim, turns[i % 2].Other, symbols);
            guardians.Add(own);
            bare.Add(other);
        }

        (long checks, long failed) = (0, 0);
        for (int i = 0; i < rounds; i++)
        {
            (long asked, long wrong) = await TerminateAsync(turns[i % 2].Victim, turns[i % 2].Other, symbols);
            (checks, failed) = (checks + asked, failed + wrong);
        }

        return SuiteRun.Run(line, Rows(guardians, bare, rounds, checks, failed), Notes, output);
    }

    private static BenchmarkRow[] Rows(
        List<double> guardians, List<double> bare, int rounds, long checks, long failed)
    {
        Spread last = Spread.Of(guardians), ratio = Spread.Of(guardians.Zip(bare, (g, b) => g / b));
        string name = $"kill −9, {rounds} times: first right decision of the last symbol";
        return
        [
            new(name, "s", last, "last bare grain", Spread.Of(bare), ratio, "≤ 1.5×", ratio.Median <= 1.5),
            new($"{name}, the slowest", "s", Spread.Of(last.Max), Goal: "< 3 s", Met: last.Max < 3),
            new($"SIGTERM, {rounds} times: checks", "checks", Spread.Of(checks)),
            BenchmarkRow.AtMost($"SIGTERM, {rounds} times: failed checks", "checks", failed, 0),
        ];
    }

    private static async Task HoldAsync(SiloProcess silo, string[] symbols)
    {
        await using SiloClient client = await SiloClient.ConnectAsync(silo);
        for (int i = 0; i < symbols.Length; i++)
        {
            await client.Guardians.CheckAsync(symbols[i], Order(i)); // Puts it on the roster.
            if (!IsHeld(i)) continue;
            ActionResult held = await client.Guardians.HoldAsync(new HoldRequest
            {
                Scope = Scope.Symbol, Key = symbols[i], State = TradingState.Halted, Actor = "ann", Reason = "news",
            });
            if (!held.Done) throw new InvalidOperationException($"Invariant: not held: {held.Message}");
        }
    }

    private static async Task<(double Guardians, double Bare)> KillAsync(
        SiloProcess victim, SiloProcess other, string[] symbols)
    {
        await using SiloClient client = await SiloClient.ConnectAsync(other);
        // All are there, and some of the bare ones on the victim.
        foreach (string symbol in symbols) await client.Grains.GetGrain<IBareGrain>(symbol).Where();
        for (int i = 0; i < symbols.Length; i++) await RightAsync(client, symbols[i], i);
        long killed = Stopwatch.GetTimestamp();
        await victim.Kill9Async();
        Task<double>[] guardians =
            [.. symbols.Select((symbol, i) => UntilAsync(killed, () => RightAsync(client, symbol, i)))];
        Task<double>[] bare = [.. symbols.Select(symbol => UntilAsync(killed, async () =>
        {
            await client.Grains.GetGrain<IBareGrain>(symbol).Ping().AsTask().WaitAsync(Attempt, TimeProvider.System);
            return true;
        }))];
        double last = (await Task.WhenAll(guardians)).Max(), lastBare = (await Task.WhenAll(bare)).Max();
        await victim.StartAsync(CancellationToken.None);
        return (last, lastBare);
    }

    private static async Task<(long Asked, long Failed)> TerminateAsync(
        SiloProcess victim, SiloProcess other, string[] symbols)
    {
        await using SiloClient client = await SiloClient.ConnectAsync(victim, other);
        using var stop = new CancellationTokenSource();
        (long asked, long failed) = (0, 0);
        Task[] callers = [.. Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (int i = caller; !stop.IsCancellationRequested; i++)
            {
                Interlocked.Increment(ref asked);
                int symbol = i % symbols.Length;
                try
                {
                    Decision decision = await client.Guardians.CheckAsync(symbols[symbol], Order(symbol));
                    if (decision.Allowed == IsHeld(symbol)) Interlocked.Increment(ref failed);
                }
                catch (GuardianUnreachableException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }))];
        await victim.StopAsync(CancellationToken.None);
        await stop.CancelAsync();
        await Task.WhenAll(callers);
        await victim.StartAsync(CancellationToken.None);
        return (asked, failed);
    }

    private static async Task<bool> RightAsync(SiloClient client, string symbol, int number)
    {
        Decision decision = await client.Grains.GetGrain<IGuardianGrain>(symbol).Check(Order(number)).AsTask()
            .WaitAsync(Attempt, TimeProvider.System);
        return decision.Allowed != IsHeld(number)
            ? true
            : throw new InvalidOperationException($"Invariant: {symbol} was answered wrongly: {decision.Code}.");
    }

    // What fails is asked again after 20 ms, guardians and bare grains alike.
    private static async Task<double> UntilAsync(long killed, Func<Task<bool>> ask)
    {
        while (true)
        {
            try
            {
                if (await ask()) return Stopwatch.GetElapsedTime(killed).TotalSeconds;
            }
            catch (Exception e) when (e is TimeoutException or OrleansException
                && Stopwatch.GetElapsedTime(killed) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    private static bool IsHeld(int symbol) => symbol % 8 == 0;

    private static OrderRequest Order(int symbol) =>
        new() { OrderId = $"o-{symbol}", Side = OrderSide.Buy, Quantity = 1 };
}
