using Guardian.Grains.Roster;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.Hosting;

namespace Guardian.Grains.History;

/// <summary>Runs the writers of the tiers for as long as the silo runs.</summary>
/// <remarks>
/// A restarted silo first brings its guardians back, then ships what the journal still holds: a long backlog would
/// otherwise take processor and disk from recovery. It waits no longer than <see cref="Patience"/>. A silo that stops
/// ends them after everything else: guardians that leave are still writing when the others have begun to stop.
/// </remarks>
public sealed class TierWriterService(TierWriters writers, IReadiness readiness, TimeProvider time)
    : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets how long the tiers wait for the guardians.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => base.StopAsync(cancellationToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long start = time.GetTimestamp();
        while (!readiness.IsReady && time.GetElapsedTime(start) < Patience)
            await Task.Delay(Look, time, stoppingToken);
        await writers.RunAsync(stoppingToken);
    }
}
