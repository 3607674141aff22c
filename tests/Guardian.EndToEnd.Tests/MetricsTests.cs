using System.Text.RegularExpressions;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>What Prometheus reads of a real silo.</summary>
public sealed partial class MetricsTests(SharedSilo shared)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_OfASiloThatWorked_AreThoseOfTheReferenceAndOrleansOwn()
    {
        SiloProcess silo = await shared.GetAsync(Stop);
        await silo.Http.PostAsync("check", new { symbol = "METRIC", side = "Buy", quantity = 1 }, Stop);
        await silo.Http.PostAsync(
            "observations",
            new
            {
                symbol = "METRIC",
                producer = "p",
                items = Enumerable.Repeat(new { kind = "latency", subject = "market-data", value = 500 }, 40),
            },
            Stop);
        string text = await Phase.ReachAsync(
            "every metric is there",
            TimeSpan.FromSeconds(20),
            async () => (await silo.Http.PageAsync("metrics", Stop)).Text,
            t => Reference().All(name => t.Contains($"# TYPE {name} ", StringComparison.Ordinal)),
            Stop);
        string[] told = [.. Types().Matches(text).Select(m => m.Value)];
        Assert.Equal(
            Reference().Order(StringComparer.Ordinal),
            told.Where(n => n.StartsWith("guardian_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(told, name => name.StartsWith("orleans_", StringComparison.Ordinal));
        Assert.DoesNotContain("METRIC", text, StringComparison.Ordinal);
    }

    private static string[] Reference() =>
    [
        .. File.ReadAllLines(Path.Combine(Recordings.RepositoryRoot()!, "docs", "reference", "metrics.md"))
            .Where(line => line.StartsWith("| `guardian_", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]),
    ];

    [GeneratedRegex("(?<=^# TYPE )[a-z_]+", RegexOptions.Multiline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Types();
}
