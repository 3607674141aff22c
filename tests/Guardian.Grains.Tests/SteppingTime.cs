namespace Guardian.Grains.Tests;

/// <summary>A time whose wall clock is set while nothing passes; both go on by hand.</summary>
internal sealed class SteppingTime : TimeProvider
{
    private long _passed = 42;

    internal DateTimeOffset Wall { get; set; } = Bench.Start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Wall;

    public override long GetTimestamp() => _passed;

    internal void Advance(TimeSpan by)
    {
        Wall += by;
        _passed += by.Ticks;
    }
}
