using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Guardian.Grains.Tests.Halts;

public sealed class HaltBoardTests
{
    private readonly FakeTimeProvider _time = new(Bench.Start);

    private HaltBoard New(IHaltStore? store = null) => new(
        store ?? new MemoryHaltStore(), new SiloClock(_time), _time, NullLogger<HaltBoard>.Instance);

    [Fact]
    public async Task PlaceAsync_GoodStore_IsFullAndActs()
    {
        HaltBoard board = New();
        Assert.Equal(Durability.Full, await board.PlaceAsync(Bench.Hold("h", TradingState.Halted)));
        Assert.Equal(TradingState.Halted, board.Beyond("live", null).State);
        Assert.Single(board.Open("live"));
    }

    [Fact]
    public async Task PlaceAsync_SlowStore_ActsAtOnceAndSaysNoneAfterPatience()
    {
        var store = new GatedStore();
        HaltBoard board = New(store);
        Task<Durability> placing = board.PlaceAsync(Bench.Hold("h", TradingState.Halted));
        Assert.Equal(TradingState.Halted, board.Beyond("live", null).State);
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(placing.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Durability.None, await placing);
        store.Gate.SetResult();
        Assert.Equal(TradingState.Halted, board.Beyond("live", null).State);
    }

    [Fact]
    public async Task PlaceAsync_FailingStore_ActsAndSaysNone()
    {
        var store = new GatedStore();
        store.Gate.SetException(new IOException("disk"));
        HaltBoard board = New(store);
        Assert.Equal(Durability.None, await board.PlaceAsync(Bench.Hold("h", TradingState.Halted)));
        Assert.Equal(Durability.None, await board.ReleaseAsync("h", "ann", "over"));
        Assert.Equal(TradingState.Active, board.Beyond("live", null).State);
    }

    [Fact]
    public async Task ReleaseAsync_Open_LeavesATombstoneThatIsLoaded()
    {
        var store = new MemoryHaltStore();
        HaltBoard board = New(store);
        await board.PlaceAsync(Bench.Hold("h", TradingState.Halted));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Durability.Full, await board.ReleaseAsync("h", "ann", "over"));
        Assert.Null(await board.ReleaseAsync("h", "ann", "again"));
        Assert.Null(await board.ReleaseAsync("unknown", "ann", "over"));
        HaltBoard reloaded = New(store);
        Assert.Empty(reloaded.Open("live"));
        Hold tombstone = reloaded.Find("h")!;
        Assert.Equal(("ann", "over", Timestamp.From(Bench.Start.AddSeconds(3))), (
            tombstone.ReleasedBy, tombstone.ReleaseReason, tombstone.ReleasedAt));
    }

    [Fact]
    public async Task PlaceAsync_ReleasedId_NeverComesBack()
    {
        HaltBoard board = New();
        await board.PlaceAsync(Bench.Hold("h", TradingState.Halted));
        await board.ReleaseAsync("h", "ann", "over");
        await board.PlaceAsync(Bench.Hold("h", TradingState.Halted));
        Assert.Empty(board.Open("live"));
        Assert.Equal(TradingState.Active, board.Beyond("live", null).State);
    }

    [Fact]
    public async Task Beyond_SeveralHolds_StrictestWithAllThatReach()
    {
        HaltBoard board = New();
        await board.PlaceAsync(Bench.Hold("p", TradingState.Reducing));
        await board.PlaceAsync(Bench.Hold("s", TradingState.Halted, Scope.Strategy, "mm"));
        await board.PlaceAsync(Bench.Hold("symbol", TradingState.Halted, Scope.Symbol, "BTCUSDT"));
        (TradingState state, IReadOnlyList<Hold> holds) = board.Beyond("live", "mm");
        Assert.Equal(TradingState.Halted, state);
        Texts.Equal(["p", "s"], holds.Select(h => h.Id).Order(StringComparer.Ordinal));
        Assert.Equal(TradingState.Reducing, board.Beyond("live", "other").State);
        Assert.Equal(TradingState.Active, board.Beyond("replay", "mm").State);
    }

    [Fact]
    public async Task Forget_Session_DropsOnlyItsEntries()
    {
        HaltBoard board = New();
        await board.PlaceAsync(Bench.Hold("live", TradingState.Halted));
        await board.PlaceAsync(Bench.Hold("other", TradingState.Halted, session: "replay"));
        long version = board.Version;
        board.Forget("replay");
        Assert.Null(board.Find("other"));
        Assert.NotNull(board.Find("live"));
        Assert.True(board.Version > version);
    }

    [Fact]
    public void Merge_AnyOrderAndRepetition_GivesOneState()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            Hold[] entries = [.. Enumerable.Range(0, 8).Select(_ => RandomHold(random))];
            string expected = Merged(entries);
            for (int order = 0; order < 6; order++)
            {
                Hold[] shuffled = [.. entries, .. entries.Take(random.Next(entries.Length))];
                random.Shuffle(shuffled);
                string actual = Merged(shuffled);
                Assert.True(expected == actual, $"seed {seed}, order {order}:\n{expected}\n{actual}");
            }

            foreach (string id in entries.Where(e => !e.IsOpen).Select(e => e.Id))
                Assert.True(!expected.Contains($"{id} open", StringComparison.Ordinal), $"seed {seed}: {id} came back");
        }
    }

    private string Merged(IEnumerable<Hold> entries)
    {
        HaltBoard board = New();
        foreach (Hold entry in entries) board.Merge(entry);
        return string.Join('\n', new[] { "a", "b", "c" }.Select(id => board.Find(id) is { } hold
            ? $"{id} {(hold.IsOpen ? "open" : "released")} {hold}"
            : id));
    }

    private static Hold RandomHold(Random random)
    {
        string id = ((char)('a' + random.Next(3))).ToString();
        Hold hold = Bench.Hold(id, (TradingState)random.Next(1, 3)) with
        {
            Since = new Timestamp(random.Next(1, 4)),
            Actor = $"actor{random.Next(2)}",
        };
        return random.Next(3) > 0 ? hold : hold with
        {
            ReleasedAt = new Timestamp(random.Next(5, 8)),
            ReleasedBy = $"by{random.Next(2)}",
            ReleaseReason = $"why{random.Next(2)}",
        };
    }

    private sealed class GatedStore : IHaltStore
    {
        internal TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task PutAsync(Hold hold) => Gate.Task;

        public IReadOnlyList<Hold> Load() => [];
    }
}
