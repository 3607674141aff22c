using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.Halts;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Roster;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.DependencyInjection;
using DetectionState = Guardian.Detection.TradingState;

namespace Guardian.Storage.Tests.Recovery;

/// <summary>The local file is gone; the embedded history beside it is not.</summary>
public sealed class HistoryRescueTests
{
    [Theory]
    [InlineData("guardian-l3.db*")]
    [InlineData("guardian-l3*")]
    public async Task Open_LocalFileMissing_NamedAndHistoryGivesHaltsRosterAndEpochs(string lost)
    {
        await using var rig = new Rig();
        await FillAsync(rig);
        foreach (string file in Directory.GetFiles(rig.Folder, lost)) System.IO.File.Delete(file);

        await using ServiceProvider again = Services(rig);
        again.GetRequiredService<GuardianStorage>().Open();
        LocalFile local = again.GetRequiredService<LocalFile>();
        Assert.Contains("is missing", local.Loss, StringComparison.Ordinal);
        Assert.Equal(5, local.EpochFloor);
        Assert.Equal(
            ["BTC", "ETH"],
            again.GetRequiredService<IRosterStore>().Load().Select(e => e.Symbol),
            StringComparer.Ordinal);
        IReadOnlyList<Hold> halts = again.GetRequiredService<IHaltStore>().Load();
        Hold hold = Assert.Single(halts, h => h.Kind == HaltKind.Hold);
        Assert.Equal(
            ("h2", "BTC", TradingState.Reducing, "ann", "news", true),
            (hold.Id, hold.Key, hold.State, hold.Actor, hold.Reason, hold.IsOpen));
        Hold latch = Assert.Single(halts, h => h.Kind == HaltKind.Latch);
        Assert.Equal((HaltIds.OfLatch("ETH", 4, 40), "ETH", 4L), (latch.Id, latch.Key, latch.Episode));
    }

    [Fact]
    public async Task Open_NothingMissing_AsksNobody()
    {
        await using var rig = new Rig();
        await FillAsync(rig);
        await using ServiceProvider again = Services(rig);
        GuardianStorage storage = again.GetRequiredService<GuardianStorage>();
        storage.Open();
        Assert.Null(storage.Rescued);
        Assert.Null(again.GetRequiredService<LocalFile>().Loss);
    }

    [Fact]
    public async Task Open_NewFolder_IsNoLoss()
    {
        await using var rig = new Rig();
        await using ServiceProvider services = Services(rig);
        services.GetRequiredService<GuardianStorage>().Open();
        Assert.Null(services.GetRequiredService<LocalFile>().Loss);
    }

    private static async Task FillAsync(Rig rig)
    {
        await using ServiceProvider services = Services(rig);
        services.GetRequiredService<GuardianStorage>().Open();
        IJournal journal = services.GetRequiredService<IJournal>();
        Append(journal, "BTC", 3, new HoldPlaced(10, "h1", DetectionState.Halted, "ann", "first"));
        Append(journal, "BTC", 4, new HoldReleased(20, "h1", "ann", "over"));
        Append(journal, "BTC", 5, new HoldPlaced(30, "h2", DetectionState.Reducing, "ann", "news"));
        Append(journal, "ETH", 1, Latched(episode: 3, at: 10));
        Append(journal, "ETH", 2, new BreakerReset(20, 3, "ann", "looked"));
        Append(journal, "ETH", 2, Latched(episode: 4, at: 40), first: 2);
        Append(journal, "ETH@replay", 1, Latched(episode: 1, at: 5));
        Append(journal, "ETH@replay", 2, new BreakerReset(6, 1, "ann", "looked"));
        await journal.FlushAsync(Make.Soon());
        await services.GetRequiredService<TierWriters>().DrainAsync(Make.Soon());
    }

    private static Transition Latched(long episode, long at) => new(
        at, Guardian.Detection.GuardrailKind.Breaker, string.Empty, "Open", "Latched", DetectionState.Halted, episode,
        false, []);

    private static void Append(IJournal journal, string symbol, long epoch, GuardianEvent happened, long first = 1)
    {
        var packer = new EventPacker();
        packer.Write(first, happened);
        Assert.True(journal.TryAppend(Make.Of(symbol, packer, epoch: epoch), null));
    }

    private static ServiceProvider Services(Rig rig) =>
        new ServiceCollection().AddLogging().AddGuardianStorage(rig.Options).BuildServiceProvider();
}
