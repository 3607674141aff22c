using System.Text.Json.Nodes;
using Guardian.Contracts;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>The machine's wall clock is set by an hour while the silo runs, and between two of its lives.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
public sealed class WallClockTests : EndToEndTest
{
    private const string Symbol = "CLOCKUSDT";
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

    [Theory]
    [InlineData("+1h")]
    [InlineData("-1h")]
    public async Task WallClock_SetByAnHour_StampsGoOnAndItIsTold(string by)
    {
        string library = Directory.Exists("/usr/lib")
            ? Directory.GetFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions
            {
                RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true,
            }).FirstOrDefault(Library)
            : Library;
        FaultSuite.Require(File.Exists(library), $"{library} is missing (Debian package libfaketime)");
        string clock = TempFile("clock");
        await File.WriteAllTextAsync(clock, "+0", Stop);
        SiloProcess silo = await StartSiloAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME_TIMESTAMP_FILE"] = clock,
            ["FAKETIME_CACHE_DURATION"] = "1",
            ["DONT_FAKE_MONOTONIC"] = "1",
        });
        await ObserveAsync(silo);
        long before = await AsOfAsync(silo);

        await File.WriteAllTextAsync(clock, by, Stop);
        await ToldAsync(silo, "silo");
        await ObserveAsync(silo);
        long after = await AsOfAsync(silo);
        Assert.InRange((after - before) / 1e9, 0, 60);
        JsonNode verdict = await silo.Http.GetAsync($"symbols/{Symbol}", Stop);
        Assert.Equal("Active", (string?)verdict["tradingState"]);
        JsonNode reading = verdict["readings"]!.AsArray().Single(r => (string?)r!["guardrail"] == "latency")!;
        Assert.Equal(2, (long)reading["sampleCount"]!); // The first one is still in its window of 60 s.
        HttpAnswer newcomer = await silo.Http.PostAsync(
            "check", new { symbol = "NEWUSDT", orderId = "o-1", side = "Buy", quantity = 1 }, Stop);
        Assert.True((bool?)newcomer.Body?["allowed"] == true, $"no guardian came up: {newcomer}");

        long stored = await LastStoredAsync(silo, observations: 2);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        long again = await AsOfAsync(silo);
        Assert.True(again >= stored, $"stamps went back: {stored}, then {again}");
        bool forward = by[0] == '+';
        if (forward) Assert.InRange((again - stored) / 1e9, 3_500, 3_700);
        else await ToldAsync(silo, $"{Symbol}/stamps");
        await AssertStampsRiseAsync(silo);
        Say($"wall clock {by}: stamps moved {(after - before) / 1e9:0.0} s while running, "
            + $"{(again - stored) / 1e9:0.0} s over the restart, never back");
    }

    private static async Task ObserveAsync(SiloProcess silo)
    {
        HttpAnswer answer = await silo.Http.PostAsync(
            "observations",
            new { symbol = Symbol, items = new[] { new { kind = "latency", subject = "decision", value = 5 } } },
            Stop);
        Assert.True((int)answer.Body!["accepted"]! == 1, $"{answer}");
    }

    private static async Task<long> AsOfAsync(SiloProcess silo)
    {
        JsonNode verdict = await silo.Http.GetAsync($"symbols/{Symbol}", Stop);
        Assert.True(Timestamp.TryParse((string)verdict["asOf"]!, out Timestamp at));
        return at.UnixNanoseconds;
    }

    // What was asked after the last event was stored is known to nobody after a death.
    private async Task<long> LastStoredAsync(SiloProcess silo, int observations)
    {
        EventHistory? history = null;
        await Phase.ReachAsync(
            $"{observations} observations are stored",
            TimeSpan.FromSeconds(30),
            async () =>
            {
                history = await EventHistory.ReadAsync(silo, Symbol, Stop);
                return history.Of("observation").Count() >= observations;
            },
            Stop);
        return history!.Events.Max(e =>
        {
            Assert.True(Timestamp.TryParse(EventHistory.Text(e, "at"), out Timestamp at), e.ToJsonString());
            return at.UnixNanoseconds;
        });
    }

    private static async Task AssertStampsRiseAsync(SiloProcess silo)
    {
        double last = double.MinValue;
        foreach (JsonObject e in (await EventHistory.ReadAsync(silo, Symbol, Stop)).Events
            .OrderBy(e => EventHistory.Text(e, "epoch"), StringComparer.Ordinal).ThenBy(e => (long)e["sequence"]!))
        {
            double at = EventHistory.SecondsAfter(e, 0);
            Assert.True(at >= last, $"a stamp went back: {e.ToJsonString()}");
            last = at;
        }
    }

    private static async Task ToldAsync(SiloProcess silo, string key) => await Phase.ReachAsync(
        $"ClockSuspect {key} is raised",
        TimeSpan.FromSeconds(30),
        async () => (await silo.Http.ItemsAsync("alerts", Stop)).Any(
            a => (string?)a["name"] == "ClockSuspect" && (string?)a["key"] == key),
        Stop);
}
