using System.Globalization;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A Redis that is not there, or not as it should be, when a silo starts.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
public sealed class RedisStartTests : RedisFaultTest
{
    [Fact]
    public async Task Start_RedisIsDownAndComesLater_TradesAtOnceAndFillsL1Then()
    {
        SiloProcess silo = await StartSiloAsync(At(MakeServer()));
        LosslessLoad load = new(silo, "LATE");
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(TimeSpan.FromSeconds(1), Stop);
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        JsonNode tier = await TierAsync(silo);
        Assert.Equal(
            $"Redis at {Redis.EndPoint} can't be reached: start it, or correct REDIS_HOST and REDIS_PORT",
            (string?)tier["lastError"]);
        Assert.True((bool)(await silo.Http.GetAsync("symbols/LATEA", Stop))["provenance"]!["provisional"]!);
        await Redis.StartAgainAsync(Stop);
        await RightAsync(silo, "LATEA", "LATEB");
        await FaultLook.ClaimedAsync(silo, "LATEA", Soon, Stop);
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
    }

    [Fact]
    public async Task Start_FolderIsLost_ComesBackFromRedisAlone()
    {
        SiloProcess silo = await StartSiloAsync(At(await StartServerAsync()));
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
        Dictionary<string, string> environment = new(At(await StartServerAsync(how)), StringComparer.Ordinal);
        if (password is not null) environment["REDIS_PASSWORD"] = password;
        SiloProcess silo = await StartSiloAsync(environment);
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(TimeSpan.FromSeconds(1), Stop);
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        string expected = $"Redis at {Redis.EndPoint} {problem}";
        await Phase.ReachAsync(
            expected,
            Soon,
            async () => $"{(await TierAsync(silo))["lastError"]}",
            told => string.Equals(told, expected, StringComparison.Ordinal),
            Stop);
        Assert.Contains(expected, silo.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong\"", silo.Log, StringComparison.Ordinal);
    }

    private static JsonNode Latency(JsonNode verdict) =>
        verdict["readings"]!.AsArray().Single(r => (string?)r!["guardrail"] == "latency")!;

    private static long Number(JsonNode epoch) =>
        long.Parse(((string)epoch!).Split('.')[0], CultureInfo.InvariantCulture);
}
