using Guardian.Contracts;
using Guardian.Storage.Hot;

namespace Guardian.Storage.Tests.Hot;

public sealed class MemoryHotStoreTests
{
    [Theory]
    [InlineData(2, 5, true)]
    [InlineData(2, 6, true)]
    [InlineData(2, 4, false)]
    [InlineData(1, 99, false)]
    [InlineData(3, 1, true)]
    public async Task PutAsync_AgainstEpoch2Sequence5_OlderIsRefused(long epoch, long sequence, bool stored)
    {
        var store = new MemoryHotStore();
        Assert.True(await store.PutAsync(Of(2, 5)));
        Assert.Equal(stored, await store.PutAsync(Of(epoch, sequence)));
        Assert.Equal(stored ? sequence : 5, (await store.GetAsync("A"))!.Sequence);
        Assert.Equal(stored ? 0 : 1, store.Refused);
        await store.ForgetAsync("A");
        Assert.Null(await store.GetAsync("A"));
    }

    private static Verdict Of(long epoch, long sequence) =>
        new() { Symbol = "A", Epoch = new Epoch(epoch, 7), Sequence = sequence };
}
