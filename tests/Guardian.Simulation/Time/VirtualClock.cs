namespace Guardian.Simulation.Time;

/// <summary>The time of a world: it moves only when it is told to, and fires what is due in order. Not thread-safe.
/// </summary>
internal sealed class VirtualClock
{
    internal static readonly DateTimeOffset Start = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<VirtualTimer, (long Due, long Order)> _due = new();
    private long _order;

    /// <summary>Gets the ticks of 100 ns since the world began.</summary>
    internal long Now { get; private set; }

    /// <summary>Runs an action after a delay.</summary>
    internal void After(TimeSpan delay, Action action) =>
        Add(new VirtualTimer(this, () => true, _ => action(), state: null), delay, Timeout.InfiniteTimeSpan);

    internal void Advance(TimeSpan by)
    {
        long until = Now + by.Ticks;
        while (_due.TryPeek(out VirtualTimer? timer, out (long Due, long Order) at) && at.Due <= until)
        {
            _due.Dequeue();
            if (timer.Version != at.Order) continue;
            Now = Math.Max(Now, at.Due);
            timer.Fire();
        }

        Now = until;
    }

    internal void Add(VirtualTimer timer, TimeSpan delay, TimeSpan period)
    {
        timer.Version = ++_order;
        timer.Period = period;
        if (delay == Timeout.InfiniteTimeSpan) return;
        _due.Enqueue(timer, (Now + Math.Max(0, delay.Ticks), timer.Version));
    }
}

/// <summary>A timer on a virtual clock.</summary>
internal sealed class VirtualTimer(VirtualClock clock, Func<bool> runs, TimerCallback callback, object? state) : ITimer
{
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(100);

    private bool _disposed;

    internal long Version { get; set; }

    internal TimeSpan Period { get; set; }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed) return false;
        clock.Add(this, dueTime, period);
        return true;
    }

    internal void Fire()
    {
        if (_disposed) return;
        if (!runs())
        {
            // The process is frozen: it fires once it goes on.
            clock.Add(this, Later, Period);
            return;
        }

        if (Period != Timeout.InfiniteTimeSpan && Period > TimeSpan.Zero) clock.Add(this, Period, Period);
        callback(state);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        Version = -1;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>What one life of a silo sees of the time: its own wall clock, and timers that stop with it.</summary>
internal sealed class SiloTime(VirtualClock clock) : TimeProvider
{
    /// <summary>Gets or sets by how much the wall clock is wrong.</summary>
    internal TimeSpan Offset { get; set; }

    internal bool Frozen { get; set; }

    internal bool Dead { get; set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => VirtualClock.Start + TimeSpan.FromTicks(clock.Now) + Offset;

    /// <inheritdoc/>
    public override long GetTimestamp() => clock.Now;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(
            clock,
            () => !Frozen,
            s =>
            {
                if (!Dead) callback(s);
            },
            state);
        clock.Add(timer, dueTime, period);
        return timer;
    }
}
