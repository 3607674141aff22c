using Guardian.Contracts;
using Guardian.Grains.Halts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Roster;

/// <summary>Wakes the roster's guardians at start, held ones first, and looks after them from then on.</summary>
public sealed partial class RosterKeeper(
    IGrainFactory grains,
    SessionDirectory directory,
    HaltBoard board,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<RosterKeeper> logger) : BackgroundService, IReadiness
{
    /// <summary>Most recoveries at once.</summary>
    public const int MaximumAtOnce = 50;

    private volatile string _reason = "the roster has not been read yet";

    /// <summary>Gets how often it looks after the roster.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public bool IsReady => _reason.Length == 0;

    /// <inheritdoc/>
    public string Reason => _reason;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            foreach ((string symbol, Exception error) in await directory.StoreAgainAsync()) LogUnstored(error, symbol);
            int asleep = await WakeAllAsync(stoppingToken);
            _reason = asleep == 0 ? string.Empty : $"{asleep} guardians of the roster could not be woken";
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task StartedAsync(CancellationToken stopping)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration onStart =
            lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stopping);
    }

    private async Task<int> WakeAllAsync(CancellationToken stopping)
    {
        HashSet<string> held = [.. board.Open(SymbolName.Live).Select(h => h.Key)];
        IEnumerable<RosterEntry> order =
            directory.Roster(SymbolName.Live).OrderByDescending(e => held.Contains(e.Symbol));
        int asleep = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaximumAtOnce, CancellationToken = stopping };
        await Parallel.ForEachAsync(order, options, async (entry, _) =>
        {
            try
            {
                await grains.GetGrain<IGuardianGrain>(entry.Symbol).Wake();
            }
            catch (Exception error)
            {
                Interlocked.Increment(ref asleep);
                LogAsleep(error, entry.Symbol);
            }
        });
        return asleep;
    }

    [LoggerMessage(1402, LogLevel.Error, "The roster's change of {Symbol} is not durable yet; it is tried again.")]
    private partial void LogUnstored(Exception error, string symbol);

    [LoggerMessage(1401, LogLevel.Error, "The guardian of {Symbol} could not be woken; it is tried again.")]
    private partial void LogAsleep(Exception error, string symbol);
}
