using System.Net;
using System.Text.Json.Nodes;
using Guardian.Contracts;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>The kill file of a real silo, by the means of those who can't speak to us: touch and rm.</summary>
public sealed class KillFileProcessTests : EndToEndTest
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task KillFile_Touched_HoldsThroughKill9UntilItIsRemovedAndReleased()
    {
        string file = TempFile("KILL");
        SiloProcess silo = await StartSiloAsync(With(file));
        Assert.Equal("allowed", (string?)(await CheckAsync(silo))["code"]);

        await File.WriteAllTextAsync(file, "venue is down\n", Stop);
        JsonNode denied = await Phase.ReachAsync(
            "the portfolio is held", Second, () => CheckAsync(silo), d => !(bool)d["allowed"]!, Stop);
        Assert.Equal(("denied.halted", "Halted"), ((string?)denied["code"], (string?)denied["tradingState"]));
        JsonNode hold = Assert.Single(await silo.Http.ItemsAsync("holds", Stop));
        string id = (string)hold["id"]!;
        Assert.Equal(
            ("kill-file", $"kill file {file}: venue is down", "portfolio"),
            ((string?)hold["actor"], (string?)hold["reason"], (string?)hold["scope"]));
        Assert.Equal("Halted", (string?)(await silo.Http.GetAsync("portfolio", Stop))["tradingState"]);

        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        Assert.Equal(id, (string?)Assert.Single(await silo.Http.ItemsAsync("holds", Stop))["id"]);
        Assert.False((bool)(await CheckAsync(silo))["allowed"]!);

        HttpAnswer refused = await ReleaseAsync(silo, id);
        Assert.Equal((HttpStatusCode.Conflict, "kill-file"), (refused.Status, (string?)refused.Body!["code"]));
        Assert.Equal(
            $"Condition failed: the kill file {file} is there and holds the portfolio; remove it, then release the "
                + "hold.",
            refused.Detail);

        File.Delete(file);
        Assert.False((bool)(await CheckAsync(silo))["allowed"]!);
        HttpAnswer released = await ReleaseAsync(silo, id);
        Assert.True(released.Status == HttpStatusCode.OK, $"{released}");
        Assert.Equal("allowed", (string?)(await CheckAsync(silo))["code"]);
        Assert.Equal("Active", (string?)(await silo.Http.GetAsync("portfolio", Stop))["tradingState"]);
    }

    [Fact]
    public async Task KillFile_OfAPortfolioHold_IsMadeAndGoesWithItsRelease()
    {
        string file = TempFile("KILL");
        SiloProcess silo = await StartSiloAsync(With(file));
        await CliAsync(
            silo, 0, "hold", "--portfolio", "--id", "stop-1", "--reason", "notice", "--actor", "ana");
        await Phase.ReachAsync("the file is there", Soon, () => Task.FromResult(File.Exists(file)), Stop);
        Assert.Contains("hold: stop-1\n", await File.ReadAllTextAsync(file, Stop), StringComparison.Ordinal);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        Assert.Equal("stop-1", (string?)Assert.Single(await silo.Http.ItemsAsync("holds", Stop))["id"]);
        await CliAsync(silo, 0, "release", "stop-1", "--reason", "over", "--actor", "ben");
        await Phase.ReachAsync("the file is gone", Soon, () => Task.FromResult(!File.Exists(file)), Stop);
        Assert.Empty(await silo.Http.ItemsAsync("holds", Stop));
    }

    [Fact]
    public async Task KillFile_AlreadyThere_HoldsBeforeAnybodyIsAnswered()
    {
        string file = TempFile("KILL");
        await File.WriteAllTextAsync(file, string.Empty, Stop);
        SiloProcess silo = await StartSiloAsync(With(file));
        Assert.Equal("denied.halted", (string?)(await CheckAsync(silo))["code"]);
    }

    [Fact]
    public async Task KillFile_ThatIsAFolder_IsRefusedAtTheStart()
    {
        string folder = TempFile("folder");
        Directory.CreateDirectory(folder);
        ProcessResult result = await NewSilo(With(folder)).RunAsync(Stop);
        Assert.Equal(
            (2, $"Condition failed: Guardian:KillFile is '{folder}', a folder; it takes the path of a file in a folder "
                + "that is there and can be written."),
            (result.Code, result.Error));
    }

    private static Dictionary<string, string> With(string file) =>
        new(StringComparer.Ordinal) { ["GUARDIAN__KILLFILE"] = file };

    private static Task<HttpAnswer> ReleaseAsync(SiloProcess silo, string id) =>
        silo.Http.PostAsync($"holds/{id}/release", new { actor = "ben", reason = "over" }, Stop);

    private static async Task<JsonNode> CheckAsync(SiloProcess silo)
    {
        HttpAnswer answer = await silo.Http.PostAsync(
            "check", new { symbol = "BTCUSDT", orderId = "o-1", side = nameof(OrderSide.Buy), quantity = 1 }, Stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        return answer.Body!;
    }
}
