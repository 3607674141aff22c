using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>Redis and PostgreSQL away at once: everything rests in the local journal until they are back.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
[Collection(FaultSuite.Faults)]
public sealed class BothStoresFaultTests : EndToEndTest
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Asked = TimeSpan.FromSeconds(FaultSuite.IsFull ? 6 : 1);
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(FaultSuite.IsFull ? 60 : 3);
    private static readonly string[] OfEach = ["RedisLost", "HistoryLagging", "RecordsLost"];

    private RedisServer? _redis;
    private PostgresServer? _postgres;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Stores_BothKilledUnderLoad_OneP0AndNothingIsLostOrDoubled()
    {
        SiloProcess silo = await StartAsync();
        LosslessLoad load = new(silo, "BOTH");
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(TimeSpan.FromSeconds(2), Stop); // Warm.
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        await RightAsync(silo);
        double[] healthy = await FaultLook.MeasureAsync(prober, load, Asked, Stop);

        await _redis!.SnapshotAsync(Stop);
        await _redis.Kill9Async();
        await _postgres!.Kill9Async();
        double[] during = await FaultLook.MeasureAsync(prober, load, Away, Stop);
        await ToldOnceAsync(silo, load);
        await _redis.StartAgainAsync(Stop);
        await _postgres.StartAgainAsync(Stop);
        Stopwatch watch = Stopwatch.StartNew();
        await RightAsync(silo);
        (double before, double beside) = (Prober.Percentile(healthy, 0.99), Prober.Percentile(during, 0.99));
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"both stores killed for {Away.TotalSeconds:0} s: {during.Length} decisions p99 {beside:0.0} ms, healthy "
            + $"{healthy.Length} p99 {before:0.0} ms, {prober.Errors.Count} errors, both right again after "
            + $"{watch.Elapsed.TotalSeconds:0.0} s"));
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        double noise = FaultSuite.IsFull ? 10 : 50;
        Assert.True(beside < (1.5 * before) + noise, $"p99 {beside:0.00} ms, healthy {before:0.00} ms");

        await Phase.ReachAsync(
            "its alert ends", Soon, async () => await StatusAsync(silo, "TiersLost") == "resolved", Stop);
        IReadOnlyDictionary<string, string> halts = await FaultLook.HaltsAsync(silo, Stop);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
        Assert.Equal(halts, await FaultLook.HaltsAsync(silo, Stop));
    }

    private async Task<SiloProcess> StartAsync()
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        FaultSuite.Require(PostgresServer.Missing is null, PostgresServer.Missing ?? string.Empty);
        _redis = await RedisServer.StartAsync(Stop);
        _postgres = await PostgresServer.StartAsync(Stop);
        await _postgres.MakeDatabaseAsync(PostgresFault.Database, Stop);
        return await StartSiloAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["REDIS_HOST"] = _redis.Host,
            ["REDIS_PORT"] = _redis.Port.ToString(CultureInfo.InvariantCulture),
            ["TIMESCALEDB_URI"] = _postgres.AddressOf(PostgresFault.Database),
        });
    }

    private async Task RightAsync(SiloProcess silo)
    {
        await PostgresLook.RightAsync(silo, _postgres!, Stop, "BOTHA", "BOTHB");
        await RedisLook.RightAsync(silo, _redis!, Stop, "BOTHA", "BOTHB");
    }

    // One alert that pages; what it explains is not told beside it.
    private static async Task ToldOnceAsync(SiloProcess silo, LosslessLoad load)
    {
        await Phase.ReachAsync(
            "both are told",
            Soon,
            async () =>
            {
                await load.RoundAsync(Stop);
                return await StatusAsync(silo, "TiersLost") == "firing";
            },
            Stop);
        JsonNode[] alerts = [.. await silo.Http.ItemsAsync("alerts", Stop)];
        JsonNode both = Assert.Single(alerts, alert => (string?)alert["name"] == "TiersLost");
        Assert.Equal("P0", (string?)both["severity"]);
        foreach (JsonNode alert in alerts.Where(a => OfEach.Contains((string?)a["name"])))
            Assert.True((string?)alert["silencedBy"] == (string?)both["id"], alert.ToJsonString());
    }

    private static async Task<string?> StatusAsync(SiloProcess silo, string name) =>
        (await silo.Http.ItemsAsync("alerts?resolved=true", Stop))
            .Where(alert => (string?)alert["name"] == name)
            .Select(alert => (string?)alert["status"])
            .LastOrDefault();
}
