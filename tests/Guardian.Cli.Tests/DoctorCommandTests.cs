using System.Text.Json;
using Guardian.Contracts;

namespace Guardian.Cli.Tests;

public sealed class DoctorCommandTests : CommandTest
{
    [Fact]
    public async Task Doctor_NoSilo_EndsWithThreeAndStillTellsTheRest()
    {
        Assert.Equal(3, await Run(null, "doctor", "--gateway", "127.0.0.1:1", "--url", "http://127.0.0.1:1",
            "--output", "json"));
        string[] looked = [.. Json().GetProperty("items").EnumerateArray().Select(f =>
            f.GetProperty("what").GetString()!)];
        Assert.Equal(["gateway", "http", "data folder"], looked, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Doctor_TierIll_EndsWithOne()
    {
        FakeClient client =
            new() { Durable = new() { Tiers = [new() { Tier = "L3", Store = "sqlite", LastError = "disk full" }] } };
        Assert.Equal(1, await Run(client, "doctor", "--url", "http://127.0.0.1:1", "--output", "json"));
        JsonElement tier = Json().GetProperty("items")[3];
        Assert.Equal("tier L3", tier.GetProperty("what").GetString());
        Assert.False(tier.GetProperty("healthy").GetBoolean());
    }

    [Fact]
    public async Task Doctor_ClientOfAnOlderContract_EndsWithOneAndNamesIt()
    {
        FakeClient client = new()
        {
            Clients =
            [
                new() { Client = new("new on a", 1, "1.0") },
                new() { Client = new("old on b", 0, "0.9"), Problem = "old on b speaks contract 0" },
            ],
        };
        Assert.Equal(1, await Run(client, "doctor", "--url", "http://127.0.0.1:1", "--output", "json"));
        JsonElement found = Json().GetProperty("items")[2];
        Assert.Equal("clients", found.GetProperty("what").GetString());
        Assert.False(found.GetProperty("healthy").GetBoolean());
        Assert.Equal("old on b speaks contract 0", found.GetProperty("found").GetString());
        Assert.Equal("upgrade it, or the silos; it has version 0.9", found.GetProperty("advice").GetString());
    }
}
