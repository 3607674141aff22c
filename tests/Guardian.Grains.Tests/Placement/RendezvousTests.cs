using System.Net;
using Guardian.Grains.Placement;
using Orleans.Runtime;

namespace Guardian.Grains.Tests.Placement;

public sealed class RendezvousTests
{
    private static readonly string[] Keys = [.. Enumerable.Range(0, 3_000).Select(i => $"SYM{i:0000}")];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Choose_ManyKeys_SpreadEvenly(int silos)
    {
        SiloAddress[] all = [.. Enumerable.Range(0, silos).Select(i => Silo(i))];
        double fair = Keys.Length / (double)silos;
        Assert.All(
            Keys.CountBy(key => Rendezvous.Choose(key, all)),
            count => Assert.InRange(count.Value, 0.8 * fair, 1.2 * fair));
        Assert.Equal(silos, Keys.Select(key => Rendezvous.Choose(key, all)).Distinct().Count());
    }

    [Fact]
    public void Choose_ASiloGoes_OnlyItsOwnKeysMoveAndToAllOthers()
    {
        SiloAddress[] before = [Silo(0), Silo(1), Silo(2), Silo(3)];
        SiloAddress[] after = [Silo(3), Silo(0), Silo(2)];
        string[] moved = [.. Keys.Where(k => !Rendezvous.Choose(k, before).Equals(Rendezvous.Choose(k, after)))];
        Assert.All(moved, key => Assert.Equal(Silo(1), Rendezvous.Choose(key, before)));
        Assert.All(
            moved.CountBy(key => Rendezvous.Choose(key, after)),
            count => Assert.InRange(count.Value, moved.Length / 5, moved.Length / 2));
    }

    [Fact]
    public void Choose_ASiloStartsAgain_GetsTheSameKeysBack()
    {
        SiloAddress[] before = [Silo(0), Silo(1)];
        SiloAddress[] after = [Silo(0), Silo(1, generation: 9)];
        Assert.All(
            Keys, key => Assert.Equal(Rendezvous.Choose(key, before).Endpoint, Rendezvous.Choose(key, after).Endpoint));
    }

    [Fact]
    public void Choose_TwoLivesAtOneAddress_TheNewerOne() => Assert.Equal(
        9, Rendezvous.Choose("BTCUSDT", [Silo(0, generation: 9), Silo(0, generation: 7)]).Generation);

    [Fact]
    public void Choose_NoSilo_SaysSo() => Assert.Equal(
        "Condition failed: silos is empty; at least 1. (Parameter 'silos')",
        Assert.Throws<ArgumentException>(() => Rendezvous.Choose("BTCUSDT", [])).Message);

    private static SiloAddress Silo(int number, int generation = 1) =>
        SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_111 + number), generation);
}
