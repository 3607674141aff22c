using Guardian.Contracts;
using Guardian.Storage.Checkpoints;

namespace Guardian.Storage.Tests.Checkpoints;

/// <summary>What every store of checkpoints promises.</summary>
public abstract class CheckpointContract : IAsyncDisposable
{
    internal abstract ICheckpointStore Store { get; }

    public abstract ValueTask DisposeAsync();

    internal static Checkpoint Of(long sequence, long epoch = 1, string symbol = "A") =>
        new(symbol, new Epoch(epoch, 7), sequence, sequence * 10, [1, 2, (byte)sequence]);

    [Fact]
    public void Find_Nothing_SaysSo()
    {
        CheckpointLookup lookup = Store.Find("A");
        Assert.Null(lookup.Newest);
        Assert.Empty(lookup.Damaged);
    }

    [Fact]
    public async Task Find_Several_GivesTheNewestOfThatSymbol()
    {
        await Store.SaveAsync(Of(5));
        await Store.SaveAsync(Of(2, epoch: 2));
        await Store.SaveAsync(Of(99, epoch: 9, symbol: "B"));
        Checkpoint? newest = Store.Find("A").Newest;
        Assert.Equal((2L, 2L, 20L), (newest!.Epoch.Number, newest.Sequence, newest.At));
        Assert.Equal([1, 2, 2], newest.Payload);
    }

    [Fact]
    public async Task SaveAsync_OlderEpoch_Refused()
    {
        await Store.SaveAsync(Of(5, epoch: 2));
        var e = await Assert.ThrowsAsync<StaleEpochException>(() => Store.SaveAsync(Of(9, epoch: 1)));
        Assert.Equal(
            "Condition failed: a checkpoint of A is of epoch 1.7; epoch 2.7 has taken over. "
            + "Deactivate the older guardian.",
            e.Message);
        Assert.Equal(5, Store.Find("A").Newest!.Sequence);
    }
}

public sealed class MemoryCheckpointStoreTests : CheckpointContract
{
    internal override ICheckpointStore Store { get; } = new MemoryCheckpointStore();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public sealed class SqliteCheckpointStoreTests : CheckpointContract
{
    private readonly Rig _rig = Rig.Opened();

    internal override ICheckpointStore Store => new SqliteCheckpointStore(_rig.File);

    public override ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData("update checkpoints set payload = x'0102ff' where sequence = 5", "its checksum differs")]
    [InlineData("update checkpoints set payload = x'0102' where sequence = 5", "its length is 2, not 3")]
    [InlineData("update checkpoints set at = at + 1 where sequence = 5", "its checksum differs")]
    [InlineData("update checkpoints set version = 2 where sequence = 5",
        "its version is 2, and this build reads up to 1")]
    public async Task Find_NewestDamaged_NamesItAndUsesTheOneBefore(string damage, string problem)
    {
        await Store.SaveAsync(Of(4));
        await Store.SaveAsync(Of(5));
        await _rig.CloseAsync();
        _rig.Damage(damage);
        _rig.File.Open();
        CheckpointLookup lookup = Store.Find("A");
        Assert.Equal(4, lookup.Newest!.Sequence);
        Assert.Equal(new DamagedCheckpoint("A", new Epoch(1, 7), 5, problem), Assert.Single(lookup.Damaged));
        Assert.Equal($"Invariant: checkpoint 1.7/5 of A is refused: {problem}.", Assert.Single(_rig.File.Damages));
    }

    [Fact]
    public async Task Find_PayloadsSwapped_BothRefused()
    {
        await Store.SaveAsync(Of(4));
        await Store.SaveAsync(Of(5));
        await _rig.CloseAsync();
        _rig.Damage(
            "update checkpoints set sequence = 9 - sequence + 1000; "
            + "update checkpoints set sequence = sequence - 1000");
        _rig.File.Open();
        CheckpointLookup lookup = Store.Find("A");
        Assert.Null(lookup.Newest);
        Assert.Equal(2, lookup.Damaged.Count);
    }

    [Fact]
    public async Task SaveAsync_FourthOfASymbol_OldestGoes()
    {
        for (int i = 1; i <= 5; i++) await Store.SaveAsync(Of(i));
        await Store.SaveAsync(Of(1, symbol: "B"));
        await _rig.CloseAsync();
        _rig.Damage("update checkpoints set checksum = 0");
        _rig.File.Open();
        Assert.Equal([5L, 4, 3], Store.Find("A").Damaged.Select(one => one.Sequence));
        Assert.Single(Store.Find("B").Damaged);
    }
}
