namespace Guardian.Simulation.Time;

/// <summary>The time of a world: it moves only when it is told to, and fires what is due in order. Not thread-safe.
/// </summary>
internal sealed class VirtualClock
{
    internal static readonly DateTimeOffset Start = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Due, (long At, long Order)> _due = new();
    private long _order;

    /// <summary>Gets the ticks of 100 ns since the world began.</summary>
    internal long Now { get; private set; }

    /// <summary>Runs an action after a delay.</summary>
    internal void After(TimeSpan delay, Action action) =>
        Add(new Due(this, () => true, action), delay, Timeout.InfiniteTimeSpan);

    internal void Advance(TimeSpan by)
    {
        long until = Now + by.Ticks;
        while (_due.TryPeek(out Due? due, out (long At, long Order) next) && next.At <= until)
        {
            _due.Dequeue();
            if (due.Version != next.Order) continue;
            Now = Math.Max(Now, next.At);
            due.Fire();
        }

        Now = until;
    }

    internal void Add(Due due, TimeSpan delay, TimeSpan period)
    {
        due.Version = ++_order;
        due.Period = period;
        if (delay == Timeout.InfiniteTimeSpan) return;
        _due.Enqueue(due, (Now + Math.Max(0, delay.Ticks), due.Version));
    }
}

/// <summary>Something that is due on a virtual clock, while its process runs.</summary>
internal sealed class Due(VirtualClock clock, Func<bool> runs, Action action)
{
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets which of its turns counts; another number, and an earlier one is void.</summary>
    internal long Version { get; set; }

    internal TimeSpan Period { get; set; }

    internal void Fire()
    {
        if (!runs())
        {
            // The process is frozen: it fires once it goes on.
            clock.Add(this, Later, Period);
            return;
        }

        if (Period != Timeout.InfiniteTimeSpan && Period > TimeSpan.Zero) clock.Add(this, Period, Period);
        action();
    }
}

/// <summary>A timer on a virtual clock.</summary>
internal sealed class VirtualTimer(VirtualClock clock, Due due) : ITimer
{
    private bool _disposed;

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed) return false;
        clock.Add(due, dueTime, period);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        due.Version = -1;
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
        var due = new Due(
            clock,
            () => !Frozen,
            () =>
            {
                if (!Dead) callback(state);
            });
        clock.Add(due, dueTime, period);
        return new VirtualTimer(clock, due);
    }
}
