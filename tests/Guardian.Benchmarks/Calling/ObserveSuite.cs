using Guardian.Benchmarks.Detecting;
using Guardian.Benchmarks.Measuring;
using Guardian.Benchmarks.Restarting;
using Guardian.Contracts;
using Guardian.Testing.Processes;

namespace Guardian.Benchmarks.Calling;

/// <summary>The suites <c>observe</c> and <c>growth</c>: batches of observations from another process.</summary>
internal static class ObserveSuite
{
    private const int Items = 100;
    private const int CallersAtOnce = 32;

    private static readonly string[] ObserveNotes =
    [
        "One silo process and one process of 32 callers on the same two cores; 64 guardians, each armed with one "
        + "latency stage and two features that are judged, and 64 bare grains that return the length of the batch. The "
        + "same batch of 100 latencies of that stage for both, in turns of 2 s; guardians judge each, and hand the "
        + "batch to the journal. The first pair is not counted. Ratios are ours over bare.",
    ];

    private static readonly string[] GrowthNotes =
    [
        "One silo process and one process of 32 callers on the same two cores, as many batches of 100 latencies as go "
        + "through, over so many symbols in turn; every guardian has been called before. In turns of 3 s. The ratio is "
        + "to ten symbols. The processor time is that of the silo, from the kernel's own count.",
    ];

    /// <summary>Measures a batch beside a bare call with the same batch.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static async Task<int> ObserveAsync(CommandLine line, TextWriter output)
    {
        await using SiloProcess silo = BareHost.Make();
        await silo.StartAsync(CancellationToken.None);
        var fleet = new Fleet(silo, first: 0, 64, "order-ack");
        await fleet.ArmAsync();
        await using SiloClient client = await SiloClient.ConnectAsync(silo);
        string[] symbols = [.. fleet.Symbols];
        IBareGrain[] bare = [.. symbols.Select(symbol => client.Grains.GetGrain<IBareGrain>(symbol))];
        ObservationBatch batch = Batch();
        (Turn[] Ours, Turn[] Bare) turns = await Callers.CompareAsync(
            CallersAtOnce,
            TimeSpan.FromSeconds(2),
            line.Quick ? 3 : 9,
            async (caller, i) => Expect(
                await client.Guardians.ObserveAsync(symbols[(caller + i) % symbols.Length], batch)),
            async (caller, i) => await bare[(caller + i) % bare.Length].Take(batch));
        return SuiteRun.Run(
            line,
            [
                Callers.Row(
                    "observe, batches of 100, 32 callers", "events/s", turns, t => t.PerSecond * Items, "bare grain",
                    ("≥ 0.4×", r => r >= 0.4)),
                Callers.Row("observe: p50", "ms", turns, t => t.P50, "bare grain", null),
                Callers.Row("observe: p99", "ms", turns, t => t.P99, "bare grain", null),
            ],
            ObserveNotes,
            output);
    }

    /// <summary>Measures what more symbols cost.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static async Task<int> GrowthAsync(CommandLine line, TextWriter output)
    {
        ObservationBatch batch = Batch();
        List<(int Symbols, double[] PerSecond, double[] Cost)> sizes = [];
        foreach (int count in line.Quick ? (int[])[1, 10, 1_000] : [1, 10, 100, 1_000, 10_000])
            sizes.Add(await GrownAsync(count, batch, line.Quick ? 2 : 5));
        double[] atTen = sizes[1].PerSecond, costAtTen = sizes[1].Cost;
        List<BenchmarkRow> rows = [];
        foreach ((int symbols, double[] perSecond, double[] cost) in sizes)
        {
            bool judged = symbols > 10;
            Spread faster = Spread.Of(perSecond.Zip(atTen, (n, ten) => n / ten));
            Spread dearer = Spread.Of(cost.Zip(costAtTen, (n, ten) => n / ten));
            rows.Add(new BenchmarkRow(
                $"events through, {symbols:#,0} symbols", "events/s", Spread.Of(perSecond), "10 symbols",
                Spread.Of(atTen), faster, judged ? "≥ 0.8×" : null, judged ? faster.Median >= 0.8 : null));
            rows.Add(new BenchmarkRow(
                $"the silo's processor time an event, {symbols:#,0} symbols", "µs", Spread.Of(cost), "10 symbols",
                Spread.Of(costAtTen), dearer, judged ? "≤ 1.25×" : null, judged ? dearer.Median <= 1.25 : null));
        }

        return SuiteRun.Run(line, rows, GrowthNotes, output);
    }

    /// <summary>Makes a batch of latencies that trip nothing.</summary>
    internal static ObservationBatch Batch()
    {
        long[] latencies = Samples.Latencies();
        return new ObservationBatch
        {
            Producer = "calls",
            Items =
            [
                .. Enumerable.Range(0, Items).Select(
                    i => Observation.Latency("order-ack", TimeSpan.FromMicroseconds(latencies[i]))),
            ],
        };
    }

    // Each size has a silo of its own: what one left behind is not the next one's.
    private static async Task<(int Symbols, double[] PerSecond, double[] Cost)> GrownAsync(
        int count, ObservationBatch batch, int repeats)
    {
        await using SiloProcess silo = BareHost.Make();
        await silo.StartAsync(CancellationToken.None);
        await using SiloClient client = await SiloClient.ConnectAsync(silo);
        string[] symbols = [.. Enumerable.Range(0, count).Select(i => $"SYM{i:00000}")];
        await Parallel.ForEachAsync(
            symbols,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (symbol, _) => Expect(await client.Guardians.ObserveAsync(symbol, batch)));
        List<double> perSecond = [], cost = [];
        for (int i = -1; i < repeats; i++)
        {
            double before = ProcessorSeconds(silo.ProcessId);
            Turn turn = await Callers.RunAsync(
                CallersAtOnce,
                TimeSpan.FromSeconds(3),
                async (caller, n) => Expect(await client.Guardians.ObserveAsync(
                    symbols[(caller + (n * CallersAtOnce)) % count], batch)));
            double used = ProcessorSeconds(silo.ProcessId) - before;
            if (i < 0) continue;
            perSecond.Add(turn.PerSecond * Items);
            cost.Add(used * 1e6 / (turn.PerSecond * Items * 3));
        }

        return (count, [.. perSecond], [.. cost]);
    }

    private static double ProcessorSeconds(int process)
    {
        using var found = System.Diagnostics.Process.GetProcessById(process);
        return found.TotalProcessorTime.TotalSeconds;
    }

    private static void Expect(ObserveResult result)
    {
        if (result.Code != ObserveCode.Accepted || result.Accepted != Items)
            throw new InvalidOperationException($"Invariant: {result.Code}, {result.Accepted} taken. {result.Message}");
    }
}
