using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>A silo that freezes, one that joins, holds that reach everyone, and a Redis that came back empty.</summary>
[Collection(FaultSuite.Faults)]
public sealed class ClusterFaultTests : ClusterTest
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly HashSet<string> Nobody = [];

    [Fact]
    public async Task Silo_FrozenUnderLoad_TakenOverAndHarmlessWhenItGoesOn()
    {
        SiloProcess[] silos = await StartClusterAsync(2);
        LosslessLoad load = new(silos[1], "COLD", symbols: 8);
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        Takeover takeover = new(load, Nobody);
        await takeover.WatchAsync(() => silos[0].PauseAsync(Stop), Stop);
        await load.DrainedAsync(Soon, Stop);
        Dictionary<string, string> epochs = await takeover.EpochsAsync(Stop);
        await silos[0].ResumeAsync(Stop);
        // It finds itself dead in the table, and stops; whatever runs it would start it again.
        await Phase.ReachAsync("the frozen silo has stopped", Soon, () => Task.FromResult(silos[0].HasEnded), Stop);
        for (int i = 0; i < 3; i++) Assert.Equal(0, await load.TryRoundAsync(Stop));
        Assert.Equal(epochs, await takeover.EpochsAsync(Stop));
        foreach (string symbol in load.Symbols) await NewestInRedisAsync(symbol, epochs[symbol]);
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"SIGSTOP: first right decision after {takeover.Seconds[0]:0.00} s, of the last symbol after "
            + $"{takeover.Seconds[^1]:0.00} s; {takeover.Answered} checks answered, {takeover.Failed.Count} failed"));
        Assert.True(takeover.Seconds[^1] < 10, $"the last symbol after {takeover.Seconds[^1]:0.00} s");
        await load.VerifyAsync(Stop);
    }

    [Fact]
    public async Task Silo_ThirdJoinsAndRedisIsEmptied_GuardiansSpreadAndNothingFails()
    {
        SiloProcess[] silos = await StartClusterAsync(2);
        LosslessLoad load = new(silos[0], "JOIN", symbols: 16);
        for (int i = 0; i < 3; i++) await load.RoundAsync(Stop);
        await Redis.RestartEmptyAsync(Stop);
        SiloProcess third = await StartSiloAsync(Stores);
        Takeover takeover = new(load, Nobody);
        await Phase.ReachAsync(
            "three silos have guardians",
            Soon,
            async () =>
            {
                await takeover.WatchAsync(() => Task.CompletedTask, Stop);
                return (await takeover.EpochsAsync(Stop)).Values.Select(Silo).Distinct(StringComparer.Ordinal).Count();
            },
            count => count == 3,
            Stop);
        Say($"a third silo: {takeover.Answered} checks answered, {takeover.Failed.Count} failed");
        Assert.True(takeover.Failed.Count == 0, string.Join('\n', takeover.Failed.Take(3)));
        load.Front = third;
        await load.VerifyAsync(Stop);
    }

    [Fact]
    public async Task Hold_OfThePortfolio_ReachesEverySiloInASecondAndOutlivesAllOfThem()
    {
        SiloProcess[] silos = await StartClusterAsync(2);
        await AllowedAsync(silos[0], expected: true);
        await HoldAsync(silos[0], "hold-all", "portfolio", string.Empty);
        double reached = await ReachesAsync(silos[1], "hold-all");
        await HoldAsync(silos[1], "hold-one", "strategy", "mean");
        double back = await ReachesAsync(silos[0], "hold-one");
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"holds reached the other silo after {reached * 1000:0} and {back * 1000:0} ms"));
        Assert.True(reached < 1 && back < 1, $"{reached} s, {back} s");
        await silos[0].Kill9Async();
        await AllowedAsync(silos[1], expected: false);
        await silos[1].Kill9Async();
        // Neither folder is there: what is left are the stores.
        SiloProcess fresh = await StartSiloAsync(Stores);
        await AllowedAsync(fresh, expected: false);
        Assert.Equal(2, (await fresh.Http.ItemsAsync("holds", Stop)).Count);
    }

    [Fact]
    public async Task Hold_OfASymbolWhoseSiloIsFrozen_IsAcknowledgedAndActsWhereTheSymbolComesBack()
    {
        SiloProcess[] silos = await StartClusterAsync(2);
        LosslessLoad load = new(silos[1], "ICE", symbols: 8);
        await load.RoundAsync(Stop);
        Dictionary<string, string> epochs = await new Takeover(load, Nobody).EpochsAsync(Stop);
        Assert.Equal(2, epochs.Values.Select(Silo).Distinct(StringComparer.Ordinal).Count());
        // The first silo's generation is the smaller one.
        string frozen = epochs.MinBy(e => int.Parse(Silo(e.Value), CultureInfo.InvariantCulture)).Key;
        await silos[0].PauseAsync(Stop);
        long start = Stopwatch.GetTimestamp();
        HttpAnswer answer = await silos[1].Http.PostAsync(
            "holds", new { id = "cold", scope = "symbol", key = frozen, actor = "ana", reason = "frozen" }, Stop);
        double took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        Assert.Equal(("cold", "Full"), ((string?)answer.Body!["id"], (string?)answer.Body["durable"]));
        Assert.True(took < 5, $"acknowledged after {took} s");
        await DecidedAsync(silos[1], frozen, expected: false, within: Soon);
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"a hold of a symbol on a frozen silo was acknowledged after {took:0.00} s: {answer.Body["message"]}"));
        await silos[0].ResumeAsync(Stop);
    }

    private static string Silo(string epoch) => epoch[(epoch.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private async Task NewestInRedisAsync(string symbol, string epoch) => await Phase.ReachAsync(
        $"{symbol} is of epoch {epoch} in Redis",
        Soon,
        async () =>
        {
            string key = $"guardian:{{guardian}}:v1:newest:{symbol}";
            string answer = await Redis.CommandAsync(Stop, "HGET", key, "v"); // As the protocol has it.
            return (string?)JsonNode.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..])!["epoch"] == epoch;
        },
        Stop);

    private static async Task HoldAsync(SiloProcess silo, string id, string scope, string key)
    {
        HttpAnswer answer = await silo.Http.PostAsync(
            "holds", new { id, scope, key, actor = "ana", reason = "to be kept" }, Stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        Assert.Equal("Full", (string?)answer.Body!["durable"]);
    }

    private static async Task<double> ReachesAsync(SiloProcess silo, string id)
    {
        long start = Stopwatch.GetTimestamp();
        await Phase.ReachAsync(
            $"{id} is known",
            Soon,
            async () => (await silo.Http.ItemsAsync("holds", Stop)).Any(h => (string?)h["id"] == id),
            Stop);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static Task AllowedAsync(SiloProcess silo, bool expected) =>
        DecidedAsync(silo, "HOLDA", expected, within: expected ? Soon : 3 * Second);

    private static async Task DecidedAsync(
        SiloProcess silo, string symbol, bool expected, TimeSpan within) => await Phase.ReachAsync(
        $"an order is {(expected ? "allowed" : "denied")}",
        within,
        async () =>
        {
            HttpAnswer answer = await silo.Http.PostAsync(
                "check", new { symbol, orderId = "one", side = "Buy", quantity = 1 }, Stop);
            // Whatever fails meanwhile is no decision; a wrong one ends the test.
            if (answer.Status != HttpStatusCode.OK) return false;
            Assert.Equal(expected, (bool)answer.Body!["allowed"]!);
            return true;
        },
        Stop);
}
