using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A Redis that fails under a running silo.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
[Collection(FaultSuite.Faults)]
public sealed class RedisFaultTests : RedisFaultTest
{
    private static readonly TimeSpan Asked = TimeSpan.FromSeconds(FaultSuite.IsFull ? 6 : 1);

    public static TheoryData<string> Faults { get; } =
        FaultSuite.IsFull ? new(RedisFault.All.Select(f => f.Name)) : new("each in turn");

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Redis_FailsUnderLoad_DecisionsGoOnAndL1IsRightAgain(string what)
    {
        SiloProcess silo = await StartSiloAsync(At(await StartServerAsync()));
        LosslessLoad load = new(silo, "REDIS");
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(TimeSpan.FromSeconds(2), Stop); // Warm.
        foreach (RedisFault fault in RedisFault.All.Where(f => !FaultSuite.IsFull || f.Name == what))
            await SufferAsync(fault, silo, load, prober);
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));

        // Everything from L3 in the silo's own folder, and the same halts from Redis alone in another's.
        IReadOnlyDictionary<string, string> halts = await FaultLook.HaltsAsync(silo, Stop);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
        Assert.Equal(halts, await FaultLook.HaltsAsync(silo, Stop));
        await silo.Kill9Async();
        SiloProcess other = await StartSiloAsync(At(Redis));
        await FaultLook.KnowsAsync(other, halts, "Redis", Soon, Stop);
    }

    private async Task SufferAsync(RedisFault fault, SiloProcess silo, LosslessLoad load, Prober prober)
    {
        RedisServer redis = Redis;
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        string prepared = fault.Prepare is null ? string.Empty : await fault.Prepare(redis, Stop);
        double[] healthy = await FaultLook.MeasureAsync(prober, load, Asked, Stop);
        await fault.Begin(redis, Stop);
        double[] during = await FaultLook.MeasureAsync(prober, load, Asked, Stop);
        await Phase.ReachAsync(
            $"{fault.Name}: it is told", Soon, async () => !(bool)(await TierAsync(silo))["healthy"]!, Stop);
        await fault.End(redis, prepared, Stop);
        Stopwatch watch = Stopwatch.StartNew();
        await RightAsync(silo, "REDISA", "REDISB");
        (double before, double beside) = (Prober.Percentile(healthy, 0.99), Prober.Percentile(during, 0.99));
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"redis {fault.Name}: {during.Length} decisions p99 {beside:0.0} ms, healthy {healthy.Length} p99 "
            + $"{before:0.0} ms, {prober.Errors.Count} errors, L1 right again after "
            + $"{watch.Elapsed.TotalSeconds:0.0} s"));
        // Beyond what a busy machine adds by itself; the p99 of a short sample is its third-slowest.
        double noise = FaultSuite.IsFull ? 10 : 50;
        Assert.True(beside < (1.5 * before) + noise, $"{fault.Name}: p99 {beside:0.00} ms, healthy {before:0.00} ms");
    }
}
