using Guardian.Benchmarks.Detecting;
using Guardian.Benchmarks.Measuring;
using Guardian.Benchmarks.Restarting;
using Guardian.Contracts;
using Guardian.Testing.Processes;

namespace Guardian.Benchmarks.Calling;

/// <summary>The suite <c>observe</c>: batches of observations from another process.</summary>
internal static class ObserveSuite
{
    /// <summary>Observations in a batch.</summary>
    internal const int Items = 100;

    private const int CallersAtOnce = 32;

    private static readonly string[] Notes =
    [
        "One silo process and one process of 32 callers on the same two cores; 64 guardians, each armed with one "
        + "latency stage and two features that are judged, and 64 bare grains that return the length of the batch. The "
        + "same batch of 100 latencies of that stage for both, in turns of 2 s; guardians judge each, and hand the "
        + "batch to the journal. The first pair is not counted. Ratios are ours over bare.",
    ];

    /// <summary>Measures a batch beside a bare call with the same batch.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static async Task<int> RunAsync(CommandLine line, TextWriter output)
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
            Notes,
            output);
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

    /// <summary>Sees that a batch was taken.</summary>
    internal static void Expect(ObserveResult result)
    {
        if (result.Code != ObserveCode.Accepted || result.Accepted != Items)
            throw new InvalidOperationException($"Invariant: {result.Code}, {result.Accepted} taken. {result.Message}");
    }
}
