using System.Globalization;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Testing;

namespace Guardian.Detection.Tests.Engine;

/// <summary>What the feed recordings must show; times in seconds after midnight, to within the slots' 0.2 s.</summary>
public sealed class IncidentRecordingTests
{
    private const string Incident = "feed/binance_incident_20230405_btc.csv.gz";
    private const string Skewed = "feed/binance_skewed_clock_20240719_btc_eth.csv.gz";
    private const long Midnight2023 = 1_680_652_800;
    private const long Midnight2024 = 1_721_347_200;

    [Fact]
    public void Feed_FuturesIncident_BreachesAndClearsAsTheTableSays()
    {
        Collector futures = Fold(Incident, "usdm", "BTCUSDT", out GuardianEngine engine);
        (double, string, string, string, string)[] steps = Steps(futures, Midnight2023);
        AssertNear(steps, 2.2, "staleness", "bookTicker", "Warning");
        AssertNear(steps, 3.2, "staleness", "bookTicker", "Breach");
        AssertNear(steps, 7.2, "latency", "bookTicker", "Breach");
        AssertNear(steps, 4.3, "latency", "depth", "Breach");
        AssertNear(steps, 7.0, "latency", "trade", "Breach");
        AssertNear(steps, 68.65, "latency", "bookTicker", "Breach");
        AssertNear(steps, 69.0, "latency", "depth", "Breach");
        AssertNear(steps, 68.7, "latency", "trade", "Breach");
        Assert.Equal(6, steps.Count(s => s is { Item2: "latency", Item5: "Breach" }));
        Assert.Equal(1, steps.Count(s => s is { Item2: "staleness", Item5: "Breach" }));
        double[] cleared = [.. steps.Where(s => s is { Item2: "latency", Item4: "Breach" }).Select(s => s.Item1)];
        double[] expected = [36, 36, 36, 89.4, 89.5, 89.6];
        Assert.Equal(expected.Length, cleared.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], cleared[i], 0.2);
        (double, string, string, string, string)[] breaker = [.. steps.Where(s => s.Item2 == "breaker")];
        Assert.Equal(
            "Closed>Open Open>HalfOpen HalfOpen>Closed Closed>Open Open>HalfOpen HalfOpen>Closed",
            string.Join(' ', breaker.Select(b => $"{b.Item4}>{b.Item5}")));
        double[] at = [3.2, 36, 66, 68.65, 89.6, 119.6];
        for (int i = 0; i < at.Length; i++) Assert.Equal(at[i], breaker[i].Item1, 0.25);
        Assert.Equal(2, engine.Episode);
        Assert.DoesNotContain(steps, s => s.Item3 == "markPrice" && s.Item5 == "Breach");
    }

    [Fact]
    public void Feed_SpotOnTheSameHost_NeverBreaches()
    {
        Collector spot = Fold(Incident, "spot", "BTCUSDT", out GuardianEngine engine);
        Assert.DoesNotContain(spot.Transitions, t => t.To == nameof(Level.Breach));
        Assert.Equal(0, engine.Episode);
    }

    [Fact]
    public void Feed_BeforeMidnight_NothingBreaches()
    {
        Collector futures = Fold(Incident, "usdm", "BTCUSDT", out _);
        Assert.DoesNotContain(
            futures.Transitions, t => t.To == nameof(Level.Breach) && t.At < Midnight2023 * EngineBench.Second);
    }

    [Theory]
    [InlineData("BTCUSDT")]
    [InlineData("ETHUSDT")]
    public void Feed_SkewedClock_IsSuspectAndCorrectedWithoutBreach(string symbol)
    {
        Collector futures = Fold(Skewed, "usdm", symbol, out GuardianEngine engine);
        (double, string, string, string, string)[] steps = Steps(futures, Midnight2024);
        Assert.DoesNotContain(steps, s => s.Item5 == "Breach");
        Assert.Contains(steps, s => s is { Item2: "clock", Item5: "Warning" });
        Assert.Contains(
            steps, s => s is { Item1: > -5 and < 10, Item2: "staleness", Item3: "bookTicker", Item5: "Warning" });
        Assert.Equal(0, engine.Episode);
        foreach ((Reading reading, _) in engine.Readings().Where(r => r.Reading.Guardrail == GuardrailKind.Latency))
            Assert.True(reading.Flags.HasFlag(ReadingFlags.ClockSuspect), $"{reading.Subject} is not clock-suspect");
    }

    private static Collector Fold(string recording, string market, string symbol, out GuardianEngine engine)
    {
        if (!Recordings.TryFind(recording, out string? path, out string? reason)) Assert.Skip(reason);
        var sink = new Collector();
        engine = new GuardianEngine(EngineBench.Policy("feed"));
        foreach (string line in Recordings.ReadLines(path).Skip(1))
        {
            string[] parts = line.Split(',');
            if (parts[3] != market || parts[4] != symbol) continue;
            long local = long.Parse(parts[0], CultureInfo.InvariantCulture);
            string sent = parts[2].Length > 0 ? parts[2] : parts[1];
            if (sent.Length == 0) continue; // Spot bookTicker carries no time of the exchange.
            var o = new Observation(
                ObservationKind.Latency, local, parts[5], double.NaN,
                long.Parse(sent, CultureInfo.InvariantCulture) * 1_000_000, local);
            engine.Apply(in o, sink);
        }

        return sink;
    }

    private static (double At, string Guardrail, string Subject, string From, string To)[] Steps(
        Collector sink, long midnight) =>
    [
        .. sink.Transitions.Select(t => (
            (t.At - (midnight * EngineBench.Second)) / 1e9,
            GuardianEngine.NameOf(t.Guardrail), t.Subject, t.From, t.To)),
    ];

    private static void AssertNear(
        (double At, string Guardrail, string Subject, string From, string To)[] steps,
        double at,
        string guardrail,
        string subject,
        string to)
    {
        Assert.True(
            steps.Any(
                s => s.Guardrail == guardrail && s.Subject == subject && s.To == to && Math.Abs(s.At - at) <= 0.2),
            $"no {guardrail} {to} of {subject} near {at}:\n" + string.Join('\n', steps));
    }
}
