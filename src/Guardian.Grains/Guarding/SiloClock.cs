using Guardian.Contracts;

namespace Guardian.Grains.Guarding;

/// <summary>The silo's stamp: wall time at its start plus monotonic time since. Thread-safe.</summary>
/// <remarks>A step of the wall clock while the silo runs does not move it, so that durations are true.</remarks>
public sealed class SiloClock
{
    private readonly TimeProvider _time;
    private readonly long _startTimestamp;
    private readonly long _startNanoseconds;

    /// <summary>Initializes the clock; its start is now.</summary>
    public SiloClock(TimeProvider time)
    {
        _time = time;
        _startTimestamp = time.GetTimestamp();
        _startNanoseconds = Timestamp.From(time.GetUtcNow()).UnixNanoseconds;
    }

    /// <summary>Gets the stamp of this moment, Unix nanoseconds.</summary>
    public long Now => _startNanoseconds + (_time.GetElapsedTime(_startTimestamp).Ticks * 100);

    /// <summary>Gets how far the wall clock has jumped away from the stamps since the start, nanoseconds.</summary>
    /// <value>Above 0: the wall clock was set forward, or the machine slept.</value>
    public long Jump => Contracts.Timestamp.From(_time.GetUtcNow()).UnixNanoseconds - Now;

    /// <summary>Gets the time behind it, for waiting.</summary>
    public TimeProvider Time => _time;

    /// <summary>Gets the stamp of this moment.</summary>
    public Timestamp Timestamp => new(Now);
}
