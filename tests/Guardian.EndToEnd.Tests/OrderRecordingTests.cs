using System.Text.Json.Nodes;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>Sixteen logs of real orders through silo and command line.</summary>
public sealed class OrderRecordingTests(SharedSilo shared) : EndToEndTest
{
    private const int Logs = 16;

    [Fact]
    public async Task Replay_EachOrderLog_BreachesAtItsHundredthRoundTrip()
    {
        string folder = Path.GetDirectoryName(Recording("orders/htx_aws_3_Seoul_latency_check.csv.gz"))!;
        string[] files = [.. Directory.GetFiles(folder, "*.csv.gz").Order(StringComparer.Ordinal)];
        Assert.Equal(Logs, files.Length);
        SiloProcess silo = await shared.GetAsync(Stop);
        JsonNode summary = await shared.ReplayAsync("orders", Stop, files);
        string[] keys = [.. summary["items"]!.AsArray().Select(i => (string)i!["symbol"]!)];
        Assert.Equal(Logs, keys.Length);

        foreach (string key in keys)
        {
            EventHistory history = await EventHistory.ReadAsync(silo, key, Stop);
            Assert.True(RoundTripsBeforeBreach(history) == 100, $"{key}: {RoundTripsBeforeBreach(history)}");
            // Slowest order and slowest cancel of the sixteen.
            if (key.StartsWith("gate_io_aws_3_Seoul", StringComparison.Ordinal)) AssertSeenWhilePending(history, 13.4);
            if (key.StartsWith("htx_aws_3_Seoul", StringComparison.Ordinal)) AssertSeenWhilePending(history, 82.3);
        }
    }

    private static int RoundTripsBeforeBreach(EventHistory history) => history.Events
        .TakeWhile(e => !(EventHistory.Text(e, "guardrail") == "latency" && EventHistory.Text(e, "to") == "Breach"))
        .Count(e => EventHistory.Text(e, "observed") == "latency");

    private static void AssertSeenWhilePending(EventHistory history, double seconds)
    {
        JsonObject answer = history.Of("observation")
            .Where(e => EventHistory.Text(e, "observed") == "latency")
            .MaxBy(e => (double)e["value"]!)!;
        Assert.Equal(seconds, (double)answer["value"]! / 1_000, 0.05);
        double answered = EventHistory.SecondsAfter(answer, 0);

        Step warning = Assert.Single(
            history.Steps(0),
            s => s is { Guardrail: "pending", To: "Warning" } && s.At > answered - seconds && s.At < answered);
        Assert.Equal(5, warning.At - (answered - seconds), 0.1);
        double oldest = history.Of("observation")
            .Where(e => EventHistory.Text(e, "observed") == "pending" && EventHistory.SecondsAfter(e, 0) < answered)
            .Max(e => (double)e["value"]!) / 1_000;
        Assert.InRange(oldest, seconds - 1.1, seconds + 0.1);
    }
}
