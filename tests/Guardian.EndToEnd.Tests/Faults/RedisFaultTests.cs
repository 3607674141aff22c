using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A Redis that fails under a running silo, and one that is not there, or not as it should be, at its start.
/// </summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
[Collection(FaultSuite.Faults)]
public sealed class RedisFaultTests : EndToEndTest
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Asked = TimeSpan.FromSeconds(FaultSuite.IsFull ? 6 : 1);

    private RedisServer? _redis;

    public static TheoryData<string> Faults { get; } =
        FaultSuite.IsFull ? new(RedisFault.All.Select(f => f.Name)) : new("each in turn");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Redis_FailsUnderLoad_DecisionsGoOnAndL1IsRightAgain(string what)
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        _redis = await RedisServer.StartAsync(Stop);
        SiloProcess silo = await StartSiloAsync(At(_redis));
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
        SiloProcess other = await StartSiloAsync(At(_redis));
        await FaultLook.KnowsAsync(other, halts, "Redis", Soon, Stop);
    }

    [Fact]
    public async Task Start_RedisIsDownAndComesLater_TradesAtOnceAndFillsL1Then()
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        _redis = RedisServer.Make();
        SiloProcess silo = await StartSiloAsync(At(_redis));
        LosslessLoad load = new(silo, "LATE");
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(Asked, Stop);
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        JsonNode tier = await TierAsync(silo);
        Assert.Equal(
            $"Redis at {_redis.EndPoint} can't be reached: start it, or correct REDIS_HOST and REDIS_PORT",
            (string?)tier["lastError"]);
        Assert.True((bool)(await silo.Http.GetAsync("symbols/LATEA", Stop))["provenance"]!["provisional"]!);
        await _redis.StartAgainAsync(Stop);
        await RightAsync(silo, "LATEA", "LATEB");
        await Phase.ReachAsync(
            "the epoch is claimed",
            Soon,
            async () => !(bool)(await silo.Http.GetAsync("symbols/LATEA", Stop))["provenance"]!["provisional"]!,
            Stop);
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
    }

    [Fact]
    public async Task Start_FolderIsLost_ComesBackFromRedisAlone()
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        _redis = await RedisServer.StartAsync(Stop);
        SiloProcess silo = await StartSiloAsync(At(_redis));
        LosslessLoad load = new(silo, "LOST");
        for (int i = 0; i < 9; i++) await load.RoundAsync(Stop);
        JsonNode before = await silo.Http.GetAsync("symbols/LOSTA", Stop);
        await RightAsync(silo, "LOSTA", "LOSTB");
        IReadOnlyDictionary<string, string> halts = await FaultLook.HaltsAsync(silo, Stop);
        Assert.NotEmpty(halts);
        Assert.Equal(0, await silo.StopAsync(Stop));
        Directory.Delete(silo.DataFolder, recursive: true);
        await silo.StartAsync(Stop);
        // The roster lies in the folder; whoever puts a symbol on it again finds its guardian as it was.
        HttpAnswer put = await silo.Http.SendAsync(HttpMethod.Put, "symbols/LOSTA", new { }, Stop);
        Assert.True((int)put.Status < 300, $"{put}");
        JsonNode after = await silo.Http.GetAsync("symbols/LOSTA", Stop);
        string from = (string)after["provenance"]!["recoveredFrom"]!;
        Assert.True(from is "hot" or "record", from);
        Assert.Equal(Latency(before).ToJsonString(), Latency(after).ToJsonString());
        Assert.True(Number(after["epoch"]!) > Number(before["epoch"]!));
        await Phase.ReachAsync(
            "its halts are back",
            Soon,
            async () => (await FaultLook.HaltsAsync(silo, Stop)).OrderBy(h => h.Key, StringComparer.Ordinal)
                .SequenceEqual(halts.OrderBy(h => h.Key, StringComparer.Ordinal)),
            Stop);
    }

    [Theory]
    [InlineData("asks for a password: set REDIS_PASSWORD or REDIS_PASSWORD_FILE", null, "--requirepass", "right")]
    [InlineData(
        "refuses the password: correct REDIS_PASSWORD or REDIS_PASSWORD_FILE", "wrong", "--requirepass", "right")]
    [InlineData(
        "is a read-only replica: point REDIS_HOST and REDIS_PORT at its primary", null, "--replicaof", "127.0.0.1 1")]
    public async Task Start_RedisIsNotAsItShouldBe_UpAndItIsTold(string problem, string? password, params string[] how)
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        _redis = await RedisServer.StartAsync(Stop, how);
        Dictionary<string, string> environment = new(At(_redis), StringComparer.Ordinal);
        if (password is not null) environment["REDIS_PASSWORD"] = password;
        SiloProcess silo = await StartSiloAsync(environment);
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(TimeSpan.FromSeconds(1), Stop);
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        string expected = $"Redis at {_redis.EndPoint} {problem}";
        await Phase.ReachAsync(
            expected,
            Soon,
            async () => $"{(await TierAsync(silo))["lastError"]}",
            told => string.Equals(told, expected, StringComparison.Ordinal),
            Stop);
        Assert.Contains(expected, silo.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong\"", silo.Log, StringComparison.Ordinal);
    }

    private async Task SufferAsync(RedisFault fault, SiloProcess silo, LosslessLoad load, Prober prober)
    {
        RedisServer redis = _redis!;
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

    private Task RightAsync(SiloProcess silo, params string[] symbols) =>
        RedisLook.RightAsync(silo, _redis!, Stop, symbols);

    private static JsonNode Latency(JsonNode verdict) =>
        verdict["readings"]!.AsArray().Single(r => (string?)r!["guardrail"] == "latency")!;

    private static long Number(JsonNode epoch) =>
        long.Parse(((string)epoch!).Split('.')[0], CultureInfo.InvariantCulture);

    private static Task<JsonNode> TierAsync(SiloProcess silo) => FaultLook.TierAsync(silo, "L1", Stop);

    private static Dictionary<string, string> At(RedisServer redis) => new(StringComparer.Ordinal)
    {
        ["REDIS_HOST"] = redis.Host, ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture),
    };
}
