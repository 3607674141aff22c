using System.Net;
using System.Text.Json.Nodes;
using Guardian.Contracts;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>Backup while the silo works, kill −9, restore elsewhere: nothing from before is forgotten.</summary>
public sealed class BackupTests : EndToEndTest
{
    private const string Symbol = "BTCUSDT.usdm@paper";

    [Fact]
    public async Task Restore_BackupOfAWorkingSilo_SameHoldsVerdictsAndWholeAudit()
    {
        string file = TempFile("tripped.csv");
        Replay.Cut(Recording(Replay.Incident), Replay.IncidentMidnight + 30, file); // Within the first episode.
        SiloProcess silo = await StartSiloAsync();
        await Replay.RunAsync(silo, "paper", Stop, file);
        await ActAsync(silo);
        string verdict = await VerdictAsync(silo);
        Assert.Contains("breaker=\"Open\"", verdict, StringComparison.Ordinal);
        long epoch = await EpochAsync(silo);

        string backup = TempFile("backup");
        await LoadedAsync(silo, () => BackUpAsync(silo, backup));
        await CliAsync(silo, 0, "hold", "LATE", "--id", "late-1", "--reason", "after the backup", "--actor", "ana");
        ProcessResult refused = await GuardianCli.RunAsync(
            Stop, "restore", backup, "--data", silo.DataFolder, "--force", "--reason", "test", "--actor", "ana");
        Assert.Equal(2, refused.Code);
        Assert.Contains("belongs to the running process", refused.Error, StringComparison.Ordinal);
        await silo.Kill9Async();

        SiloProcess restored = NewSilo();
        await RunAsync(
            0, "restore", backup, "--data", restored.DataFolder, "--reason", "disk replaced", "--actor", "ben");
        await restored.StartAsync(Stop);
        Assert.Equal(["all-1", "btc-1"], await HoldsAsync(restored));
        Assert.Equal(verdict, await VerdictAsync(restored));
        Assert.True(await EpochAsync(restored) > epoch);
        HttpAnswer check = await restored.Http.PostAsync(
            "check", new { symbol = "ANY", orderId = "o-1", side = nameof(OrderSide.Buy), quantity = 1 }, Stop);
        Assert.False((bool)check.Body!["allowed"]!);
        await AssertAuditAsync(restored);
        await RunAsync(0, "verify", "--url", restored.Http.Root.ToString());
        await CliAsync(restored, 0, "durability");
        Assert.Equal(0, await restored.StopAsync(Stop));
        await RunAsync(0, "verify", "--data", restored.DataFolder, "--deep");
    }

    [Fact]
    public async Task Verify_HistoryFileOfAnotherSilo_RefusedAtStartNamingBoth()
    {
        SiloProcess one = await StartSiloAsync();
        SiloProcess two = await StartSiloAsync();
        Assert.Equal(0, await one.StopAsync(Stop));
        Assert.Equal(0, await two.StopAsync(Stop));
        const string Name = "guardian-l3.db";
        File.Copy(Path.Combine(two.DataFolder, Name), Path.Combine(one.DataFolder, Name), overwrite: true);
        ProcessResult refused = await one.RunAsync(Stop);
        Assert.Equal(2, refused.Code);
        Assert.Contains(
            $"Condition failed: {Path.Combine(one.DataFolder, Name)} is of silo ", refused.Error,
            StringComparison.Ordinal);
        Assert.Contains(", but ", refused.Error, StringComparison.Ordinal);
    }

    private static async Task ActAsync(SiloProcess silo)
    {
        await CliAsync(
            silo, 0, "hold", "--portfolio", "--id", "all-1", "--reason", "exchange notice", "--actor", "ana");
        await CliAsync(silo, 0, "hold", "BTC", "--id", "btc-1", "--reason", "odd fills", "--actor", "ana");
        await CliAsync(
            silo, 0, "hold", "--strategy", "mm1", "--id", "mm-1", "--reason", "new version", "--actor", "ana");
        await CliAsync(silo, 0, "release", "mm-1", "--reason", "checked", "--actor", "ben");
        await CliAsync(silo, 1, "release", "none-1", "--reason", "mistyped", "--actor", "ben");
        HttpAnswer limits = await silo.Http.SendAsync(
            HttpMethod.Put,
            "symbols/BTC/limits",
            new { limits = new { profile = "feed" }, actor = "cem", reason = "tighter" },
            Stop,
            "*");
        Assert.True(limits.Status == HttpStatusCode.OK, $"{limits}");
        HttpAnswer added = await silo.Http.SendAsync(
            HttpMethod.Put, "symbols/SOL?actor=dee&reason=new%20listing", body: null, Stop);
        Assert.True(added.Status == HttpStatusCode.OK, $"{added}");
    }

    // Observations come in while it runs, as they do on a working silo.
    private static async Task LoadedAsync(SiloProcess silo, Func<Task> act)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task load = Task.Run(
            async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    HttpAnswer answer = await silo.Http.PostAsync(
                        "observations",
                        new
                        {
                            symbol = "LOAD",
                            items = Enumerable.Range(0, 50).Select(
                                i => new { kind = "latency", subject = "market-data", value = i / 10.0 }),
                        },
                        Stop);
                    Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
                }
            },
            Stop);
        await act();
        await enough.CancelAsync();
        await load;
    }

    private static async Task BackUpAsync(SiloProcess silo, string backup)
    {
        await RunAsync(0, "backup", backup, "--data", silo.DataFolder);
        await RunAsync(0, "verify", "--data", backup, "--deep");
        await RunAsync(0, "verify", "--url", silo.Http.Root.ToString());
        await RunAsync(0, "verify", "--data", silo.DataFolder);
    }

    private static async Task AssertAuditAsync(SiloProcess silo)
    {
        ProcessResult told = await CliAsync(silo, 0, "audit", "--verify", "--output", "json");
        Assert.Equal(2, JsonNode.Parse(told.Out)!["heads"]!.AsArray().Count);
        IReadOnlyList<JsonNode> entries = await silo.Http.ItemsAsync("audit?limit=100", Stop);
        string[] lines =
        [
            .. entries.Select(e => $"{e["actor"]} {e["action"]} {e["target"]} {e["reason"]}: {e["result"]}")
                .Where(line => !line.Contains(" roster-add ", StringComparison.Ordinal)
                    || line.Contains("SOL", StringComparison.Ordinal)),
        ];
        Assert.Equal(
            [
                "unknown session-open session paper none given: opened",
                "ana hold portfolio exchange notice: held",
                "ana hold symbol BTC odd fills: held",
                "ana hold strategy mm1 new version: held",
                "ben release hold mm-1 checked: released",
                "ben release hold none-1 mistyped: unknown-hold",
                "cem limits symbol BTC tighter: limits-changed",
                "dee roster-add symbol SOL new listing: added",
                $"ben restore folder {silo.DataFolder} disk replaced: restored",
            ],
            lines);
        HttpAnswer refused = await silo.Http.PageAsync("api/v1/audit?cursor=abcd", Stop);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(
            "Condition failed: cursor is not one of this log. Give back the cursor of the page before, or none for the "
            + "first page.",
            refused.Detail);
        refused = await silo.Http.PageAsync("api/v1/audit?limit=1001", Stop);
        Assert.Equal("Condition failed: limit is '1001'; it takes a whole number from 1 to 1000.", refused.Detail);
        JsonNode durability = await silo.Http.GetAsync("durability", Stop);
        Assert.Equal(1, (long)durability["audit"]!["head"]!["count"]!);
    }

    private static async Task RunAsync(int code, params string[] arguments)
    {
        ProcessResult result = await GuardianCli.RunAsync(Stop, arguments);
        Assert.True(result.Code == code, $"guardian {string.Join(' ', arguments)}: {result}");
    }

    private static async Task<string[]> HoldsAsync(SiloProcess silo) =>
    [
        .. (await silo.Http.ItemsAsync("holds", Stop)).Select(hold => (string)hold["id"]!)
            .Order(StringComparer.Ordinal),
    ];

    private static async Task<long> EpochAsync(SiloProcess silo) => long.Parse(
        ((string)(await silo.Http.GetAsync($"symbols/{Symbol}", Stop))["epoch"]!).Split('.')[0]);

    private static async Task<string> VerdictAsync(SiloProcess silo)
    {
        JsonNode verdict = await silo.Http.GetAsync($"symbols/{Symbol}", Stop);
        return Assert.Single(EventHistory.Lines([verdict.AsObject()], "symbol", "epoch", "sequence", "provenance"));
    }
}
