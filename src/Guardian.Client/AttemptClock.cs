namespace Guardian.Client;

/// <summary>Ends attempts that are not answered, all on one timer. Thread-safe.</summary>
/// <remarks>It counts tenths of a second, so an attempt may last one longer.</remarks>
internal sealed class AttemptClock : IDisposable
{
    /// <summary>How long an attempt lasts at least.</summary>
    internal static readonly TimeSpan Attempt = TimeSpan.FromSeconds(1);

    /// <summary>What is counted.</summary>
    internal static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private Action<long>[] _watchers = [];
    private long _now = 1;

    /// <summary>Starts to count.</summary>
    internal AttemptClock(TimeProvider time) => _timer = time.CreateTimer(_ => Count(), state: null, Tick, Tick);

    /// <summary>Gets how many ticks have gone by; at least 1.</summary>
    internal long Now => Volatile.Read(ref _now);

    /// <summary>Asks to be told, at each tick, up to which tick an attempt must have begun to be over.</summary>
    internal void Watch(Action<long> watcher)
    {
        lock (_gate) _watchers = [.. _watchers, watcher];
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Count()
    {
        long over = Interlocked.Increment(ref _now) - (Attempt.Ticks / Tick.Ticks) - 1;
        foreach (Action<long> watcher in Volatile.Read(ref _watchers)) watcher(over);
    }
}
