using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Storage.Halts;
using Guardian.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Guardian.Grains.Tests.Halts;

public sealed class HaltKeeperTests
{
    private readonly FakeTimeProvider _time = new(Bench.Start);
    private readonly MemoryHaltStore _store = new();

    [Fact]
    public void Poll_SourcesWithNews_AreMergedAndStored()
    {
        HaltBoard board = NewBoard(_store);
        var peer = new Source { Entries = [Bench.Hold("p", TradingState.Halted)] };
        using HaltKeeper keeper = NewKeeper(board, _store, peer);
        keeper.Poll();
        keeper.Poll();
        Assert.Equal(1, peer.Reads);
        Assert.Equal("p", Assert.Single(_store.Load()).Id);
        peer.Entries = [Tombstone("p", 9)];
        peer.Version++;
        keeper.Poll();
        Assert.Empty(board.Open("live"));
        Assert.False(Assert.Single(_store.Load()).IsOpen);
    }

    [Fact]
    public async Task StartAsync_SourceTellsOfNews_IsHeardWithoutATick()
    {
        HaltBoard board = NewBoard(_store);
        var peer = new Source();
        using HaltKeeper keeper = NewKeeper(board, _store, peer);
        await keeper.StartAsync(TestContext.Current.CancellationToken);
        for (int i = 1; i <= 3; i++)
        {
            await Phase.ReachAsync(
                "it listens", TimeSpan.FromSeconds(10), () => Task.FromResult(peer.Tell is not null),
                TestContext.Current.CancellationToken);
            peer.Entries = [Bench.Hold($"p{i}", TradingState.Halted)];
            peer.Version++;
            peer.Tell!();
            await Phase.ReachAsync(
                $"hold p{i} is on the board", TimeSpan.FromSeconds(10),
                () => Task.FromResult(board.Find($"p{i}") is not null), TestContext.Current.CancellationToken);
        }

        await keeper.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Poll_SourceThatFails_IsAskedAgainAndTheOthersAreHeard()
    {
        HaltBoard board = NewBoard(_store);
        var broken = new Source { Error = new IOException("away"), Entries = [Bench.Hold("b", TradingState.Halted)] };
        var good = new Source { Entries = [Bench.Hold("g", TradingState.Halted)] };
        using HaltKeeper keeper = NewKeeper(board, _store, broken, good);
        keeper.Poll();
        Assert.Equal("g", Assert.Single(board.Entries).Id);
        broken.Error = null;
        keeper.Poll();
        Assert.Equal(2, board.Entries.Count);
    }

    [Fact]
    public void Poll_OwnStoreBeganAnew_GetsEverythingTheBoardKnows()
    {
        var store = new LossyStore();
        HaltBoard board = NewBoard(store);
        Assert.True(board.PlaceAsync(Bench.Hold("h", TradingState.Halted)).IsCompletedSuccessfully);
        using HaltKeeper keeper = NewKeeper(board, store);
        keeper.Poll();
        store.Lose(keep: Bench.Hold("salvaged", TradingState.Reducing));
        keeper.Poll();
        Assert.Equal("h salvaged", string.Join(' ', store.Load().Select(h => h.Id)));
        Assert.Equal(2, board.Open("live").Count);
    }

    [Fact]
    public void ForgetOldTombstones_OldAndTooMany_GoAndOpenOnesNever()
    {
        long now = Timestamp.From(Bench.Start).UnixNanoseconds;
        long age = HaltBoard.TombstoneAge.Ticks * 100;
        var store = new MemoryHaltStore();
        Hold[] entries =
        [
            .. Enumerable.Range(0, HaltBoard.KeptTombstones).Select(i => Tombstone($"new-{i}", now - age + 1 + i)),
            Tombstone("on-the-bound", now - age),
            Tombstone("old", now - age - 1),
            Tombstone("older", now - age - 2),
            Bench.Hold("open", TradingState.Halted) with { Since = new Timestamp(1) },
        ];
        foreach (Hold entry in entries) Assert.True(store.PutAsync(entry).IsCompletedSuccessfully);
        HaltBoard board = NewBoard(store);
        Assert.Equal(2, board.ForgetOldTombstones());
        Assert.Equal(0, board.ForgetOldTombstones());
        Assert.Null(board.Find("old"));
        Assert.NotNull(board.Find("on-the-bound"));
        Assert.NotNull(board.Find("open"));
        Assert.Equal(HaltBoard.KeptTombstones + 2, store.Load().Count);
    }

    private static Hold Tombstone(string id, long releasedAt) => Bench.Hold(id, TradingState.Halted) with
    {
        ReleasedAt = new Timestamp(releasedAt),
        ReleasedBy = "ann",
        ReleaseReason = "over",
    };

    private HaltBoard NewBoard(IHaltStore store) =>
        new(store, new SiloClock(_time), _time, NullLogger<HaltBoard>.Instance);

    private HaltKeeper NewKeeper(HaltBoard board, IHaltStore store, params IHaltSource[] sources)
    {
        var clock = new SiloClock(_time);
        var file = new KillFile(new GuardianGrainOptions(), board, clock, NullLogger<KillFile>.Instance);
        return new HaltKeeper(board, store, file, sources, _time, NullLogger<HaltKeeper>.Instance);
    }

    private sealed class Source : IHaltSource
    {
        internal IReadOnlyList<Hold> Entries { get; set; } = [];

        internal Exception? Error { get; set; }

        internal int Reads { get; private set; }

        internal Action? Tell { get; private set; }

        public void OnChanged(Action tell) => Tell = tell;

        public string Name => "peer";

        public long Version { get; set; } = 1;

        public IReadOnlyList<Hold> Read()
        {
            if (Error is not null) throw Error;
            Reads++;
            return Entries;
        }
    }

    private sealed class LossyStore : IHaltStore, IHaltSource
    {
        private MemoryHaltStore _inner = new();

        public string Name => "store";

        public long Version { get; private set; }

        public Task PutAsync(Hold hold) => _inner.PutAsync(hold);

        public IReadOnlyList<Hold> Load() => _inner.Load();

        public IReadOnlyList<Hold> Read() => Load();

        internal void Lose(Hold keep)
        {
            _inner = new MemoryHaltStore();
            Assert.True(_inner.PutAsync(keep).IsCompletedSuccessfully);
            Version++;
        }
    }
}
