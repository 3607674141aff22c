using System.Net;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>A dead feed is exactly an idle guardian: it must not be put to sleep.</summary>
public sealed class SilenceTests : EndToEndTest
{
    private const string Symbol = "QUIETUSDT";

    [Fact]
    public async Task Staleness_PastTheCollectionAgeWithoutACall_StillFires()
    {
        SiloProcess silo = await StartSiloAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["GUARDIAN__COLLECTIONAGE"] = "00:00:02" });
        Dictionary<string, string> overrides = new(StringComparer.Ordinal)
        {
            ["Staleness:Stages:market-data:Warning"] = "00:00:06",
            ["Staleness:Stages:market-data:Breach"] = "00:00:09",
        };
        HttpAnswer put = await silo.Http.SendAsync(
            HttpMethod.Put, $"symbols/{Symbol}", new { limits = new { profile = "default", overrides } }, Stop);
        Assert.True(put.Status == HttpStatusCode.OK, $"{put}");
        HttpAnswer observed = await silo.Http.PostAsync(
            "observations",
            new { symbol = Symbol, items = new[] { new { kind = "latency", subject = "market-data", value = 5 } } },
            Stop);
        Assert.True((int)observed.Body!["accepted"]! == 1, $"{observed}");

        // From here on nothing calls the guardian: history and alerts come from others.
        await Phase.ReachAsync(
            "staleness breaches",
            TimeSpan.FromSeconds(40),
            async () => (await TransitionsAsync(silo)).Any(t => t is { Guardrail: "staleness", To: "Breach" }),
            Stop);
        Step[] steps = await TransitionsAsync(silo);
        double healthy = Assert.Single(steps, s => s is { Guardrail: "staleness", From: "Unknown", To: "Healthy" }).At;
        double warning = Assert.Single(steps, s => s is { Guardrail: "staleness", To: "Warning" }).At;
        double breach = Assert.Single(steps, s => s is { Guardrail: "staleness", To: "Breach" }).At;
        Assert.Equal(6, warning - healthy, 0.01);
        Assert.Equal(9, breach - healthy, 0.01);
        Assert.Equal(breach, Assert.Single(steps, s => s is { Guardrail: "breaker", From: "Closed", To: "Open" }).At);
        await Phase.ReachAsync(
            "the alert fires",
            TimeSpan.FromSeconds(30),
            async () => (await silo.Http.ItemsAsync("alerts", Stop)).Any(
                a => (string?)a["key"] == Symbol && (string?)a["status"] == "firing"),
            Stop);

        JsonObject[] events = [.. (await EventHistory.ReadAsync(silo, Symbol, Stop)).Of("lifecycle")];
        Assert.True(
            events.Count(e => EventHistory.Text(e, "subject") == "activated") == 1,
            "it slept and was woken:\n" + string.Join('\n', events.Select(e => e.ToJsonString())));
    }

    private static async Task<Step[]> TransitionsAsync(SiloProcess silo) =>
        (await EventHistory.ReadAsync(silo, Symbol, Stop)).Steps(0);
}
