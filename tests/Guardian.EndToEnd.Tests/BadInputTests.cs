using System.Net;
using System.Text.Json.Nodes;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>Bad input to a running silo: refused with what, where and what to do; neighbours survive.</summary>
public sealed class BadInputTests(SharedSilo shared) : EndToEndTest
{
    private const string Header = "local_ns,E_ms,T_ms,market,symbol,kind,f1,f2,f3,f4\n";

    [Fact]
    public async Task Observations_BadItemsAmongGood_GoodOnesAreTaken()
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        string ahead = TimeProvider.System.GetUtcNow().AddSeconds(60).ToString("O");
        object[] items =
        [
            new { symbol = "GOOD1", kind = "latency", subject = "market-data", value = 5 },
            new { symbol = "BAD\u0007", kind = "latency", subject = "market-data", value = 5 },
            new { symbol = new string('A', 65), kind = "latency", subject = "market-data", value = 5 },
            new { symbol = "GOOD1", kind = "latency", subject = "market-data", value = 5, at = ahead },
            new { symbol = "GOOD1", kind = "latency", subject = "market-data", value = 6 },
        ];
        HttpAnswer answer = await silo.Http.PostAsync("observations", items, Stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        Assert.Equal((2, 3), ((int)answer.Body!["accepted"]!, (int)answer.Body["refused"]!));
        JsonNode[] results = [.. answer.Body["items"]!.AsArray()!];
        Assert.Equal([true, false, false, false, true], results.Select(r => (bool)r["accepted"]!));
        Assert.Equal("symbol", (string?)results[1]["field"]);
        Assert.Contains("U+0007", (string?)results[1]["limit"], StringComparison.Ordinal);
        Assert.Equal("symbol", (string?)results[2]["field"]);
        Assert.Equal("Condition failed: symbol has 65 characters; it takes 1 to 64.", (string?)results[2]["limit"]);
        Assert.Equal("at", (string?)results[3]["field"]);
        Assert.Equal("at most 5 s in the future", (string?)results[3]["limit"]);
        // The latency's sample count says what was folded: the two good ones and nothing else.
        JsonNode verdict = await silo.Http.GetAsync("symbols/GOOD1", Stop);
        JsonNode latency = Assert.Single(verdict["readings"]!.AsArray(), r => (string?)r!["guardrail"] == "latency")!;
        Assert.Equal(2, (int)latency["sampleCount"]!);
    }

    [Theory]
    [InlineData(5_000, HttpStatusCode.OK)]
    [InlineData(5_001, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Observations_BatchOfSoMany_IsTakenUpToTheLimit(int count, HttpStatusCode status)
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        object item = new { kind = "latency", subject = "market-data", value = 5 };
        object[] items = [.. Enumerable.Repeat(item, count)];
        HttpAnswer answer = await silo.Http.PostAsync("observations", new { symbol = $"BATCH{count}", items }, Stop);
        Assert.True(answer.Status == status, $"{answer}");
        if (status == HttpStatusCode.OK) Assert.Equal(count, (int)answer.Body!["accepted"]!);
        else Assert.Equal("Condition failed: items is '5001 items'; it takes at most 5000 items.", answer.Detail);
    }

    [Fact]
    public async Task Observations_GapAndOldEpoch_AreRefusedWithWhatIsExpected()
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        long old = await OpenAsync(silo);
        long epoch = await OpenAsync(silo);
        Assert.True(epoch > old);
        Assert.Equal(HttpStatusCode.OK, (await NumberedAsync(silo, epoch, 1)).Status);

        HttpAnswer gap = await NumberedAsync(silo, epoch, 5);
        Assert.Equal(HttpStatusCode.Conflict, gap.Status);
        Assert.Equal("Condition failed: firstSequence is 5; 2 is expected.", gap.Detail);
        Assert.Equal(2, (long)gap.Body!["expectedSequence"]!);

        HttpAnswer stale = await NumberedAsync(silo, old, 2);
        Assert.Equal(HttpStatusCode.Conflict, stale.Status);
        Assert.Equal($"Condition failed: producerEpoch is {old}; {epoch} has been seen.", stale.Detail);

        HttpAnswer repeat = await NumberedAsync(silo, epoch, 1);
        Assert.Equal("duplicate", (string?)repeat.Body!["code"]);
        Assert.Equal(HttpStatusCode.OK, (await NumberedAsync(silo, epoch, 2)).Status);
    }

    [Fact]
    public async Task Limits_ClearAtTheTrip_AreRefusedAndNothingChanges()
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        await silo.Http.SendAsync(HttpMethod.Put, "symbols/LIMITED", body: null, Stop);
        string before = (await silo.Http.GetAsync("symbols/LIMITED/limits", Stop)).ToJsonString();
        object limits = new
        {
            profile = "default",
            overrides = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Latency:ClearBelow"] = "00:00:00.1",
            },
        };
        HttpAnswer answer = await silo.Http.SendAsync(
            HttpMethod.Put, "symbols/LIMITED/limits", new { limits, actor = "ana", reason = "try" }, Stop, "*");
        Assert.True(answer.Status == HttpStatusCode.BadRequest, $"{answer}");
        Assert.Contains("Latency:ClearBelow", answer.Detail, StringComparison.Ordinal);
        Assert.Contains("must be below Latency:Limit (00:00:00.1000000)", answer.Detail, StringComparison.Ordinal);
        Assert.Equal(before, (await silo.Http.GetAsync("symbols/LIMITED/limits", Stop)).ToJsonString());
    }

    [Theory]
    [InlineData("Latency:ClearBelow=00:00:00.2", "Latency:ClearBelow")]
    [InlineData("Latency:Limitt=00:00:00.2", "Latency:Limitt")]
    public async Task Replay_SettingsThatCannotBe_AreWrongUse(string setting, string named)
    {
        string file = TempFile("feed.csv");
        await File.WriteAllTextAsync(file, Header + "1680652700423575000,1680652700420,,usdm,X,trade,1,1,S,\n", Stop);
        SiloProcess silo = await shared.GetAsync(Stop);
        ProcessResult result = await CliAsync(silo, 2, "replay", file, "--session", "bad-set", "--set", setting);
        Assert.Contains("Condition failed:", result.Error, StringComparison.Ordinal);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Empty(await silo.Http.ItemsAsync("symbols?session=bad-set", Stop));
    }

    [Fact]
    public async Task Replay_BrokenGzip_IsWrongUseAndNothingIsSent()
    {
        string whole = Recording(Replay.Incident);
        string file = TempFile("broken.csv.gz");
        byte[] bytes = await File.ReadAllBytesAsync(whole, Stop);
        await File.WriteAllBytesAsync(file, bytes[..(bytes.Length / 2)], Stop);
        SiloProcess silo = await shared.GetAsync(Stop);
        ProcessResult result = await CliAsync(silo, 2, "replay", file, "--session", "broken");
        Assert.StartsWith($"Condition failed: '{file}' can't be read (", result.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "if it is gzip it is damaged or cut off: fetch it again.",
            result.Error.TrimEnd(),
            StringComparison.Ordinal);
        Assert.Empty(await silo.Http.ItemsAsync("symbols?session=broken", Stop));
    }

    [Fact]
    public async Task Replay_MissingColumns_AreNamed()
    {
        string file = TempFile("short.csv");
        await File.WriteAllTextAsync(file, "local_ns,E_ms,market,symbol\n1,2,usdm,X\n", Stop);
        SiloProcess silo = await shared.GetAsync(Stop);
        ProcessResult result = await CliAsync(silo, 2, "replay", file, "--session", "short");
        Assert.Equal(
            $"Condition failed: '{file}' looks like a feed but lacks the column(s) T_ms, kind; "
                + "it has local_ns, E_ms, market, symbol.",
            result.Error.TrimEnd());
    }

    [Fact]
    public async Task Replay_BadRowsAmongGood_AreShownByLineAndTheRestIsTaken()
    {
        string file = TempFile("mixed.csv");
        await File.WriteAllTextAsync(
            file,
            Header + "1680652700423575000,1680652700420,,usdm,X,trade,1,1,S,\nnonsense\n"
                + "1680652700523575000,1680652700520,,usdm,X,trade,1,1,S,\n",
            Stop);
        SiloProcess silo = await shared.GetAsync(Stop);
        ProcessResult result = await CliAsync(silo, 0, "replay", file, "--session", "mixed", "--output", "json");
        JsonNode summary = JsonNode.Parse(result.Out)!;
        Assert.Equal(1, (int)summary["badRowCount"]!);
        Assert.Equal(3, (int)Assert.Single(summary["badRows"]!.AsArray())!["line"]!);
        EventHistory history = await EventHistory.ReadAsync(silo, "X.usdm@mixed", Stop);
        Assert.Equal(2, history.Of("observation").Count(e => EventHistory.Text(e, "observed") == "latency"));
    }

    [Fact]
    public async Task Cli_NoSiloThere_IsUnreachable()
    {
        int nobody = FreePorts.Take();
        ProcessResult result = await GuardianCli.RunAsync(Stop, "status", "--gateway", $"127.0.0.1:{nobody}");
        Assert.True(result.Code == 3, $"{result}");
        Assert.Contains($"127.0.0.1:{nobody}", result.Error, StringComparison.Ordinal);
    }

    private static async Task<long> OpenAsync(SiloProcess silo)
    {
        HttpAnswer answer = await silo.Http.PostAsync("producers/feeder", body: null, Stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        return (long)answer.Body!["epoch"]!;
    }

    private static Task<HttpAnswer> NumberedAsync(SiloProcess silo, long epoch, long sequence) => silo.Http.PostAsync(
        "observations",
        new
        {
            symbol = "NUMBERED",
            producer = "feeder",
            producerEpoch = epoch,
            firstSequence = sequence,
            items = new[] { new { kind = "latency", subject = "market-data", value = 5 } },
        },
        Stop);
}
