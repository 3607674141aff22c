using Guardian.Contracts;
using Guardian.Storage.Hot;
using Guardian.Storage.Redis;
using Guardian.Storage.Tests.Hot;
using Guardian.Testing;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;

[assembly: AssemblyFixture(typeof(Guardian.Storage.Tests.Redis.SharedRedis))]

namespace Guardian.Storage.Tests.Redis;

public sealed class RedisHotStoreTests(SharedRedis redis) : HotContract
{
    private RedisRig? _rig;
    private RedisHotStore? _store;

    public override async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        if (_rig is not null) await _rig.DisposeAsync();
    }

    internal override async ValueTask<IHotStore> StoreAsync() => await RealAsync();

    internal override long Refused(IHotStore store) => ((RedisHotStore)store).Refused;

    [Fact]
    public async Task PutAsync_ManySymbolsAndSequences_TheNewestOfEachIsThere()
    {
        RedisHotStore store = await RealAsync();
        Task[] puts =
        [
            .. Enumerable.Range(0, 20_000).Select(i => store.PutAsync(
                Of(2, 7, i / 100) with { Symbol = $"S{i % 100}" }).AsTask()),
        ];
        await Task.WhenAll(puts);
        for (int i = 0; i < 100; i++) Assert.Equal(199, (await store.GetAsync($"S{i}"))!.Sequence);
        Assert.Equal(0, store.Dropped);
    }

    [Fact]
    public async Task PutAsync_StateChanges_IsToldOnceOnTheChannel()
    {
        RedisHotStore store = await RealAsync();
        System.Collections.Concurrent.ConcurrentQueue<string> heard = new();
        await using RedisRig ear = new(redis.Server, serviceId: _rig!.Options.ServiceId);
        ear.Connection.Hear(ear.Connection.Keys.StatesChanged, said => heard.Enqueue(said.ToString()));
        await ear.ReachedAsync();
        await store.PutAsync(Of(2, 7, 5));
        await store.PutAsync(Of(2, 7, 6));
        await store.PutAsync(Of(2, 7, 7) with { TradingState = TradingState.Halted });
        await store.PutAsync(Of(2, 7, 4) with { TradingState = TradingState.Reducing });
        await store.PutAsync(Of(2, 7, 8));
        await Phase.ReachAsync(
            "three changes were told",
            Make.Patience,
            () => Task.FromResult(heard.Count >= 3),
            TestContext.Current.CancellationToken);
        Assert.Equal("A Active 2.7 5, A Halted 2.7 7, A Active 2.7 8", string.Join(", ", heard));
    }

    [Theory]
    [InlineData(0, "snapshot 2.7/5 of A in Redis: its version is 254, this program reads 1")]
    [InlineData(1, "snapshot 2.7/5 of A in Redis: its checksum differs")]
    [InlineData(9, "snapshot 2.7/5 of A in Redis: its checksum differs")]
    [InlineData(17, "snapshot 2.7/5 of A in Redis: its checksum differs")]
    [InlineData(20, "snapshot 2.7/5 of A in Redis: its checksum differs")]
    [InlineData(-1, "snapshot 2.7/5 of A in Redis: it has 3 bytes, too few")]
    [InlineData(-2, "snapshot 3.7/5 of A in Redis: its checksum differs")]
    public async Task FindSnapshotAsync_Damaged_NamedAndRefused(int at, string problem)
    {
        RedisHotStore store = await RealAsync();
        await store.PutSnapshotAsync(Snapshot(2, 5));
        StackExchange.Redis.RedisKey key = _rig!.Connection.Keys.Newest("A");
        byte[] bytes = (byte[])(await _rig.Connection.CallAsync(d => d.HashGetAsync(key, "n")))!;
        if (at == -1) bytes = bytes[..3];
        else if (at >= 0) bytes[at] ^= 255;
        if (at == -2) await _rig.Connection.CallAsync(d => d.HashSetAsync(
            key, "nx", RedisKeys.Order(new Epoch(3, 7), 5)));
        else await _rig.Connection.CallAsync(d => d.HashSetAsync(key, "n", bytes));
        Assert.Equal(new HotSnapshot(null, problem), await store.FindSnapshotAsync("A"));
    }

    [Fact]
    public async Task PutAsync_RedisComesLater_TheNewestOfEachIsWrittenThen()
    {
        RedisRig.NeedsRedis();
        await using RedisServer late = RedisServer.Make();
        await using RedisRig rig = new(late);
        await using RedisHotStore store = New(rig);
        Task<bool>[] puts = [.. Enumerable.Range(1, 1_000).Select(i => store.PutAsync(Of(2, 7, i)).AsTask())];
        Assert.Equal(1, store.Waiting);
        Assert.False(store.Health().Healthy);
        Assert.Equal(1_000, (await store.GetAsync("A"))!.Sequence);
        await late.StartAgainAsync(TestContext.Current.CancellationToken);
        Assert.True(await puts[^1].WaitAsync(Make.Patience, TestContext.Current.CancellationToken));
        Assert.Equal(999, puts.Count(put => put is { IsCompletedSuccessfully: true, Result: false }));
        Assert.Equal(1_000, (await store.GetAsync("A"))!.Sequence);
        Assert.True(store.Health().Healthy);
    }

    [Fact]
    public async Task RunAsync_RedisRestartedEmptyAndOld_WhatIsNewestIsWrittenAgain()
    {
        RedisRig.NeedsRedis();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using RedisServer server = await RedisServer.StartAsync(cancellation);
        await using RedisRig rig = new(server);
        await using RedisHotStore store = New(rig);
        await store.PutAsync(Of(2, 7, 5));
        string snapshot = await server.SnapshotAsync(cancellation);
        await store.PutAsync(Of(2, 7, 6));
        foreach (bool empty in new[] { true, false })
        {
            if (empty) await server.RestartEmptyAsync(cancellation);
            else await server.RestartFromAsync(snapshot, cancellation);
            await Phase.ReachAsync(
                "the newest verdict is in Redis again",
                Make.Patience,
                async () => (await server.CommandAsync(
                    cancellation, "HGET", rig.Connection.Keys.Newest("A")!, "vx")).Contains("6\r\n"),
                cancellation);
        }
    }

    private static RedisHotStore New(RedisRig rig)
    {
        RedisHotStore store = new(rig.Connection, TimeProvider.System, NullLogger<RedisHotStore>.Instance);
        store.Start();
        return store;
    }

    private async Task<RedisHotStore> RealAsync()
    {
        RedisRig.NeedsRedis();
        _rig ??= await new RedisRig(redis.Server).ReachedAsync();
        return _store ??= New(_rig);
    }
}
