using CsCheck;
using Guardian.Contracts;
using Guardian.Storage.Halts;

namespace Guardian.Storage.Tests.Halts;

/// <summary>What every halt board promises.</summary>
public abstract class HaltContract : IAsyncDisposable
{
    internal abstract IHaltStore Store { get; }

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task PutAsync_Hold_IsLoadedAsWritten()
    {
        await Store.PutAsync(Make.Hold("h1", "A", Scope.Symbol));
        Assert.Equal(Make.Hold("h1", "A", Scope.Symbol), Assert.Single(Store.Load()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PutAsync_TombstoneAndEntry_TombstoneWinsInAnyOrder(bool tombstoneFirst)
    {
        Hold hold = Make.Hold("h1");
        Hold[] order = tombstoneFirst ? [hold.Release(Make.T0 + 9), hold] : [hold, hold.Release(Make.T0 + 9)];
        foreach (Hold one in order) await Store.PutAsync(one);
        Hold known = Assert.Single(Store.Load());
        Assert.False(known.IsOpen);
        Assert.Equal("bob", known.ReleasedBy);
    }

    [Fact]
    public async Task PutAsync_TwoReleases_TheEarliestIsKept()
    {
        await Store.PutAsync(Make.Hold("h1").Release(Make.T0 + 9, "late"));
        await Store.PutAsync(Make.Hold("h1").Release(Make.T0 + 3, "early"));
        await Store.PutAsync(Make.Hold("h1").Release(Make.T0 + 5, "middle"));
        Assert.Equal("early", Assert.Single(Store.Load()).ReleasedBy);
    }

    [Fact]
    public async Task PutAsync_Latch_ComesBackWithKindAndEpisode()
    {
        Hold latch = Make.Hold("latch-3-1f-0", "A", Scope.Symbol) with { Kind = HaltKind.Latch, Episode = 3 };
        await Store.PutAsync(latch);
        Assert.Equal(latch, Assert.Single(Store.Load()));
        await Store.PutAsync(latch.Release(Make.T0 + 9));
        await Store.PutAsync(latch);
        Assert.False(Assert.Single(Store.Load()).IsOpen);
    }

    [Fact]
    public async Task RemoveAsync_ReleasedAndOpen_OnlyTombstonesGo()
    {
        await Store.PutAsync(Make.Hold("open"));
        await Store.PutAsync(Make.Hold("over").Release(Make.T0 + 1));
        await Store.PutAsync(Make.Hold("kept").Release(Make.T0 + 1));
        await Store.RemoveAsync(["open", "over", "unknown"]);
        Assert.Equal("kept open", string.Join(' ', Store.Load().Select(hold => hold.Id)));
    }
}

public sealed class MemoryHaltStoreTests : HaltContract
{
    internal override IHaltStore Store { get; } = new MemoryHaltStore();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public sealed class SqliteHaltStoreTests : HaltContract
{
    private readonly Rig _rig = Rig.Opened();

    internal override IHaltStore Store => new SqliteHaltStore(_rig.File);

    public override ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Load_AfterReopen_EverythingIsThere()
    {
        await Store.PutAsync(Make.Hold("h1"));
        await Store.PutAsync(Make.Hold("h2").Release(Make.T0 + 1));
        await _rig.ReopenAsync();
        Assert.Equal([true, false], Store.Load().Select(hold => hold.IsOpen));
    }

    [Fact]
    public async Task Load_DamagedRow_NamedAndTheOthersLoaded()
    {
        await Store.PutAsync(Make.Hold("h1"));
        await Store.PutAsync(Make.Hold("h2"));
        await _rig.CloseAsync();
        _rig.Damage("update halts set payload = replace(payload, 'news', 'none') where id = 'h1'");
        _rig.File.Open();
        Assert.Equal("h2", Assert.Single(Store.Load()).Id);
        Assert.Equal("Invariant: row h1 of halts is damaged: its checksum differs.", Assert.Single(_rig.File.Damages));
    }

    [Fact]
    public async Task Forget_OfASession_TakesItsHoldsAndLeavesLiveOnes()
    {
        await Store.PutAsync(Make.Hold("live-all"));
        await Store.PutAsync(Make.Hold("live-a", "A", Scope.Symbol));
        await Store.PutAsync(Make.Hold("replay-all", session: "replay"));
        await Store.PutAsync(Make.Hold("replay-a", "A@replay", Scope.Symbol, "replay"));
        Assert.True(_rig.Journal.TryAppend(Make.Forget("A@replay"), null));
        await _rig.Journal.FlushAsync(Make.Soon());
        Assert.Equal("live-a live-all", Ids());
        Assert.True(_rig.Journal.TryAppend(Make.Forget("A"), null));
        await _rig.Journal.FlushAsync(Make.Soon());
        Assert.Equal("live-all", Ids());

        string Ids() => string.Join(' ', Store.Load().Select(hold => hold.Id));
    }
}

public sealed class HaltMergeTests
{
    private static readonly Gen<Hold> Holds = Gen.Select(
        Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 1], Gen.Int[0, 3], Gen.Bool)
        .Select((since, released, who, why, reducing) =>
        {
            Hold hold = Make.Hold("h1") with
            {
                Since = new Timestamp(since),
                Reason = $"why {why / 2}",
                Kind = (HaltKind)(why % 2),
                Episode = (why % 2) * since,
                State = reducing ? TradingState.Reducing : TradingState.Halted,
            };
            return released == 0 ? hold : hold.Release(released, $"who {who}");
        });

    [Fact]
    public void Merge_AnyOrder_GivesTheSame() =>
        Gen.Select(Holds, Holds, Holds).Sample((a, b, c) =>
        {
            Assert.Equal(HaltMerge.Merge(a, b), HaltMerge.Merge(b, a));
            Assert.Equal(HaltMerge.Merge(a, HaltMerge.Merge(b, c)), HaltMerge.Merge(HaltMerge.Merge(a, b), c));
            Assert.Equal(a, HaltMerge.Merge(a, a));
            Assert.Equal(a.IsOpen && b.IsOpen, HaltMerge.Merge(a, b).IsOpen);
        });
}
