using Guardian.Grains.Guarding;
using Guardian.Grains.Hosting;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;

namespace Guardian.Grains.Tests.Hosting;

public sealed class SteadyTimeTests
{
    [Fact]
    public void GetUtcNow_WallClockSetBack_GoesOnWithWhatPassed()
    {
        var time = new SteppingTime();
        var steady = new SteadyTime(new SiloClock(time));
        time.Advance(TimeSpan.FromSeconds(2));
        time.Wall = time.Wall.AddHours(-1);
        Assert.Equal(Bench.Start.AddSeconds(2), steady.GetUtcNow());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Bench.Start.AddSeconds(3), steady.GetUtcNow());
    }

    [Fact]
    public void CreateTimer_TimePasses_FiresAsThatOfTheSilo()
    {
        var time = new FakeTimeProvider(Bench.Start);
        var steady = new SteadyTime(new SiloClock(time));
        int fired = 0;
        using ITimer timer = steady.CreateTimer(
            _ => fired++, state: null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        long start = steady.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
        Assert.Equal(TimeSpan.FromSeconds(1), steady.GetElapsedTime(start));
    }

    [Fact]
    public async Task AddGuardian_Silo_CollectsIdleActivationsByIt()
    {
        await using Silo silo = await Silo.StartAsync();
        Assert.IsType<SteadyTime>(silo.Keyed<TimeProvider>(TimeProviderNames.ActivationManagement));
    }
}
