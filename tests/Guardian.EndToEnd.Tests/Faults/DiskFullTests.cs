using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A disk that is full under a running silo, by a small tmpfs.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
[Collection(FaultSuite.Faults)]
public sealed class DiskFullTests : EndToEndTest
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Beside = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Journal_DiskFull_DecisionsAsFastAsBeforeAndNothingLost()
    {
        await using Tmpfs disk = await Tmpfs.MountAsync("96m", Stop);
        SiloProcess silo = await StartSiloAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["GUARDIAN__DATAFOLDER"] = disk.Folder });
        LosslessLoad load = new(silo, "FULL");
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(TimeSpan.FromSeconds(2), Stop); // Warm.
        double[] healthy = await FaultLook.MeasureAsync(prober, load, Beside, Stop);
        disk.Fill();
        await Phase.ReachAsync(
            "the journal says that it can't be written",
            Soon,
            async () =>
            {
                await load.RoundAsync(Stop);
                return !(bool)(await FaultLook.TierAsync(silo, "L3", Stop))["healthy"]!;
            },
            Stop);
        double[] full = await FaultLook.MeasureAsync(prober, load, Beside, Stop);
        await FaultLook.AlertedAsync(silo, "PersistenceDegraded", "L3", "P0", Stop);
        (double before, double during) = (Prober.Percentile(healthy, 0.99), Prober.Percentile(full, 0.99));
        Say($"decisions beside load: healthy p99 {before:0.00} ms of {healthy.Length}, "
            + $"disk full p99 {during:0.00} ms of {full.Length}, {prober.Errors.Count} errors");
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        // Beyond what a busy machine adds by itself.
        Assert.True(during < (1.5 * before) + 10, $"p99 {during:0.00} ms, healthy {before:0.00} ms");

        disk.Free();
        await FaultLook.DrainedAsync(silo, load, Stop);
        Assert.Empty(Directory.GetFiles(disk.Folder, "*.io-error-*"));
        // Full again, it starts all the same with everything that was durable.
        disk.Fill();
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        disk.Free();
        await load.VerifyAsync(Stop);
        await silo.Kill9Async();
    }
}
