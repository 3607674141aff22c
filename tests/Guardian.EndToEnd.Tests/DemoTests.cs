using System.Net;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>The demo, as a newcomer starts it.</summary>
public sealed class DemoTests : EndToEndTest
{
    private const int Seed = 7;

    [Fact]
    public async Task Demo_WithinNinetySeconds_ThreeSymbolsTripAndRecover()
    {
        SiloProcess silo = await StartSiloAsync(environment: null, "--demo", "--seed", $"{Seed}");
        long start = TimeProvider.System.GetTimestamp();
        Dictionary<string, HashSet<string>> tripped = new(StringComparer.Ordinal);
        HashSet<string> alerted = new(StringComparer.Ordinal);
        HashSet<string> recovered = new(StringComparer.Ordinal);
        await Phase.ReachAsync(
            "three symbols trip by two guardrails, are alerted, and two of them are Active again",
            TimeSpan.FromSeconds(90),
            async () =>
            {
                await LookAsync(silo, tripped, recovered);
                foreach (JsonNode alert in await silo.Http.ItemsAsync("alerts?resolved=true", Stop))
                    if ((string?)alert["name"] == "GuardianTripped") alerted.Add((string)alert["key"]!);
                return tripped.Count >= 3 && recovered.Count >= 2 && Guardrails(tripped).Length >= 2
                    && alerted.SetEquals(tripped.Keys);
            },
            Stop,
            () => $"tripped {Told(tripped)}; alerted {string.Join(", ", alerted)}; "
                + $"recovered {string.Join(", ", recovered)}");
        Say($"after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0} s: {Told(tripped)}");

        JsonNode[] symbols = [.. await silo.Http.ItemsAsync("symbols", Stop)];
        Assert.Equal(8, symbols.Length);
        // Who was never stopped has no episode; who was has at least one, and its history has the trip.
        foreach (JsonNode symbol in symbols)
        {
            string key = (string)symbol["symbol"]!;
            Step[] steps = (await EventHistory.ReadAsync(silo, key, Stop)).Steps(0);
            Assert.Equal(tripped.ContainsKey(key), steps.Any(s => s is { Guardrail: "breaker", To: "Open" }));
            Assert.Equal(tripped.ContainsKey(key), (long)symbol["episode"]! > 0);
        }

        JsonNode portfolio = await silo.Http.GetAsync("portfolio", Stop);
        Assert.Equal(8, (int)portfolio["symbols"]!);
        HttpAnswer page = await silo.Http.PageAsync(string.Empty, Stop);
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("<html", page.Text, StringComparison.OrdinalIgnoreCase);
        HttpAnswer script = await silo.Http.PageAsync("page.js", Stop);
        Assert.Contains("/api/v1/", script.Text, StringComparison.Ordinal);
    }

    private static async Task LookAsync(
        SiloProcess silo, Dictionary<string, HashSet<string>> tripped, HashSet<string> recovered)
    {
        foreach (JsonNode symbol in await silo.Http.ItemsAsync("symbols", Stop))
        {
            string key = (string)symbol["symbol"]!;
            string state = (string)symbol["tradingState"]!;
            if (state == "Halted")
            {
                if (!tripped.TryGetValue(key, out HashSet<string>? guardrails))
                    tripped[key] = guardrails = new HashSet<string>(StringComparer.Ordinal);
                foreach (JsonNode? reason in symbol["reasons"]!.AsArray())
                    guardrails.Add((string)reason!["guardrail"]!);
            }
            else if (tripped.ContainsKey(key) && (string)symbol["breaker"]! == "Closed")
            {
                recovered.Add(key);
            }
        }
    }

    private static string Told(Dictionary<string, HashSet<string>> tripped) =>
        string.Join("; ", tripped.Select(t => $"{t.Key} by {string.Join('+', t.Value)}"));

    private static string[] Guardrails(Dictionary<string, HashSet<string>> tripped) =>
        [.. tripped.Values.SelectMany(g => g).Distinct(StringComparer.Ordinal).Where(g => g != "breaker")];
}
