using Guardian.Grains.Placement;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Guarding;

/// <summary>How a silo's <see cref="GuardianTicker"/> reaches one guardian. Thread-safe.</summary>
public sealed partial class GuardianPulse
{
    private readonly string _key;
    private readonly GuardianWork _work;
    private readonly Func<long, bool> _isDue;
    private readonly Action _tick;
    private readonly TaskScheduler _turns;
    private readonly ILogger _logger;
    private readonly Action _turn;
    private int _called;
    private int _shareVersion = -1;
    private bool _isHome;

    /// <summary>Initializes the way to a guardian.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="work">What it has had to do, and where it is to move.</param>
    /// <param name="isDue">Tells, beside its turns, whether a tick has something to do at a time.</param>
    /// <param name="tick">A tick; on its turn.</param>
    /// <param name="turns">Runs its turns.</param>
    /// <param name="logger">Where to log a tick that failed.</param>
    public GuardianPulse(
        string key, GuardianWork work, Func<long, bool> isDue, Action tick, TaskScheduler turns, ILogger logger)
    {
        (_key, _work, _isDue, _tick, _turns, _logger) = (key, work, isDue, tick, turns, logger);
        _turn = Turn;
    }

    /// <summary>Gets or sets its place among those of its ticker.</summary>
    internal int Place { get; set; }

    /// <summary>Tells whether a tick has something to do; of one that is called and has not come yet: no.</summary>
    /// <param name="now">Now, by the silo's clock; Unix nanoseconds.</param>
    /// <param name="share">Which guardians are the silo's; null: none is to move now.</param>
    internal bool IsDue(long now, SiloShare? share) =>
        Volatile.Read(ref _called) == 0 && (_isDue(now) || _work.Target is not null || IsAway(share));

    /// <summary>Calls it to a turn of its own, and does not wait.</summary>
    internal void Call()
    {
        if (Interlocked.Exchange(ref _called, 1) != 0) return;
        _ = Task.Factory.StartNew(_turn, CancellationToken.None, TaskCreationOptions.None, _turns);
    }

    private bool IsAway(SiloShare? share)
    {
        if (share is null || _work.IsGuest) return false;
        int version = share.Version;
        if (version != _shareVersion) (_shareVersion, _isHome) = (version, share.IsMine(_key));
        return !_isHome;
    }

    private void Turn()
    {
        Volatile.Write(ref _called, 0);
        try
        {
            _tick();
        }
        catch (Exception error)
        {
            LogFailed(error, _key);
        }
    }

    [LoggerMessage(1017, LogLevel.Error, "A tick of {Symbol} failed; the next one goes on.")]
    private partial void LogFailed(Exception error, string symbol);
}
