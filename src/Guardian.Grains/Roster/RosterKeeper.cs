using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.Placement;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Roster;

/// <summary>
/// Wakes this silo's share of the roster at its start and whenever the cluster changes, held ones first, and looks
/// after it from then on.
/// </summary>
public sealed partial class RosterKeeper(
    IGrainFactory grains,
    SessionDirectory directory,
    SiloShare share,
    SharedDurability durability,
    HaltBoard board,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<RosterKeeper> logger) : BackgroundService, IReadiness
{
    /// <summary>Most recoveries at once.</summary>
    public const int MaximumAtOnce = 50;

    private volatile string _reason = "the roster has not been read yet";
    private bool _unheard;

    /// <summary>Gets how often it looks after the roster.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets how often it asks the other silos, beside what they tell.</summary>
    public static TimeSpan SharePeriod { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets how long a start waits for what the other silos know.</summary>
    public static TimeSpan SharePatience { get; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public bool IsReady => _reason.Length == 0;

    /// <inheritdoc/>
    public string Reason => _reason;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);
        await FirstLookAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            Task cluster = share.Changed; // Before the waking: what changes meanwhile is done with the next.
            durability.Look();
            foreach ((string symbol, Exception error) in await directory.StoreAgainAsync()) LogUnstored(error, symbol);
            HashSet<string> held = [.. board.Open(SymbolName.Live).Select(h => h.Key)];
            int asleep = await WakeAsync(
                directory.Roster(SymbolName.Live).Select(e => e.Symbol)
                    .Where(share.IsMine).OrderByDescending(held.Contains),
                stoppingToken);
            _reason = asleep == 0 ? string.Empty : $"{asleep} guardians of the roster could not be woken";
            await FollowAsync(cluster, stoppingToken);
        }
    }

    // Until the next round is due or the cluster changes: what other silos change on the roster.
    private async Task FollowAsync(Task cluster, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task round = Task.Delay(Period, time, ended.Token);
        while (!stopping.IsCancellationRequested && !cluster.IsCompleted && !round.IsCompleted)
        {
            if (!directory.IsShared)
            {
                await Task.WhenAny(cluster, round);
                break;
            }

            Task heard = directory.Heard;
            if (await LookAsync() is { Count: > 0 } changed) await WakeAsync(changed.Where(share.IsMine), stopping);
            await Task.WhenAny(cluster, round, heard, Task.Delay(SharePeriod, time, ended.Token));
        }

        await ended.CancelAsync();
    }

    // Null where the others can't be asked.
    private async Task<IReadOnlyList<string>?> LookAsync()
    {
        try
        {
            IReadOnlyList<string> changed = await directory.SynchronizeAsync();
            if (_unheard) LogHeardAgain();
            _unheard = false;
            return changed;
        }
        catch (Exception error)
        {
            if (!_unheard) LogUnheard(error.Message);
            _unheard = true;
            return null;
        }
    }

    private async Task FirstLookAsync(CancellationToken stopping)
    {
        long start = time.GetTimestamp();
        while (directory.IsShared && await LookAsync() is null && time.GetElapsedTime(start) < SharePatience)
            await Task.Delay(SharePeriod, time, stopping);
    }

    private async Task StartedAsync(CancellationToken stopping)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration onStart =
            lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stopping);
    }

    private async Task<int> WakeAsync(IEnumerable<string> symbols, CancellationToken stopping)
    {
        int asleep = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaximumAtOnce, CancellationToken = stopping };
        await Parallel.ForEachAsync(symbols, options, async (symbol, _) =>
        {
            try
            {
                await grains.GetGrain<IGuardianGrain>(symbol).Wake();
            }
            catch (Exception error)
            {
                Interlocked.Increment(ref asleep);
                LogAsleep(error, symbol);
            }
        });
        return asleep;
    }

    [LoggerMessage(1402, LogLevel.Error, "The roster's change of {Symbol} is not durable yet; it is tried again.")]
    private partial void LogUnstored(Exception error, string symbol);

    [LoggerMessage(1401, LogLevel.Error, "The guardian of {Symbol} could not be woken; it is tried again.")]
    private partial void LogAsleep(Exception error, string symbol);

    [LoggerMessage(1403, LogLevel.Warning, "The directory that silos share can't be used: {Problem}")]
    private partial void LogUnheard(string problem);

    [LoggerMessage(1404, LogLevel.Information, "The directory that silos share can be used again.")]
    private partial void LogHeardAgain();
}
