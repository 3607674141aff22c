using Guardian.Storage.History;
using Microsoft.Extensions.Hosting;

namespace Guardian.Grains.History;

/// <summary>Runs the history's writer for as long as the silo runs.</summary>
public sealed class HistoryWriterService(HistoryWriter writer) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => writer.RunAsync(stoppingToken);
}
