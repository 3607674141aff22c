using Guardian.Contracts;
using Guardian.Storage.Roster;

namespace Guardian.Storage.Tests.Roster;

/// <summary>What every roster promises.</summary>
public abstract class RosterContract : IAsyncDisposable
{
    internal abstract IRosterStore Store { get; }

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task PutAsync_TwiceThenRemove_LastWins()
    {
        await Store.PutAsync(Entry("B", "default"));
        await Store.PutAsync(Entry("A", "default"));
        await Store.PutAsync(Entry("A", "feed"));
        Assert.Equal([("A", "feed"), ("B", "default")], Store.Load().Select(one => (one.Symbol, one.Limits.Profile)));
        Assert.Equal("00:00:00.2", Store.Load()[0].Limits.Overrides["Latency:Limit"]);
        await Store.RemoveAsync("A");
        await Store.RemoveAsync("never-there");
        Assert.Equal("B", Assert.Single(Store.Load()).Symbol);
    }

    [Fact]
    public async Task PutSessionAsync_Session_IsLoaded()
    {
        var limits = new GuardianLimits { Profile = "feed" };
        await Store.PutSessionAsync(new SessionEntry("replay", limits, RecordedTime: true));
        SessionEntry known = Assert.Single(Store.LoadSessions());
        Assert.Equal(("replay", "feed", true), (known.Session, known.Limits.Profile, known.RecordedTime));
    }

    [Fact]
    public async Task NextProducerEpochAsync_AgainAndAgain_RisesPerSessionAndProducer()
    {
        Assert.Equal(1, await Store.NextProducerEpochAsync("live", "p"));
        Assert.Equal(2, await Store.NextProducerEpochAsync("live", "p"));
        Assert.Equal(1, await Store.NextProducerEpochAsync("replay", "p"));
        Assert.Equal(1, await Store.NextProducerEpochAsync("live", "q"));
    }

    [Fact]
    public async Task NextProducerEpochAsync_AboveWhatWasSeen_IsHigherAndTold()
    {
        Assert.Equal(8, await Store.NextProducerEpochAsync("live", "p", above: 7));
        Assert.Equal(9, await Store.NextProducerEpochAsync("live", "p", above: 3));
        await Store.NextProducerEpochAsync("replay", "p");
        Assert.Equal(
            "live/p/9 replay/p/1",
            string.Join(' ', Store.LoadProducerEpochs().OrderBy(e => e.Session, StringComparer.Ordinal).Select(
                e => $"{e.Session}/{e.Producer}/{e.Epoch}")));
    }

    private static RosterEntry Entry(string symbol, string profile) => new()
    {
        Symbol = symbol,
        Limits = new GuardianLimits { Profile = profile, Overrides = { ["Latency:Limit"] = "00:00:00.2" } },
        AddedAt = new Timestamp(Make.T0),
    };
}

public sealed class MemoryRosterStoreTests : RosterContract
{
    internal override IRosterStore Store { get; } = new MemoryRosterStore();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public sealed class SqliteRosterStoreTests : RosterContract
{
    private readonly Rig _rig = Rig.Opened();

    internal override IRosterStore Store => new SqliteRosterStore(_rig.File);

    public override ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task NextProducerEpochAsync_AfterReopen_GoesOn()
    {
        await Store.NextProducerEpochAsync("live", "p");
        await _rig.ReopenAsync();
        Assert.Equal(2, await Store.NextProducerEpochAsync("live", "p"));
    }
}
