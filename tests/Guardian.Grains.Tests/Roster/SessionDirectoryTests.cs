using Guardian.Contracts;
using Guardian.Grains.Roster;
using Guardian.Storage.Roster;

namespace Guardian.Grains.Tests.Roster;

public sealed class SessionDirectoryTests
{
    private readonly MemoryRosterStore _store = new();

    [Theory]
    [InlineData("live", false)]
    [InlineData("replay", true)]
    public void Get_NeverOpened_LiveIsOnSiloTimeOthersOnRecorded(string session, bool recorded)
    {
        SessionEntry entry = new SessionDirectory(_store).Get(session);
        Assert.Equal((session, recorded, "default"), (entry.Session, entry.RecordedTime, entry.Limits.Profile));
    }

    [Fact]
    public async Task PutAsync_Session_SurvivesARestart()
    {
        var limits = new GuardianLimits { Profile = "feed" };
        await new SessionDirectory(_store).PutAsync(new SessionEntry("paper", limits, RecordedTime: false));
        SessionEntry entry = new SessionDirectory(_store).Get("paper");
        Assert.Equal(("feed", false), (entry.Limits.Profile, entry.RecordedTime));
    }

    [Fact]
    public async Task Roster_Sessions_AreKeptApartAndSorted()
    {
        var directory = new SessionDirectory(_store);
        foreach (string symbol in (string[])["B", "A@replay", "A", "C@replay"])
            await directory.AddAsync(new RosterEntry { Symbol = symbol });
        await directory.RemoveAsync("C@replay");
        var reloaded = new SessionDirectory(_store);
        foreach (SessionDirectory one in (SessionDirectory[])[directory, reloaded])
        {
            Texts.Equal(["A", "B"], one.Roster("live").Select(e => e.Symbol));
            Texts.Equal(["A@replay"], one.Roster("replay").Select(e => e.Symbol));
            Assert.Null(one.Find("C@replay"));
        }
    }

    [Fact]
    public async Task NextProducerEpochAsync_EachCall_RisesPerSessionAndProducer()
    {
        var directory = new SessionDirectory(_store);
        Assert.Equal(1, await directory.NextProducerEpochAsync("live", "p"));
        Assert.Equal(2, await directory.NextProducerEpochAsync("live", "p"));
        Assert.Equal(1, await directory.NextProducerEpochAsync("replay", "p"));
        Assert.Equal(3, await new SessionDirectory(_store).NextProducerEpochAsync("live", "p"));
    }
}
