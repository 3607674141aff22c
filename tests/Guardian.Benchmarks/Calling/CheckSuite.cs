using Guardian.Benchmarks.Measuring;
using Guardian.Benchmarks.Restarting;
using Guardian.Contracts;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.Benchmarks.Calling;

/// <summary>The suite <c>check</c>: orders asked for from another process, beside bare calls.</summary>
internal static class CheckSuite
{
    private const int Symbols = 64;

    private static readonly string[] Notes =
    [
        "One silo process and one process of callers on the same two cores; 64 guardians, each armed with one latency "
        + "stage and two features that are judged, and 64 bare grains of the same silo, which return a number. Both "
        + "are left out of the dashboard's profiler. Callers have one call each under way, in turns of 2 s; the first "
        + "pair, of 12 s, is not counted. Ratios are ours over bare. The row with the same messages has a bare grain "
        + "that takes the order and returns a decision: the rest of the distance to it is the guardian's and "
        + "the client's.",
        "**With every tier up.** Redis and PostgreSQL on the same machine as well, 1,000 checks a second whether "
        + "those before are answered or not, beside 1,000 observations a second in batches of 100; from when a "
        + "check is sent.",
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

        List<BenchmarkRow> rows = [];
        await using (SiloProcess silo = BareHost.Make())
        {
            await silo.StartAsync(CancellationToken.None);
            string[] symbols = await ArmAsync(silo);
            await using SiloClient client = await SiloClient.ConnectAsync(silo);
            foreach (int callers in (int[])[32, 256])
                rows.AddRange(await CompareAsync(client, symbols, callers, line.Quick ? 3 : 9));
        }

        rows.AddRange(await EveryTierAsync(TimeSpan.FromSeconds(line.Quick ? 5 : 30)));
        return SuiteRun.Run(line, rows, Notes, output);
    }

    private static async Task<string[]> ArmAsync(SiloProcess silo)
    {
        var fleet = new Fleet(silo, first: 0, Symbols, "order-ack");
        await fleet.ArmAsync();
        return [.. fleet.Symbols];
    }

    private static async Task<BenchmarkRow[]> CompareAsync(
        SiloClient client, string[] symbols, int callers, int repeats)
    {
        IBareGrain[] bare = [.. symbols.Select(symbol => client.Grains.GetGrain<IBareGrain>(symbol))];
        OrderRequest[] orders = [.. Enumerable.Range(0, callers).Select(i => Order($"o-{i}"))];
        (Turn[] Ours, Turn[] Bare) turns = await Callers.CompareAsync(
            callers,
            TimeSpan.FromSeconds(2),
            repeats,
            async (caller, i) => Expect(
                await client.Guardians.CheckAsync(symbols[(caller + i) % Symbols], orders[caller])),
            async (caller, i) => await bare[(caller + i) % Symbols].Ping());
        (Turn[] Ours, Turn[] Bare) same = await Callers.CompareAsync(
            callers,
            TimeSpan.FromSeconds(2),
            repeats,
            async (caller, i) => Expect(
                await client.Guardians.CheckAsync(symbols[(caller + i) % Symbols], orders[caller])),
            async (caller, i) => Expect(await bare[(caller + i) % Symbols].Answer(orders[caller])));
        string name = $"check, {callers} callers";
        return
        [
            Callers.Row(name, "calls/s", turns, t => t.PerSecond, "bare grain", ("≥ 0.85×", r => r >= 0.85)),
            Callers.Row(name, "calls/s", same, t => t.PerSecond, "bare grain, same messages", null),
            Callers.Row($"{name}: p50", "ms", turns, t => t.P50, "bare grain", null),
            Callers.Row($"{name}: p99", "ms", turns, t => t.P99, "bare grain", ("≤ 1.3×", r => r <= 1.3)),
        ];
    }

    private static async Task<BenchmarkRow[]> EveryTierAsync(TimeSpan time)
    {
        await using SharedStores stores = await SharedStores.StartAsync(CancellationToken.None);
        await using SiloProcess silo = BareHost.Make(stores.Environment);
        await silo.StartAsync(CancellationToken.None);
        string[] symbols = await ArmAsync(silo);
        await using SiloClient client = await SiloClient.ConnectAsync(silo);
        // Not counted: code is compiled once more while it is called.
        await Callers.PaceAsync(1_000, TimeSpan.FromSeconds(10), async i => Expect(
            await client.Guardians.CheckAsync(symbols[i % Symbols], Order("warm"))));
        // What the arming left for the tiers is not what a steady second has.
        while ((await client.Guardians.GetDurabilityAsync()).Tiers.Any(tier => tier.LagEvents > 0))
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        ObservationBatch batch = ObserveSuite.Batch();
        Task<double[]> observing = Callers.PaceAsync(10, time, async i =>
            await client.Guardians.ObserveAsync(symbols[i % Symbols], batch));
        double[] took = await Callers.PaceAsync(1_000, time, async i => Expect(
            await client.Guardians.CheckAsync(symbols[i % Symbols], Order($"p-{i}"))));
        await observing;
        double p99 = took[took.Length * 99 / 100], p50 = took[took.Length / 2];
        string name = $"check with every tier up, 1,000 a second, {time.TotalSeconds:0} s";
        return
        [
            new($"{name}: p99", "ms", Spread.Of(p99), Goal: "< 5 ms", Met: p99 < 5),
            new($"{name}: p50", "ms", Spread.Of(p50)),
        ];
    }

    private static OrderRequest Order(string id) => new() { OrderId = id, Side = OrderSide.Buy, Quantity = 1 };

    // A denial is as fast, but is not what is to be measured.
    private static void Expect(Decision decision)
    {
        if (!decision.Allowed) throw new InvalidOperationException($"Invariant: denied: {decision.Message}");
    }
}
