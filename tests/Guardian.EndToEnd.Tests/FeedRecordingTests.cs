using System.Globalization;
using System.Text.Json.Nodes;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>Market feeds of two real nights through silo and command line; times in seconds after midnight.</summary>
public sealed class FeedRecordingTests(SharedSilo shared) : EndToEndTest
{
    private const double Slots = 0.2;

    [Fact]
    public async Task Replay_IncidentOfFutures_TellsWhatTheTableSays()
    {
        (SiloProcess silo, JsonNode summary) = await ReplayAsync("first");
        Assert.Equal((2, "Closed", "Active"), Ended(summary, "BTCUSDT.usdm@first"));
        EventHistory history = await EventHistory.ReadAsync(silo, "BTCUSDT.usdm@first", Stop);
        Step[] steps = history.Steps(Replay.IncidentMidnight);
        Assert.Equal(steps.Length, (long)Item(summary, "BTCUSDT.usdm@first")["transitions"]!);

        AssertTimes(steps, s => s is { Guardrail: "staleness", Subject: "bookTicker", To: "Warning" }, 2.2);
        AssertTimes(steps, s => s is { Guardrail: "staleness", To: "Breach" }, 3.2);
        AssertTimes(steps, s => s is { Guardrail: "staleness", Subject: "depth", To: "Warning" }, 2.2);
        AssertTimes(steps, s => s is { Guardrail: "staleness", Subject: "markPrice" or "trade", To: not "Healthy" });
        AssertTimes(steps, s => s is { Guardrail: "latency", Subject: "bookTicker", To: "Breach" }, 7.2, 68.65);
        AssertTimes(steps, s => s is { Guardrail: "latency", Subject: "bookTicker", From: "Breach" }, 36, 89.5);
        AssertTimes(steps, s => s is { Guardrail: "latency", Subject: "depth", To: "Breach" }, 4.3, 69);
        AssertTimes(steps, s => s is { Guardrail: "latency", Subject: "depth", From: "Breach" }, 36, 89.6);
        AssertTimes(steps, s => s is { Guardrail: "latency", Subject: "trade", To: "Breach" }, 7, 68.7);
        AssertTimes(steps, s => s is { Guardrail: "latency", Subject: "trade", From: "Breach" }, 36, 89.4);
        AssertTimes(steps, s => s is { Guardrail: "latency", Subject: "markPrice", To: "Breach" });
        // A break ends 10 s after the windows are quiet; the ramp of 30 s without orders follows.
        Step[] breaker = [.. steps.Where(s => s.Guardrail == "breaker")];
        Assert.Equal(
            "Closed>Open Open>HalfOpen HalfOpen>Closed Closed>Open Open>HalfOpen HalfOpen>Closed",
            string.Join(' ', breaker.Select(b => $"{b.From}>{b.To}")));
        AssertTimes(breaker, _ => true, 3.2, 36, 66, 68.6, 89.6, 119.6);
    }

    [Fact]
    public async Task Replay_IncidentOfSpot_NeverBreaches()
    {
        (SiloProcess silo, JsonNode summary) = await ReplayAsync("first");
        Assert.Equal((0, "Closed", "Active"), Ended(summary, "BTCUSDT.spot@first"));
        EventHistory history = await EventHistory.ReadAsync(silo, "BTCUSDT.spot@first", Stop);
        Assert.True(history.Of("observation").Count() > 10_000, "too few observations to say so");
        Assert.DoesNotContain(
            history.Steps(Replay.IncidentMidnight), s => s.To == "Breach" || s.Guardrail == "breaker");
    }

    [Theory]
    [InlineData("BTCUSDT")]
    [InlineData("ETHUSDT")]
    public async Task Replay_SkewedClock_IsSuspectAndNeverBreaches(string symbol)
    {
        JsonNode summary = await shared.ReplayAsync("skewed", Stop, Recording(Replay.Skewed));
        SiloProcess silo = await shared.GetAsync(Stop);
        string key = $"{symbol}.usdm@skewed";
        Assert.Equal((0, "Closed", "Active"), Ended(summary, key));

        JsonNode verdict = await silo.Http.GetAsync($"symbols/{key}", Stop);
        JsonNode[] latencies = [.. verdict["readings"]!.AsArray().Where(r => (string?)r!["guardrail"] == "latency")!];
        string[] stages = [.. latencies.Select(r => (string)r["subject"]!).Order(StringComparer.Ordinal)];
        Assert.Equal(["bookTicker", "depth", "trade"], stages);
        Assert.All(latencies, r => Assert.Contains(r["marks"]!.AsArray(), m => (string?)m == "clock-suspect"));

        Step[] steps = (await EventHistory.ReadAsync(silo, key, Stop)).Steps(Replay.SkewedMidnight);
        Assert.DoesNotContain(steps, s => s.To == "Breach" || s.Guardrail == "breaker");
        Assert.Contains(steps, s => s is { Guardrail: "clock", To: "Warning" });
        Assert.Contains(
            steps, s => s is { Guardrail: "staleness", Subject: "bookTicker", To: "Warning", At: > 0 and < 5 });
    }

    [Fact]
    public async Task Replay_Twice_IsTheSameEventByEvent()
    {
        (SiloProcess silo, _) = await ReplayAsync("first");
        await ReplayAsync("second");
        string[] first = await LinesAsync(silo, "BTCUSDT.usdm@first");
        string[] second = await LinesAsync(silo, "BTCUSDT.usdm@second");
        Assert.True(first.Length > 70_000, $"{first.Length} events are too few");
        AssertSame(first, second);
    }

    [Fact]
    public async Task Replay_PacedInSmallBatches_IsTheSameEventByEvent()
    {
        string file = TempFile("cut.csv");
        int rows = Replay.Cut(Recording(Replay.Incident), Replay.IncidentMidnight + 75, file);
        SiloProcess silo = await shared.GetAsync(Stop);
        await Replay.RunAsync(silo, "flat-out", Stop, file);
        await Replay.RunAsync(silo, "paced", Stop, file, "--speed", "40");
        string[] flatOut = await LinesAsync(silo, "BTCUSDT.usdm@flat-out");
        Assert.InRange(flatOut.Length, rows / 2, rows + 1_000);
        Assert.Contains(flatOut, line => line.Contains("\"Breach\"", StringComparison.Ordinal));
        AssertSame(flatOut, await LinesAsync(silo, "BTCUSDT.usdm@paced"));
    }

    [Fact]
    public async Task Series_TenSecondWindows_AgreeWithTheReference()
    {
        JsonNode reference = JsonNode.Parse(await File.ReadAllTextAsync(Recording("reference.json"), Stop))!;
        JsonNode feed = reference["feed_latency_ms"]!["feed/binance_incident_20230405_btc.csv.gz"]!;
        (SiloProcess silo, _) = await ReplayAsync("first");
        int compared = 0;
        foreach (string market in (string[])["usdm", "spot"])
        {
            string path = $"symbols/BTCUSDT.{market}@first/series?metric=latency.trade&step=10s"
                + "&from=2023-04-04T23:58:20Z&to=2023-04-05T00:07:00Z";
            Dictionary<string, JsonNode> points = (await silo.Http.ItemsAsync(path, Stop))
                .ToDictionary(p => (string)p["at"]!, StringComparer.Ordinal);
            foreach (JsonNode? window in feed["trade_T_windows_10s"]![$"{market}/BTCUSDT"]!.AsArray())
            {
                double p99 = (double)window![3]!;
                if (p99 < 0) continue;
                string at = DateTimeOffset.FromUnixTimeSeconds((long)window[0]!)
                    .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                Assert.True(points.TryGetValue(at, out JsonNode? point), $"{market}: no window at {at}");
                string both = $"{market} {at}: {window.ToJsonString()} is answered {point.ToJsonString()}";
                Assert.True((long)window[1]! == (long)point["count"]!, both);
                // The upper edge of a bucket of 1/128; latencies are floored to whole microseconds before.
                double told = (double)point["p99"]!;
                Assert.True(told >= p99 - 0.001 && told <= (p99 * 1.0078125) + 0.001, both);
                Assert.True(Math.Abs((double)point["maximum"]! - (double)window[4]!) <= 0.001, both);
                compared++;
            }
        }

        Assert.True(compared > 50, $"only {compared} windows were compared");
    }

    private async Task<(SiloProcess Silo, JsonNode Summary)> ReplayAsync(string session)
    {
        JsonNode summary = await shared.ReplayAsync(session, Stop, Recording(Replay.Incident));
        return (await shared.GetAsync(Stop), summary);
    }

    private static async Task<string[]> LinesAsync(SiloProcess silo, string key) => EventHistory.Lines(
        (await EventHistory.ByCliAsync(silo, key, Stop)).Events, "symbol", "epoch", "receivedAt");

    private static JsonNode Item(JsonNode summary, string key) =>
        Assert.Single(summary["items"]!.AsArray(), i => (string?)i!["symbol"] == key)!;

    private static (long Episode, string Breaker, string State) Ended(JsonNode summary, string key)
    {
        JsonNode item = Item(summary, key);
        return ((long)item["episode"]!, (string)item["breaker"]!, (string)item["tradingState"]!);
    }

    private static void AssertSame(string[] expected, string[] actual)
    {
        for (int i = 0; i < Math.Min(expected.Length, actual.Length); i++)
            Assert.True(expected[i] == actual[i], $"event {i}:\n{expected[i]}\n{actual[i]}");
        Assert.Equal(expected.Length, actual.Length);
    }

    private static void AssertTimes(Step[] steps, Func<Step, bool> which, params double[] at)
    {
        Step[] found = [.. steps.Where(which)];
        string all = $"expected at {string.Join(", ", at)}, found:\n{string.Join('\n', found.AsEnumerable())}";
        Assert.True(found.Length == at.Length, all);
        for (int i = 0; i < at.Length; i++) Assert.True(Math.Abs(found[i].At - at[i]) <= Slots, all);
    }
}
