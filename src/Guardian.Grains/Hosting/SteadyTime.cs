using Guardian.Grains.Guarding;

namespace Guardian.Grains.Hosting;

/// <summary>The silo's stamps as a <see cref="TimeProvider"/>: its time goes on evenly. Thread-safe.</summary>
/// <remarks>
/// For Orleans' collection of idle activations. By the wall clock, one that is set back by more than the collection's
/// age would refuse every new activation, guardians too, until the clock is there again.
/// </remarks>
public sealed class SteadyTime(SiloClock clock) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => clock.Time.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => clock.Time.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => clock.Timestamp.ToDateTimeOffset();

    /// <inheritdoc/>
    public override long GetTimestamp() => clock.Time.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.Time.CreateTimer(callback, state, dueTime, period);
}
