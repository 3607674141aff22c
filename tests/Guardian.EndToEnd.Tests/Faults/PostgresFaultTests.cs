using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A PostgreSQL that fails under a running silo.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
[Collection(FaultSuite.Faults)]
public sealed class PostgresFaultTests : PostgresFaultTest
{
    // Milliseconds; a busy machine adds some hundreds, threads that are all blocked 3,600.
    private const double Slowest = 2_000;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Asked = TimeSpan.FromSeconds(FaultSuite.IsFull ? 6 : 1);

    private Tmpfs? _disk;

    public static TheoryData<string> Faults { get; } =
        FaultSuite.IsFull ? new(PostgresFault.All.Select(f => f.Name)) : new("each in turn");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_disk is not null) await _disk.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Postgres_FailsUnderLoad_DecisionsGoOnAndL2IsRightAgain(string what)
    {
        PostgresServer postgres = await StartServerAsync();
        await postgres.MakeDatabaseAsync(Database, Stop);
        await SufferAsync([.. PostgresFault.All.Where(f => !FaultSuite.IsFull || f.Name == what)]);
    }

    [Fact]
    public async Task Postgres_DiskFullUnderLoad_DecisionsGoOnAndL2IsRightAgain()
    {
        PostgresServer postgres = await StartServerAsync();
        _disk = await Tmpfs.MountAsync("48m", Stop);
        Directory.CreateDirectory(_disk.Folder);
        await using (ChildProcess own = ChildProcess.StartAny("chown", ["postgres:postgres", _disk.Folder]))
            Assert.Equal(0, (await own.EndAsync(Soon, Stop)).Code);
        await postgres.SqlAsync("postgres", $"create tablespace small location '{_disk.Folder}'", Stop);
        await postgres.SqlAsync("postgres", $"create database {Database} tablespace small", Stop);
        await SufferAsync([PostgresFault.DiskFull(_disk)]);
    }

    // Then from L3 and L2 in the silo's own folder, and the same halts from PostgreSQL alone in another's.
    private async Task SufferAsync(PostgresFault[] faults)
    {
        SiloProcess silo = await StartSiloAsync(At(Postgres));
        LosslessLoad load = new(silo, "PG");
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(TimeSpan.FromSeconds(2), Stop); // Warm.
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        await RightAsync(silo, "PGA", "PGB");
        foreach (PostgresFault fault in faults) await SufferAsync(fault, silo, load, prober);
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        IReadOnlyDictionary<string, string> halts = await FaultLook.HaltsAsync(silo, Stop);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
        Assert.Equal(halts, await FaultLook.HaltsAsync(silo, Stop));
        Say($"{load.Sent} observations sent, {load.Durable} told as durable, {load.Acknowledged} holds and releases");
        await silo.Kill9Async();
        SiloProcess other = await StartSiloAsync(At(Postgres));
        await FaultLook.KnowsAsync(other, halts, "PostgreSQL", Soon, Stop);
    }

    private async Task SufferAsync(PostgresFault fault, SiloProcess silo, LosslessLoad load, Prober prober)
    {
        double[] healthy = await FaultLook.MeasureAsync(prober, load, Asked, Stop);
        Task goingOn = await fault.Begin(Postgres, Stop);
        double[] during = await FaultLook.MeasureAsync(prober, load, Asked, Stop);
        // Load goes on until it is told: a table that is locked hurts nobody who does not write.
        Task told = Phase.ReachAsync(
            $"{fault.Name}: it is told",
            Soon,
            async () =>
            {
                await load.RoundAsync(Stop);
                return !fault.IsTold || !(bool)(await TierAsync(silo))["healthy"]!;
            },
            Stop);
        double slowest = await SlowestAsync(prober, told);
        long lag = (long)(await TierAsync(silo))["lagEvents"]!;
        await fault.End(Postgres, Stop);
        await goingOn;
        Stopwatch watch = Stopwatch.StartNew();
        await RightAsync(silo, "PGA", "PGB");
        (double before, double beside) = (Prober.Percentile(healthy, 0.99), Prober.Percentile(during, 0.99));
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"postgres {fault.Name}: {during.Length} decisions p99 {beside:0.0} ms, healthy {healthy.Length} p99 "
            + $"{before:0.0} ms, {prober.Errors.Count} errors, {lag} events behind, right again after "
            + $"{watch.Elapsed.TotalSeconds:0.0} s, slowest decision until it was told {slowest:0} ms"));
        // Beyond what a busy machine adds by itself; the p99 of a short sample is its third-slowest.
        double noise = FaultSuite.IsFull ? 10 : 50;
        Assert.True(beside < (1.5 * before) + noise, $"{fault.Name}: p99 {beside:0.00} ms, healthy {before:0.00} ms");
        Assert.True(slowest < Slowest, $"{fault.Name}: a decision took {slowest:0} ms until the fault was told");
    }

    // Statements are given up together, long after the fault began: what that does to decisions is seen only then.
    private static async Task<double> SlowestAsync(Prober prober, Task told)
    {
        double slowest = 0;
        do slowest = Math.Max(slowest, (await prober.AskAsync(Glance, Stop)).LastOrDefault());
        while (!told.IsCompleted);
        await told;
        return slowest;
    }
}
