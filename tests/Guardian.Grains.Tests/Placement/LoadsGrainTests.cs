using System.Net;
using Guardian.Grains.Guarding;
using Guardian.Grains.Placement;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;

namespace Guardian.Grains.Tests.Placement;

public sealed class LoadsGrainTests
{
    [Fact]
    public async Task Tell_SeveralSilos_HearsTheNewestOfEachUntilOneIsSilent()
    {
        var time = new FakeTimeProvider(Bench.Start);
        var grain = new LoadsGrain(new SiloClock(time));
        SiloLoad first = new(Silo(1), 10);
        Assert.Equal([first], await grain.Tell(first));
        Assert.Equal([first, new(Silo(2), 20)], await grain.Tell(new(Silo(2), 20)));
        time.Advance(3 * LoadKeeper.Period);
        Assert.Equal([first, new(Silo(2), 25)], await grain.Tell(new(Silo(2), 25)));
        time.Advance(LoadKeeper.Period);
        Assert.Equal([new(Silo(2), 26)], await grain.Tell(new(Silo(2), 26)));
    }

    private static SiloAddress Silo(int number) =>
        SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_110 + number), 1);
}
