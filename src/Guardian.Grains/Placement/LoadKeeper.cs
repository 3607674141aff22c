using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Placement;

/// <summary>
/// Keeps hot guardians from piling up on one silo: counts what each does, hears what the other silos have to do, and
/// gives one away where <see cref="LoadRule"/> says so. Thread-safe.
/// </summary>
/// <remarks>Where the others can't be heard nothing moves: guardians then are where their hashes say.</remarks>
public sealed partial class LoadKeeper(
    IGrainFactory grains, SiloShare share, TimeProvider time, ILogger<LoadKeeper> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<string, GuardianWork> _work = new(StringComparer.Ordinal);
    private int _wait;
    private long _moved;

    /// <summary>Gets how often silos look.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets how many looks a silo waits after a move, so that the loads show it.</summary>
    public static int LooksAfterMove => 3;

    /// <summary>Gets how many guardians this silo gave away for its load.</summary>
    public long Moved => Interlocked.Read(ref _moved);

    /// <summary>Gets how many guardians are here though their home is another silo.</summary>
    public int Guests => _work.Values.Count(work => work.IsGuest);

    /// <summary>Takes note of a guardian that came up.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="isGuest">Whether another silo gave it away.</param>
    public GuardianWork Came(string key, bool isGuest) => _work[key] = new GuardianWork(isGuest);

    /// <summary>Takes note of one that goes.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="work">What was counted for it; a later life's is left alone.</param>
    public void Went(string key, GuardianWork work) => _work.TryRemove(KeyValuePair.Create(key, work));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        long last = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            long now = time.GetTimestamp();
            double seconds = time.GetElapsedTime(last, now).TotalSeconds;
            last = now;
            foreach (GuardianWork work in _work.Values) work.Look(seconds);
            if (share.IsAlone) continue;
            try
            {
                await BalanceAsync();
            }
            catch (Exception error)
            {
                LogUnheard(error);
            }
        }
    }

    private async Task BalanceAsync()
    {
        GuardianLoad[] mine =
        [
            .. _work.Select(one => new GuardianLoad(one.Key, one.Value.EventsPerSecond)),
        ];
        var load = new SiloLoad(share.Here, mine.Sum(one => one.EventsPerSecond));
        SiloLoad[] told = await grains.GetGrain<ILoadsGrain>(0).Tell(load);
        if (_wait > 0)
        {
            if (--_wait == 0) Settle();
            return;
        }

        // A silo that has not told yet may be idle or just coming; it is no target before it tells.
        SiloLoad[] silos = [.. told.Where(one => share.Active.Contains(one.Silo))];
        if (silos.Length < share.Active.Count || !share.IsSettled) return;
        if (LoadRule.Choose(silos, share.Here, mine) is not { } move) return;
        if (!_work.TryGetValue(move.Guardian.Key, out GuardianWork? work)) return;
        work.Give(move.To);
        _wait = LooksAfterMove;
        Interlocked.Increment(ref _moved);
        LogMoves(move.Guardian.Key, move.To, move.Guardian.EventsPerSecond, load.EventsPerSecond);
    }

    // Whoever is still here was refused there.
    private void Settle()
    {
        foreach (GuardianWork work in _work.Values) work.Keep();
    }

    [LoggerMessage(
        1801, LogLevel.Information,
        "{Symbol} moves to {Silo} for its load: {Rate:0} of this silo's {Total:0} events a second.")]
    private partial void LogMoves(string symbol, SiloAddress silo, double rate, double total);

    [LoggerMessage(1802, LogLevel.Debug, "What the other silos have to do can't be heard; nothing moves for load.")]
    private partial void LogUnheard(Exception error);
}
