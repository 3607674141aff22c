using Guardian.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Clients;

/// <summary>Keeps at hand, on every silo, what is wrong with the cluster's clients. Thread-safe.</summary>
public sealed partial class ClientsKeeper(IGrainFactory grains, TimeProvider time, ILogger<ClientsKeeper> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private volatile string[] _problems = [];

    /// <summary>Gets what is wrong with clients of the last three minutes, in words; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                ClientProgram[] clients = await grains.GetGrain<IClientsGrain>(0).GetClients();
                _problems = [.. clients.Select(client => client.Problem).OfType<string>()];
            }
            catch (Exception error)
            {
                LogUnknown(error); // What was known holds on; the grain is somewhere else in a moment.
            }
        }
    }

    [LoggerMessage(1702, LogLevel.Debug, "Which clients there are can't be told at present.")]
    private partial void LogUnknown(Exception error);
}
