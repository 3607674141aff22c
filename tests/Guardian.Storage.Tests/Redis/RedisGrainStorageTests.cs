using Guardian.Contracts;
using Guardian.Storage.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Guardian.Storage.Tests.Redis;

public sealed class RedisGrainStorageTests(SharedRedis redis) : IAsyncLifetime
{
    private static readonly GrainId A = GrainId.Create("guardian", "A@replay");

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private RedisRig _rig = null!;

    private RedisGrainStorage Storage => new(
        _rig.Connection,
        _services.GetRequiredService<Serializer>(),
        _services.GetRequiredService<IActivatorProvider>(),
        NullLogger<RedisGrainStorage>.Instance);

    public async ValueTask InitializeAsync()
    {
        RedisRig.NeedsRedis();
        _rig = await new RedisRig(redis.Server).ReachedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_rig is not null) await _rig.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task ReadStateAsync_AfterWrite_StateAndETagAreBack()
    {
        GrainState<GuardianLimits> written = await WrittenAsync("feed");
        GrainState<GuardianLimits> read = await ReadAsync();
        Assert.True(read.RecordExists);
        Assert.Equal("feed", read.State!.Profile);
        Assert.Equal(written.ETag, read.ETag);
    }

    [Fact]
    public async Task ReadStateAsync_NothingStored_EmptyState()
    {
        GrainState<GuardianLimits> read = await ReadAsync();
        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Equal("default", read.State!.Profile);
    }

    [Fact]
    public async Task WriteStateAsync_ManyFirstWrites_OneWins()
    {
        Task<GrainState<GuardianLimits>>[] writes =
            [.. Enumerable.Range(0, 32).Select(i => WrittenAsync($"profile-{i}"))];
        await Task.WhenAll(writes.Select(w => w.ContinueWith(
            _ => 0, Cancellation, TaskContinuationOptions.None, TaskScheduler.Default)));
        int winner = Assert.Single(Enumerable.Range(0, 32), i => writes[i].IsCompletedSuccessfully);
        Assert.Equal($"profile-{winner}", (await ReadAsync()).State!.Profile);
        InconsistentStateException late =
            await Assert.ThrowsAsync<InconsistentStateException>(() => WrittenAsync("late"));
        Assert.Equal("1", late.StoredEtag);
    }

    [Fact]
    public async Task WriteStateAsync_StaleETag_RefusedAlsoAfterAClear()
    {
        GrainState<GuardianLimits> stale = await WrittenAsync("feed");
        GrainState<GuardianLimits> current = await ReadAsync();
        await Storage.WriteStateAsync("guardian", A, current);
        Assert.Equal("2", current.ETag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("guardian", A, stale));
        await Storage.ClearStateAsync("guardian", A, current);
        Assert.False((await ReadAsync()).RecordExists);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("guardian", A, stale));
        GrainState<GuardianLimits> anew = await WrittenAsync("orders");
        Assert.Equal("4", anew.ETag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("guardian", A, stale));
    }

    [Fact]
    public async Task ReadStateAsync_Damaged_ReadAsMissingWithItsETag()
    {
        await WrittenAsync("feed");
        StackExchange.Redis.RedisKey key = _rig.Connection.Keys.Record("guardian", A.ToString());
        await _rig.Connection.CallAsync(d => d.HashSetAsync(key, "payload", "nonsense"));
        GrainState<GuardianLimits> read = await ReadAsync();
        Assert.False(read.RecordExists);
        Assert.Equal("1", read.ETag);
        await Storage.WriteStateAsync("guardian", A, read);
        Assert.True((await ReadAsync()).RecordExists);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<GrainState<GuardianLimits>> WrittenAsync(string profile)
    {
        GrainState<GuardianLimits> state = new(new GuardianLimits { Profile = profile });
        await Storage.WriteStateAsync("guardian", A, state);
        return state;
    }

    private async Task<GrainState<GuardianLimits>> ReadAsync()
    {
        GrainState<GuardianLimits> state = new(new GuardianLimits());
        await Storage.ReadStateAsync("guardian", A, state);
        return state;
    }
}
