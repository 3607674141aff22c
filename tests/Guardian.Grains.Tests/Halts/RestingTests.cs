using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Guardian.Grains.Tests.Halts;

/// <summary>Where entries rest, with places that answer late, out of order, or not at all.</summary>
public sealed class RestingTests
{
    private static readonly Hold Entry = Bench.Hold("h", TradingState.Halted);

    private readonly FakeTimeProvider _time = new(Bench.Start);
    private readonly HandStore _local = new();
    private readonly HandStore _peer = new();
    private readonly HandStore _database = new();

    private HaltBoard New(params IHaltPlace[] others) =>
        new(_local, new SiloClock(_time), _time, NullLogger<HaltBoard>.Instance, others);

    [Fact]
    public async Task PlaceAsync_TwoPlacesOfThree_IsFull()
    {
        Task<Durability> placing = New(_peer, _database).PlaceAsync(Entry);
        _local.End(0);
        Assert.False(placing.IsCompleted);
        _database.End(0);
        Assert.Equal(Durability.Full, await placing);
    }

    [Fact]
    public async Task PlaceAsync_OneOfTwoInTime_IsLocal()
    {
        HaltBoard board = New(_peer);
        int told = 0;
        board.OnLate(() => told++);
        Task<Durability> placing = board.PlaceAsync(Entry);
        _local.End(0);
        _time.Advance(HaltBoard.Patience);
        Assert.Equal(Durability.Local, await placing);
        Assert.Equal((1, Entry), (told, Assert.Single(board.Overdue)));
        _peer.End(0);
        Assert.Empty(board.Overdue);
    }

    [Fact]
    public async Task PlaceAsync_ThePeerOnly_IsNone()
    {
        Task<Durability> placing = New(_peer).PlaceAsync(Entry);
        _peer.End(0);
        _local.End(0, new IOException("disk"));
        Assert.Equal(Durability.None, await placing);
    }

    [Fact]
    public async Task PlaceAsync_OwnPlaceIsLostWithTheMachine_CountsAsNone()
    {
        _local.IsVolatile = true;
        Task<Durability> alone = New().PlaceAsync(Entry);
        _local.End(0);
        Assert.Equal(Durability.None, await alone);

        Task<Durability> withPeer = New(_peer).PlaceAsync(Entry);
        _local.End(1);
        Assert.False(withPeer.IsCompleted);
        _peer.End(0);
        Assert.Equal(Durability.Full, await withPeer);
    }

    [Fact]
    public async Task Late_OnlyPastThePatience_IsToldOnceAnEntry()
    {
        HaltBoard board = New();
        int told = 0;
        board.OnLate(() => told++);
        Task<Durability> placing = board.PlaceAsync(Entry);
        Assert.Single(board.Undurable);
        Assert.Empty(board.Overdue);
        _time.Advance(HaltBoard.Patience - TimeSpan.FromMilliseconds(1));
        Assert.Equal((0, false), (told, placing.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Durability.None, await placing);
        Assert.Equal(1, told);
        _local.End(0, new IOException("disk"));
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task ReleaseAsync_WhileThePlacementIsOnItsWay_IsNotTakenForStored()
    {
        HaltBoard board = New();
        Task<Durability> placing = board.PlaceAsync(Entry);
        Task<Durability?> releasing = board.ReleaseAsync("h", "ann", "over");
        _local.End(0);
        Assert.Equal(Durability.Full, await placing);
        Assert.False(Assert.Single(board.Undurable).IsOpen);
        _local.End(1);
        Assert.Equal(Durability.Full, await releasing);
        Assert.Empty(board.Undurable);
    }

    [Fact]
    public async Task ReleaseAsync_StoredBeforeItsPlacement_RestsAsReleased()
    {
        HaltBoard board = New();
        Task<Durability> placing = board.PlaceAsync(Entry);
        Task<Durability?> releasing = board.ReleaseAsync("h", "ann", "over");
        _local.End(1);
        Assert.Equal(Durability.Full, await releasing);
        _local.End(0, new IOException("disk"));
        Assert.Equal(Durability.None, await placing);
        Assert.Empty(board.Undurable);
        Assert.False(Assert.Single(_local.Load()).IsOpen);
    }

    [Fact]
    public async Task ReleaseAsync_TwoAtOnce_OneReleases()
    {
        HaltBoard board = New();
        board.Merge(Entry);
        Task<Durability?> first = board.ReleaseAsync("h", "ann", "over");
        Assert.Null(await board.ReleaseAsync("h", "bob", "over too"));
        _local.End(0);
        Assert.Equal(Durability.Full, await first);
        Assert.Equal("ann", board.Find("h")!.ReleasedBy);
    }

    [Fact]
    public async Task StoreUndurableAsync_AfterFailures_TriesAgainInOrderAndOnlyWhatIsNotOnItsWay()
    {
        HaltBoard board = New();
        foreach (string id in new[] { "c", "a", "b" })
        {
            Task<Durability> placing = board.PlaceAsync(Bench.Hold(id, TradingState.Halted));
            if (id == "b") continue;
            _local.End(_local.Handed.Count - 1, new IOException("disk"));
            Assert.Equal(Durability.None, await placing);
        }

        int before = _local.Handed.Count;
        Task trying = board.StoreUndurableAsync();
        Assert.Equal("c a", string.Join(' ', _local.Handed.Skip(before).Select(h => h.Id)));
        for (int i = 2; i < _local.Handed.Count; i++) _local.End(i);
        await trying;
        Assert.Empty(board.Undurable);
        Assert.Equal("a b c", string.Join(' ', _local.Load().Select(h => h.Id)));
    }

    [Fact]
    public async Task StoreUndurableAsync_PlaceThatFailsOwesMany_TriedWithFewUntilItTakesOne()
    {
        HaltBoard board = New();
        for (int i = 0; i < 20; i++)
        {
            Task<Durability> placing = board.PlaceAsync(Bench.Hold($"h{i:00}", TradingState.Halted));
            _local.End(i, new IOException("disk"));
            await placing;
        }

        HashSet<string> tried = new(StringComparer.Ordinal);
        for (int turn = 0; turn < 5; turn++)
        {
            string[] now = await RetryAsync(board, new IOException("disk"));
            Assert.InRange(now.Length, 1, 16);
            tried.UnionWith(now);
        }

        Assert.Equal(20, tried.Count);
        int taken = (await RetryAsync(board, failure: null)).Length;
        Assert.Equal(20 - taken, (await RetryAsync(board, failure: null)).Length);
        Assert.Empty(board.Undurable);
    }

    private async Task<string[]> RetryAsync(HaltBoard board, Exception? failure)
    {
        int before = _local.Handed.Count;
        Task trying = board.StoreUndurableAsync();
        string[] now = [.. _local.Handed.Skip(before).Select(h => h.Id)];
        for (int i = before; i < _local.Handed.Count; i++) _local.End(i, failure);
        await trying;
        return now;
    }

    [Fact]
    public async Task StoreUndurableAsync_PlaceHangs_GoesOnAfterThePatience()
    {
        HaltBoard board = New();
        Task<Durability> placing = board.PlaceAsync(Entry);
        _local.End(0, new IOException("disk"));
        await placing;
        Task trying = board.StoreUndurableAsync();
        _time.Advance(HaltBoard.Patience);
        await trying;
        Assert.Equal(2, _local.Handed.Count);
        await board.StoreUndurableAsync();
        Assert.Equal(2, _local.Handed.Count);
    }

    [Fact]
    public async Task Forget_Session_DropsWhatWaits()
    {
        HaltBoard board = New();
        Task<Durability> placing = board.PlaceAsync(Bench.Hold("r", TradingState.Halted, session: "replay"));
        _local.End(0, new IOException("disk"));
        await placing;
        board.Forget("replay");
        Assert.Empty(board.Undurable);
        await board.StoreUndurableAsync();
        Assert.Single(_local.Handed);
    }

    [Fact]
    public void Refill_PlaceBeganAnew_GetsWhatItLacks()
    {
        HaltBoard board = New();
        Hold released = Entry with { ReleasedAt = new Timestamp(9), ReleasedBy = "ann", ReleaseReason = "over" };
        board.Merge([released, Bench.Hold("other", TradingState.Halted)]);
        board.Refill([Entry, Bench.Hold("other", TradingState.Halted)]);
        Assert.Equal(released, Assert.Single(_local.Handed));
    }

    /// <summary>A place whose answers the test gives, in its own order; what is answered well is kept.</summary>
    private sealed class HandStore : IHaltStore
    {
        private readonly MemoryHaltStore _kept = new();
        private readonly List<(Hold Hold, TaskCompletionSource Source)> _handed = [];

        public bool IsVolatile { get; set; }

        internal List<Hold> Handed => [.. _handed.Select(h => h.Hold)];

        public Task PutAsync(Hold hold)
        {
            var source = new TaskCompletionSource();
            _handed.Add((hold, source));
            return source.Task;
        }

        public IReadOnlyList<Hold> Load() => _kept.Load();

        internal void End(int index, Exception? error = null)
        {
            (Hold hold, TaskCompletionSource source) = _handed[index];
            if (error is not null)
            {
                source.SetException(error);
                return;
            }

            Assert.True(_kept.PutAsync(hold).IsCompletedSuccessfully);
            source.SetResult();
        }
    }
}
