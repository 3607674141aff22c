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

    [Fact]
    public async Task AddAsync_StoreFails_ActsAndIsTriedAgainInTheOrderOfTheChanges()
    {
        var store = new FrailStore();
        var directory = new SessionDirectory(store);
        store.Away = true;
        await Assert.ThrowsAsync<IOException>(() => directory.AddAsync(new RosterEntry { Symbol = "A" }));
        await Assert.ThrowsAsync<IOException>(() => directory.AddAsync(new RosterEntry { Symbol = "B" }));
        await Assert.ThrowsAsync<IOException>(() => directory.RemoveAsync("B"));
        Assert.NotNull(directory.Find("A"));
        Assert.Equal(2, directory.Unstored);
        Assert.Equal(2, (await directory.StoreAgainAsync()).Count);
        store.Away = false;
        Assert.Empty(await directory.StoreAgainAsync());
        Assert.Equal(0, directory.Unstored);
        Assert.Equal("A", Assert.Single(store.Load()).Symbol);
    }

    [Fact]
    public async Task WhyNotIssued_AboveTheIssued_IsSaidAndBelievedOnlyWhereTheFileWasLost()
    {
        var store = new FrailStore();
        var directory = new SessionDirectory(store);
        Assert.Equal(1, await directory.NextProducerEpochAsync("live", "p"));
        Assert.Null(directory.WhyNotIssued("live", Of("p", 1)));
        Assert.Null(directory.WhyNotIssued("live", Of("q", 0)));
        Assert.Equal(
            "Condition failed: producerEpoch is 4, but the newest that was issued to p in session live is 1; take a "
                + "new one (POST /producers/NAME).",
            directory.WhyNotIssued("live", Of("p", 4)));
        store.MayLackEpochs = true;
        Assert.Null(directory.WhyNotIssued("live", Of("p", 4)));
        store.MayLackEpochs = false;
        Assert.Null(directory.WhyNotIssued("live", Of("p", 4)));
        Assert.Equal(5, await directory.NextProducerEpochAsync("live", "p"));
        Assert.Null(new SessionDirectory(store).WhyNotIssued("live", Of("p", 5)));
    }

    [Fact]
    public async Task Saw_EpochOfAGuardiansPast_IsTheFloor()
    {
        var directory = new SessionDirectory(new FrailStore());
        directory.Saw("live", "p", 7);
        directory.Saw("live", "p", 3);
        Assert.Null(directory.WhyNotIssued("live", Of("p", 7)));
        Assert.NotNull(directory.WhyNotIssued("live", Of("p", 8)));
        Assert.Equal(8, await directory.NextProducerEpochAsync("live", "p"));
    }

    private static ObservationBatch Of(string producer, long epoch) =>
        new() { Producer = producer, ProducerEpoch = epoch, FirstSequence = 1, Items = [] };

    private sealed class FrailStore : IRosterStore
    {
        private readonly MemoryRosterStore _inner = new();

        internal bool Away { get; set; }

        public bool MayLackEpochs { get; set; }

        public Task PutAsync(RosterEntry entry) => Away ? Gone() : _inner.PutAsync(entry);

        public Task RemoveAsync(string symbol) => Away ? Gone() : _inner.RemoveAsync(symbol);

        public IReadOnlyList<RosterEntry> Load() => _inner.Load();

        public Task PutSessionAsync(SessionEntry session) => _inner.PutSessionAsync(session);

        public IReadOnlyList<SessionEntry> LoadSessions() => _inner.LoadSessions();

        public Task<long> NextProducerEpochAsync(string session, string producer, long above = 0) =>
            _inner.NextProducerEpochAsync(session, producer, above);

        public IReadOnlyList<IssuedEpoch> LoadProducerEpochs() => _inner.LoadProducerEpochs();

        private static Task Gone() => Task.FromException(new IOException("away"));
    }
}
