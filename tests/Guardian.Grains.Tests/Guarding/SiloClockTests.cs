using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Microsoft.Extensions.Time.Testing;

namespace Guardian.Grains.Tests.Guarding;

public sealed class SiloClockTests
{
    [Fact]
    public void Now_TimePasses_IsStartPlusElapsed()
    {
        var time = new FakeTimeProvider(Bench.Start);
        var clock = new SiloClock(time);
        Assert.Equal(Timestamp.From(Bench.Start), clock.Timestamp);
        time.Advance(TimeSpan.FromMilliseconds(1_500));
        Assert.Equal(Timestamp.From(Bench.Start.AddMilliseconds(1_500)), clock.Timestamp);
    }

    [Fact]
    public void Now_WallClockSteps_DoesNotMove()
    {
        var time = new SteppingTime();
        var clock = new SiloClock(time);
        long before = clock.Now;
        time.Wall = time.Wall.AddHours(-1);
        Assert.Equal(before, clock.Now);
    }
}
