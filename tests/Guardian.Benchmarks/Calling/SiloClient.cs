using Guardian.Client;
using Guardian.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Benchmarks.Calling;

/// <summary>A client in this process, connected to silos in others; it calls guardians and bare grains alike.</summary>
internal sealed class SiloClient : IAsyncDisposable
{
    private readonly IHost _host;

    private SiloClient(IHost host) => _host = host;

    /// <summary>Gets the product's client.</summary>
    public IGuardianClient Guardians => _host.Services.GetRequiredService<IGuardianClient>();

    /// <summary>Gets the way to grains as Orleans has it.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Connects to silos that run.</summary>
    public static async Task<SiloClient> ConnectAsync(params SiloProcess[] silos)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGuardianClient(o => o.Gateways = [.. silos.Select(silo => silo.Gateway)]);
        IHost host = builder.Build();
        await host.StartAsync();
        return new SiloClient(host);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
