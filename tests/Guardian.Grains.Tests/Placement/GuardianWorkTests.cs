using System.Net;
using Guardian.Grains.Placement;
using Orleans.Runtime;

namespace Guardian.Grains.Tests.Placement;

public sealed class GuardianWorkTests
{
    [Fact]
    public void Look_AfterAChange_GoesHalfWayEachTime()
    {
        var work = new GuardianWork(isGuest: false);
        work.Did(1_000);
        work.Did(1_000);
        work.Look(seconds: 2);
        Assert.Equal(500, work.EventsPerSecond);
        work.Did(500);
        work.Look(seconds: 2);
        Assert.Equal(375, work.EventsPerSecond);
        work.Look(seconds: 2);
        Assert.Equal(187.5, work.EventsPerSecond);
    }

    [Fact]
    public void IsGuest_ItGoesCold_NoMoreAndNotAgain()
    {
        var work = new GuardianWork(isGuest: true);
        for (int i = 0; i < 3; i++)
        {
            work.Look(seconds: 2); // It has only just come.
            Assert.True(work.IsGuest);
        }

        work.Did(40);
        work.Look(seconds: 2);
        Assert.True(work.IsGuest); // 10 a second is not below 10.
        work.Look(seconds: 2);
        Assert.False(work.IsGuest);
        work.Did(10_000);
        work.Look(seconds: 2);
        Assert.False(work.IsGuest);
    }

    [Fact]
    public void Target_GivenAndKept_IsThereMeanwhile()
    {
        var silo = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_111), 1);
        var work = new GuardianWork(isGuest: false);
        Assert.Null(work.Target);
        work.Give(silo);
        Assert.Equal(silo, work.Target);
        work.Keep();
        Assert.Null(work.Target);
    }
}
