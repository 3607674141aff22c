using System.Diagnostics;
using System.Globalization;
using Guardian.Benchmarks.Measuring;
using Guardian.Testing.Processes;

namespace Guardian.Benchmarks.Restarting;

/// <summary>The suite <c>memory</c>: what a silo process with many armed guardians takes of the machine.</summary>
internal static class MemorySuite
{
    private const int Promised = 10_000;
    private const double Gibibyte = 1024.0 * 1024 * 1024;
    private const double Kibibyte = 1024;

    private static readonly string[] Notes =
    [
        "The resident set of a silo process, so runtime, Orleans, journal, caches and garbage are in it; the "
        + "guardians' own heap is measured by the suite `detect`. Each guardian has one latency stage and two "
        + "features that are "
        + $"judged, {Fleet.PerGuardian:#,0} observations. The smallest of ten looks within ten seconds after the "
        + "history caught up. The collector's heap is limited to these guardians' share of the 1.5 GiB that the "
        + "runtime gives itself in a container of 2 GiB; without a limit it uses what the machine has before it "
        + "compacts.",
    ];

    /// <summary>Measures and reports.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static async Task<int> RunAsync(CommandLine line, TextWriter output)
    {
        int few = line.Quick ? 100 : 500;
        int more = line.Quick ? 300 : Promised - few;
        await using SiloProcess silo = new();
        silo.Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DOTNET_GCHeapHardLimit"] = string.Create(CultureInfo.InvariantCulture, $"0x{HeapLimit(few + more):X}"),
        };
        await silo.StartAsync(CancellationToken.None);
        double empty = await RestingAsync(silo);
        await new Fleet(silo, 1, few, "market-data").ArmAsync();
        double some = await RestingAsync(silo);
        await new Fleet(silo, few + 1, more, "market-data").ArmAsync();
        double full = await RestingAsync(silo);
        await silo.StopAsync(CancellationToken.None);
        double each = (full - some) / more;
        BenchmarkRow[] rows =
        [
            new("silo process without guardians", "GiB", Spread.Of(empty / Gibibyte)),
            new($"silo process with {few:#,0} armed guardians", "GiB", Spread.Of(some / Gibibyte)),
            new($"silo process with {few + more:#,0} armed guardians", "GiB", Spread.Of(full / Gibibyte)),
            new("one armed guardian more", "KiB", Spread.Of(each / Kibibyte)),
            BenchmarkRow.AtMost(
                few + more == Promised ? "10,000 armed guardians" : $"10,000 armed guardians, from {few + more:#,0}",
                "GiB",
                (full + (each * (Promised - few - more))) / Gibibyte,
                2),
        ];
        return SuiteRun.Run(line, rows, Notes, output);
    }

    // Of a container of 2 GiB the runtime takes three quarters for its heap; so many guardians get their share of it.
    private static long HeapLimit(int guardians)
    {
        const long Base = 96L << 20;
        const long Whole = 3L << 29;
        return Math.Max(Base + ((Whole - Base) / Promised * guardians), 256L << 20);
    }

    private static async Task<double> RestingAsync(SiloProcess silo)
    {
        long start = Stopwatch.GetTimestamp();
        while (await LagAsync(silo) > 0)
        {
            if (Stopwatch.GetElapsedTime(start).TotalMinutes > 15)
                throw new TimeoutException("The history did not catch up within 15 minutes.");
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }

        double least = double.MaxValue;
        for (int i = 0; i < 10; i++)
        {
            least = Math.Min(least, Resident(silo.ProcessId));
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }

        return least;
    }

    private static async Task<long> LagAsync(SiloProcess silo) =>
        (await silo.Http.GetAsync("durability", CancellationToken.None))["tiers"]!.AsArray()
            .Max(tier => (long)tier!["lagEvents"]!);

    private static double Resident(int process)
    {
        string line = File.ReadLines($"/proc/{process}/status")
            .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
            * 1024.0;
    }
}
