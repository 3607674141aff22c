using System.Globalization;
using Guardian.Silo.Options;
using OpenTelemetry.Metrics;

namespace Guardian.Silo.Telemetry;

/// <summary>Shows the meters on a port of its own, to every address, and nothing else.</summary>
/// <remarks>
/// A second, small server: what it serves can't be mixed up with the API, which must not be reached from elsewhere.
/// </remarks>
internal sealed class MetricsListener(GuardianSiloOptions options, MeterProvider meters)
    : IHostedService, IAsyncDisposable
{
    private WebApplication? _app;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.MetricsPort is not { } port) return;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://*:{port}"));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        _app = builder.Build();
        _app.UseOpenTelemetryPrometheusScrapingEndpoint(
            meters, predicate: null, "/metrics", configureBranchedPipeline: null, optionsName: null);
        await _app.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) =>
        _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
    }
}
