using System.Text.Json.Nodes;
using Guardian.Client;
using Guardian.Contracts;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.EndToEnd.Tests;

/// <summary>A client that speaks an older contract than the silo serves.</summary>
public sealed class ClientContractTests : EndToEndTest
{
    private static readonly OrderRequest Order = new() { OrderId = "one", Side = OrderSide.Buy, Quantity = 1 };

    [Fact]
    public async Task Connect_ClientOfAnOlderContract_RefusedAndToldInLogHealthAndDoctor()
    {
        SiloProcess silo = await StartSiloAsync();
        using IHost present = await ConnectAsync(silo, ContractVersion.Current);
        using IHost old = await ConnectAsync(silo, ContractVersion.Oldest - 1);

        GuardianUnreachableException refused = await Assert.ThrowsAsync<GuardianUnreachableException>(
            async () => await Of(old).CheckAsync("OLDER", Order));
        string told = $"speaks contract {ContractVersion.Oldest - 1}; silos serve {ContractVersion.Oldest} to "
            + $"{ContractVersion.Current}. Build it with the silos' version of Guardian.Client.";
        Assert.EndsWith(told, refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<GuardianUnreachableException>(
            async () => await Of(old).GetPortfolioAsync(SymbolName.Live));
        Assert.True((await Of(present).CheckAsync("OLDER", Order)).Allowed);

        Assert.Contains(told, silo.Log, StringComparison.Ordinal);
        JsonNode health = await Phase.ReachAsync(
            "health warns of it",
            TimeSpan.FromSeconds(20),
            async () => (await silo.Http.PageAsync("health/ready", Stop)).Body!,
            body => body["warnings"]!.AsArray().Count > 0,
            Stop);
        Assert.Equal("ready", (string?)health["status"]);
        Assert.EndsWith(told, (string?)health["warnings"]![0], StringComparison.Ordinal);
        ProcessResult doctor = await CliAsync(
            silo, 1, "doctor", "--url", silo.Http.Root.ToString(), "--data", silo.DataFolder, "--output", "json");
        JsonNode found = Assert.Single(
            JsonNode.Parse(doctor.Out)!["items"]!.AsArray(), item => (string?)item!["what"] == "clients")!;
        Assert.False((bool)found["healthy"]!);
        Assert.EndsWith(told, (string?)found["found"], StringComparison.Ordinal);
    }

    private static IGuardianClient Of(IHost host) => host.Services.GetRequiredService<IGuardianClient>();

    private static async Task<IHost> ConnectAsync(SiloProcess silo, int contract)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGuardianClient(o =>
        {
            o.Gateways = [silo.Gateway];
            o.Contract = contract;
        });
        IHost host = builder.Build();
        await host.StartAsync(Stop);
        return host;
    }
}
