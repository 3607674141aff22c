using System.Text.Json;
using Guardian.Contracts;

namespace Guardian.Cli.Tests;

/// <summary>Commands on single symbols: status of named ones, reset, limits; and what was parked.</summary>
public sealed class SymbolCommandTests : CommandTest
{
    private static RosterEntry[] Roster(params string[] symbols) =>
        [.. symbols.Select(s => new RosterEntry { Symbol = s })];

    [Fact]
    public async Task Status_NotOnTheRoster_IsNamedAndTheOthersTold()
    {
        FakeClient client = new() { Roster = Roster("BTCUSDT") };
        Assert.Equal(1, await Run(client, "status", "BTCUSDT", "BTCUSTD", "-o", "json"));
        Assert.Equal(
            "Condition failed: BTCUSTD is not on the roster of session live; 'guardian status' lists it.",
            Error.ToString().Trim());
        Assert.Equal("BTCUSDT", Assert.Single(Items()).GetProperty("symbol").GetString());
    }

    [Fact]
    public async Task Status_OnTheRoster_IsDone()
    {
        FakeClient client = new() { Roster = Roster("A@replay", "B@replay") };
        Assert.Equal(0, await Run(client, "status", "A", "--session", "replay", "-o", "json"));
        Assert.Single(Items());
        Assert.Empty(Error.ToString());
    }

    [Fact]
    public async Task Reset_OfASymbol_SendsEpisodeActorAndReason()
    {
        FakeClient client = new() { Roster = Roster("A") };
        Assert.Equal(0, await Run(client, "reset", "A", "--episode", "4", "--actor", "ann", "--reason", "well again"));
        (string symbol, ResetRequest request) = Assert.Single(client.WereReset);
        Assert.Equal("A", symbol);
        Assert.Equal(new ResetRequest { Episode = 4, Actor = "ann", Reason = "well again" }, request);
    }

    [Fact]
    public async Task Reset_NotOnTheRosterOrRefused_EndsWithOne()
    {
        FakeClient client = new()
        {
            Roster = Roster("A"), Result = new ActionResult { Code = "refused", Message = "Condition failed: no." },
        };
        Assert.Equal(1, await Run(client, "reset", "TYPO", "--episode", "4", "--reason", "r"));
        Assert.Empty(client.WereReset);
        Assert.Equal(1, await Run(client, "reset", "A", "--episode", "4", "--reason", "r"));
        Assert.EndsWith("Condition failed: no.", Error.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_WithoutChange_AreTold()
    {
        FakeClient client = new()
        {
            Roster = Roster("A"),
            Limits = new GuardianLimits
            {
                Profile = "feed", ETag = "t1", Overrides = new(StringComparer.Ordinal) { ["Latency:Limit"] = "150ms" },
            },
        };
        Assert.Equal(0, await Run(client, "limits", "A"));
        Assert.StartsWith("profile feed, etag t1", Out.ToString(), StringComparison.Ordinal);
        Assert.Contains("Latency:Limit", Out.ToString(), StringComparison.Ordinal);
        Assert.Empty(client.Limited);
    }

    [Fact]
    public async Task Limits_Changed_KeepTheOthersAndCarryTheTagThatWasRead()
    {
        FakeClient client = new()
        {
            Roster = Roster("A"),
            Limits = new GuardianLimits
            {
                ETag = "t1", Overrides = new(StringComparer.Ordinal) { ["Drift:Bins"] = "8", ["Errors:Mode"] = "Off" },
            },
        };
        Assert.Equal(0, await Run(
            client, "limits", "A", "--set", "Latency:Limit=150ms", "--unset", "Errors:Mode", "--profile", "feed",
            "--reason", "new route", "--actor", "ann"));
        LimitsRequest request = Assert.Single(client.Limited).Request;
        Assert.Equal(("feed", "t1", "ann", "new route"), (
            request.Limits.Profile, request.Limits.ETag, request.Actor, request.Reason));
        Assert.Equal(
            "Drift:Bins=8 Latency:Limit=150ms",
            string.Join(' ', request.Limits.Overrides.Select(o => $"{o.Key}={o.Value}").Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("limits A --set Latency:Limit=1ms", "--reason has 0 characters; a change takes 1 to 512.")]
    [InlineData("limits A --set Latency --reason r", "--set is 'Latency'; it takes Path=value.")]
    [InlineData("limits A --unset Drift:Bins --reason r", "--unset is 'Drift:Bins', which is not set; see 'limits'.")]
    public async Task Limits_WrongUse_SaysHow(string line, string message)
    {
        FakeClient client = new() { Roster = Roster("A") };
        Assert.Equal(2, await Run(client, line.Split(' ')));
        Assert.Equal($"Condition failed: {message}", Error.ToString().Trim());
        Assert.Empty(client.Limited);
    }

    [Fact]
    public async Task Durability_Parked_TellsRowsAndEndsWithOne()
    {
        ParkedEntry row = new() { Tier = "L2", Position = 7, Symbol = "A", Reason = "NOT NULL", Bytes = 12 };
        Assert.Equal(1, await Run(new FakeClient { Parked = [row] }, "durability", "--parked", "-o", "json"));
        Assert.Equal("NOT NULL", Assert.Single(Items()).GetProperty("reason").GetString());
        Out.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(new FakeClient(), "durability", "--parked"));
        Assert.Equal("Nothing is parked.", Out.ToString().Trim());
    }

    private JsonElement[] Items() =>
        [.. JsonDocument.Parse(Out.ToString()).RootElement.GetProperty("items").EnumerateArray()];
}
