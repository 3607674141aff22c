using System.Diagnostics;
using Guardian.Benchmarks.Measuring;
using Guardian.Testing.Processes;

namespace Guardian.Benchmarks.Restarting;

/// <summary>The suite <c>restart</c>: how soon a silo's guardians are back, equal to what they were.</summary>
internal static class RestartSuite
{
    private static readonly string[] Notes =
    [
        $"A silo process with its default options; each guardian has {Fleet.PerGuardian:#,0} observations behind it: "
        + "one stage, two features that are judged with early warnings. The time runs from the start of the process "
        + "until `/health/ready`, which says that every guardian of the roster is back; then all verdicts are asked "
        + "and compared with those before, without epoch, sequence and what names an activation. After kill −9 all of "
        + "it is replayed from the journal (every 30 s a checkpoint would cut that short, so no goal); after "
        + "SIGTERM it "
        + "is read from checkpoints.",
    ];

    /// <summary>Measures and reports.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static async Task<int> RunAsync(CommandLine line, TextWriter output)
    {
        int count = line.Quick ? 200 : 1_000;
        int repeats = line.Quick ? 2 : 5;
        await using SiloProcess silo = new();
        var fleet = new Fleet(silo, 1, count, "order-ack");
        await silo.StartAsync(CancellationToken.None);
        await fleet.ArmAsync();
        List<BenchmarkRow> rows = [];
        rows.AddRange(await RowsAsync(silo, fleet, "kill −9 before any checkpoint", 1, silo.Kill9Async, output));
        Func<Task> end = () => silo.StopAsync(CancellationToken.None);
        rows.AddRange(await RowsAsync(silo, fleet, "SIGTERM", repeats, end, output));
        rows.AddRange(await RowsAsync(silo, fleet, "kill −9 after that", repeats, silo.Kill9Async, output));
        await silo.StopAsync(CancellationToken.None);
        return SuiteRun.Run(line, rows, Notes, output);
    }

    private static async Task<IEnumerable<BenchmarkRow>> RowsAsync(
        SiloProcess silo, Fleet fleet, string how, int repeats, Func<Task> end, TextWriter output)
    {
        double[] ready = new double[repeats];
        int different = 0;
        for (int i = 0; i < repeats; i++)
        {
            IReadOnlyDictionary<string, string> before = await fleet.VerdictsAsync();
            await end();
            long start = Stopwatch.GetTimestamp();
            await silo.StartAsync(CancellationToken.None);
            ready[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            IReadOnlyDictionary<string, string> after = await fleet.VerdictsAsync();
            string[] changed =
                [.. fleet.Symbols.Where(s => !string.Equals(before[s], after[s], StringComparison.Ordinal))];
            different += changed.Length;
            if (changed is [var one, ..]) // Named, so that it can be looked into.
                await output.WriteLineAsync($"{how}: {one} was\n{before[one]}\nand is\n{after[one]}");
        }

        bool promised = repeats > 1; // Everything since the first start is more than any checkpoint leaves to replay.
        string name = $"{fleet.Symbols.Count:#,0} guardians back after {how}";
        Spread time = Spread.Of(ready);
        return
        [
            new BenchmarkRow(name, "s", time, Goal: promised ? "< 5 s" : null, Met: promised ? time.Median < 5 : null),
            BenchmarkRow.AtMost($"{name}: verdicts that differ", "verdicts", different, 0),
        ];
    }
}
