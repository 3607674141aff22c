using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Hot;

namespace Guardian.Storage.Tests.Hot;

/// <summary>What every L1 promises.</summary>
public abstract class HotContract : IAsyncDisposable
{
    internal abstract ValueTask<IHotStore> StoreAsync();

    internal abstract long Refused(IHotStore store);

    public abstract ValueTask DisposeAsync();

    [Theory]
    [InlineData(2, 7, 5, true)]
    [InlineData(2, 7, 6, true)]
    [InlineData(2, 7, 4, false)]
    [InlineData(2, 6, 99, false)]
    [InlineData(2, 8, 1, true)]
    [InlineData(1, 9, 99, false)]
    [InlineData(3, 1, 1, true)]
    public async Task PutAsync_AgainstEpoch2Sequence5_OlderIsRefused(
        long epoch, int generation, long sequence, bool stored)
    {
        IHotStore store = await StoreAsync();
        Assert.True(await store.PutAsync(Of(2, 7, 5)));
        Assert.Equal(stored, await store.PutAsync(Of(epoch, generation, sequence)));
        Verdict read = (await store.GetAsync("A"))!;
        Assert.Equal(
            stored ? (new Epoch(epoch, generation), sequence) : (new Epoch(2, 7), 5), (read.Epoch, read.Sequence));
        Assert.Equal(stored ? 0 : 1, Refused(store));
    }

    [Fact]
    public async Task GetAsync_AfterPut_EveryMemberIsBack()
    {
        IHotStore store = await StoreAsync();
        Verdict verdict = Of(2, 7, 5) with
        {
            TradingState = TradingState.Halted,
            Episode = 3,
            AsOf = new Timestamp(Make.T0 + 123_456_789),
            Reasons =
            [
                new Reason { Code = "latency.fast", Guardrail = "latency", Subject = "market-data", Value = 101.5 },
            ],
        };
        await store.PutAsync(verdict);
        Assert.Equal(GuardianJson.Write(verdict), GuardianJson.Write(await store.GetAsync("A")));
        Assert.Null(await store.GetAsync("B"));
    }

    [Theory]
    [InlineData(2, 5, true)]
    [InlineData(2, 4, false)]
    [InlineData(1, 99, false)]
    [InlineData(3, 1, true)]
    public async Task PutSnapshotAsync_AgainstEpoch2Sequence5_OlderIsRefused(long epoch, long sequence, bool stored)
    {
        IHotStore store = await StoreAsync();
        Assert.True(await store.PutSnapshotAsync(Snapshot(2, 5)));
        Checkpoint second = Snapshot(epoch, sequence);
        Assert.Equal(stored, await store.PutSnapshotAsync(second));
        HotSnapshot read = await store.FindSnapshotAsync("A");
        Assert.Null(read.Problem);
        Checkpoint expected = stored ? second : Snapshot(2, 5);
        Assert.Equal((expected.Epoch, expected.Sequence, expected.At), (
            read.Newest!.Epoch, read.Newest.Sequence, read.Newest.At));
        Assert.Equal(expected.Payload, read.Newest.Payload);
    }

    [Fact]
    public async Task PutSnapshotAsync_VerdictOfANewerEpochIsThere_Refused()
    {
        IHotStore store = await StoreAsync();
        await store.PutAsync(Of(3, 7, 1));
        Assert.False(await store.PutSnapshotAsync(Snapshot(2, 99)));
        Assert.True(await store.PutSnapshotAsync(Snapshot(3, 1)));
    }

    [Fact]
    public async Task FindSnapshotAsync_NothingStored_Neither() =>
        Assert.Equal(default, await (await StoreAsync()).FindSnapshotAsync("A"));

    [Fact]
    public async Task ForgetAsync_VerdictAndSnapshot_BothGoAndOthersStay()
    {
        IHotStore store = await StoreAsync();
        await store.PutAsync(Of(2, 7, 5));
        await store.PutAsync(Of(2, 7, 5) with { Symbol = "B" });
        await store.PutSnapshotAsync(Snapshot(2, 5));
        await store.ForgetAsync("A");
        Assert.Null(await store.GetAsync("A"));
        Assert.Equal(default, await store.FindSnapshotAsync("A"));
        Assert.NotNull(await store.GetAsync("B"));
        Assert.True(await store.PutAsync(Of(1, 1, 1)));
    }

    [Fact]
    public async Task PutSummaryAsync_TwoSessions_EachHasItsOwn()
    {
        IHotStore store = await StoreAsync();
        await store.PutSummaryAsync(new PortfolioSummary { Session = "live", Symbols = 3 });
        await store.PutSummaryAsync(new PortfolioSummary { Session = "replay", Symbols = 5, AsOf = new(Make.T0) });
        Assert.Equal(3, (await store.GetSummaryAsync("live"))!.Symbols);
        Assert.Equal(5, (await store.GetSummaryAsync("replay"))!.Symbols);
        Assert.Null(await store.GetSummaryAsync("other"));
    }

    internal static Verdict Of(long epoch, int generation, long sequence) =>
        new() { Symbol = "A", Epoch = new Epoch(epoch, generation), Sequence = sequence };

    internal static Checkpoint Snapshot(long epoch, long sequence) =>
        new("A", new Epoch(epoch, 7), sequence, Make.T0 + sequence, [1, 0, 255, (byte)sequence]);
}

public sealed class MemoryHotStoreTests : HotContract
{
    private readonly MemoryHotStore _store = new(keepSnapshots: true);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal override ValueTask<IHotStore> StoreAsync() => ValueTask.FromResult<IHotStore>(_store);

    internal override long Refused(IHotStore store) => _store.Refused;

    [Fact]
    public async Task PutSnapshotAsync_ASilosOwnMemory_KeepsNone()
    {
        IHotStore store = new MemoryHotStore();
        Assert.False(await store.PutSnapshotAsync(Snapshot(2, 5)));
        Assert.Equal(default, await store.FindSnapshotAsync("A"));
    }
}
