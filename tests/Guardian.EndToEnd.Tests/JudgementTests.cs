using System.Net;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>Drift through silo and command line: minute bars of real markets, and a person's new reference.</summary>
public sealed class JudgementTests(SharedSilo shared) : EndToEndTest
{
    private const string Btc = "drift/btc_perp_1m_202201.csv.gz";
    private const string UsdJpy = "drift/usdjpy_1m_bid_2013.csv.gz";

    [Fact]
    public async Task Replay_BtcMinutes_TripOn21JanuaryAndHaveEndedBy28January()
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        JsonNode summary = await Replay.RunAsync(silo, "btc-bars", Stop, Recording(Btc), "--symbol", "BTC");
        Assert.Equal("bars", (string?)summary["profile"]);
        EventHistory history = await EventHistory.ReadAsync(silo, "BTC@btc-bars", Stop);
        JsonObject[] breaker = [.. history.Of("transition").Where(t => (string?)t["guardrail"] == "breaker")];
        Assert.Equal(("Open", "2022-01-21T15:31:00Z"), ((string?)breaker[0]["to"], (string?)breaker[0]["at"]));
        Assert.Equal("Closed", (string?)breaker[^1]["to"]);
        JsonObject last = history.Of("transition").Last(t => (string?)t["from"] == "Breach");
        Assert.True(string.CompareOrdinal((string?)last["at"], "2022-01-29") < 0, last.ToJsonString());

        JsonNode reason = Assert.Single(breaker[0]["reasons"]!.AsArray())!;
        Assert.Equal(
            ("drift.psi", "drift", "return", "psi", 1_440),
            ((string?)reason["code"], (string?)reason["guardrail"], (string?)reason["subject"], (string?)reason["unit"],
                (int)reason["sampleCount"]!));
        Assert.True((double)reason["value"]! >= (double)reason["limit"]!, reason.ToJsonString());
        Assert.Equal(0.0232, (double)reason["noiseLine"]!, 1e-4);
    }

    [Fact]
    public async Task Replay_UsdJpyMinutes_TripOn19And26February()
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        JsonNode summary = await Replay.RunAsync(silo, "jpy-bars", Stop, Recording(UsdJpy));
        Assert.Equal(2, (long)summary["items"]![0]!["episode"]!);
        EventHistory history = await EventHistory.ReadAsync(silo, "usdjpy_1m_bid_2013@jpy-bars", Stop);
        IEnumerable<string> days = history.Of("transition")
            .Where(t => (string?)t["guardrail"] == "breaker" && (string?)t["from"] == "Closed")
            .Select(t => ((string)t["at"]!)[..10]);
        Assert.Equal("2013-02-19 2013-02-26", string.Join(' ', days));
        JsonNode verdict = await silo.Http.GetAsync("symbols/usdjpy_1m_bid_2013@jpy-bars", Stop);
        JsonNode reading = Assert.Single(verdict["readings"]!.AsArray())!;
        Assert.True(reading["noiseLine"] is not null && (int)reading["sampleCount"]! == 1_440, reading.ToJsonString());
        JsonNode portfolio = await Phase.ReachAsync(
            "the portfolio knows the feature", TimeSpan.FromSeconds(10),
            () => silo.Http.GetAsync("portfolio?session=jpy-bars", Stop), p => p["drift"]!.AsArray().Count == 1, Stop);
        JsonNode drift = portfolio["drift"]![0]!;
        Assert.Equal(
            ("return", 1, 7_200),
            ((string?)drift["feature"], (int)drift["merged"]!, (int)drift["referenceCount"]!));
    }

    [Fact]
    public async Task Rebaseline_UnfitReference_IsRefusedAndChangesNothing()
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        HttpAnswer answer = await silo.Http.PostAsync(
            "symbols/UNFIT/rebaseline",
            new { feature = "score", values = Enumerable.Repeat(1.0, 9), actor = "ann", reason = "test" }, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            "Condition failed: the reference of feature score has 9 finite values (9 sent); 10 bins need at least 10. "
            + "Send more values, or leave the reference out to learn it.",
            answer.Detail);
        string file = TempFile("one.csv");
        await File.WriteAllTextAsync(file, "score\n7\nNaN\n", Stop);
        ProcessResult result = await CliAsync(
            silo, 2, "rebaseline", "UNFIT", "--feature", "score", "--file", file, "--reason", "test");
        Assert.Contains("has 1 finite values (2 sent)", result.Error, StringComparison.Ordinal);
        HttpAnswer verdict = await silo.Http.PageAsync("api/v1/symbols/UNFIT", Stop);
        Assert.True(verdict.Body?["readings"] is not JsonArray { Count: > 0 }, verdict.Text);
    }

    [Fact]
    public async Task Rebaseline_ByHttpAndCommandLine_IsInForceAndRecordedWithWhoAndWhy()
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        await silo.Http.SendAsync(HttpMethod.Put, "symbols/FIT", body: null, Stop);
        HttpAnswer typo = await silo.Http.PostAsync(
            "symbols/FIT/rebaseline", new { feature = "scoer", actor = "ann", reason = "model 7" }, Stop);
        Assert.Equal((HttpStatusCode.NotFound, "unknown-feature"), (typo.Status, (string?)typo.Body!["code"]));
        object?[] values = [.. Enumerable.Range(0, 500).Select(i => (object)(double)i), "NaN", null];
        HttpAnswer answer = await silo.Http.PostAsync(
            "symbols/FIT/rebaseline", new { feature = "score", values, actor = "ann", reason = "model 7" }, Stop);
        Assert.True(answer.Status == HttpStatusCode.OK && (string?)answer.Body!["code"] == "rebaselined", answer.Text);
        Assert.Equal("drift.filling", await CodeAsync(silo));
        await CliAsync(
            silo, 0, "rebaseline", "FIT", "--feature", "score", "--reason", "model 8", "--actor", "bob");
        Assert.Equal("drift.learning", await CodeAsync(silo));
        EventHistory history = await Phase.ReachAsync(
            "both are in the history", TimeSpan.FromSeconds(10), () => EventHistory.ReadAsync(silo, "FIT", Stop),
            h => h.Of("limits").Count(e => (string?)e["subject"] == "score") == 2, Stop);
        IEnumerable<string> told = history.Of("limits").Where(e => (string?)e["subject"] == "score")
            .Select(e => $"{e["actor"]} {e["text"]} {e["value"]}");
        Assert.Equal("ann rebaseline: model 7 502|bob rebaseline: model 8 ", string.Join('|', told));
    }

    private static async Task<string?> CodeAsync(SiloProcess silo)
    {
        JsonNode verdict = await silo.Http.GetAsync("symbols/FIT", Stop);
        return (string?)Assert.Single(verdict["readings"]!.AsArray())!["code"];
    }
}
