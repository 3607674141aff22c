using Guardian.Contracts;
using Guardian.Storage.GrainStorage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Guardian.Storage.Tests.GrainStorage;

public sealed class LocalGrainStorageTests : IAsyncDisposable
{
    private static readonly GrainId A = GrainId.Create("guardian", "A@replay");

    private readonly Rig _rig = Rig.Opened();
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private LocalGrainStorage Storage => new(
        _rig.File,
        _services.GetRequiredService<Serializer>(),
        _services.GetRequiredService<IActivatorProvider>(),
        NullLogger<LocalGrainStorage>.Instance);

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task ReadStateAsync_AfterWriteAndReopen_StateAndETagAreBack()
    {
        GrainState<GuardianLimits> written = await WrittenAsync("feed");
        await _rig.ReopenAsync();
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
    public async Task WriteStateAsync_TwoFirstWrites_OneWins()
    {
        await WrittenAsync("feed");
        var e = await Assert.ThrowsAsync<InconsistentStateException>(() => WrittenAsync("orders"));
        Assert.StartsWith(
            $"Condition failed: record guardian of {A} has another version; a newer activation has written it.",
            e.Message,
            StringComparison.Ordinal);
        Assert.Equal("feed", (await ReadAsync()).State!.Profile);
    }

    [Fact]
    public async Task WriteStateAsync_StaleETagAfterAClear_StillRefused()
    {
        GrainState<GuardianLimits> stale = await WrittenAsync("feed");
        GrainState<GuardianLimits> other = await ReadAsync();
        await Storage.ClearStateAsync("guardian", A, other);
        Assert.False(other.RecordExists);
        await WrittenAsync("orders");
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("guardian", A, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("guardian", A, stale));
    }

    [Fact]
    public async Task ReadStateAsync_DamagedRecord_NamedReadAsMissingAndReplaceable()
    {
        await WrittenAsync("feed");
        await _rig.CloseAsync();
        _rig.Damage("update records set payload = zeroblob(length(payload))");
        _rig.File.Open();
        GrainState<GuardianLimits> read = await ReadAsync();
        Assert.False(read.RecordExists);
        Assert.Equal(
            $"Invariant: record guardian of {A} is damaged: its checksum differs.", Assert.Single(_rig.File.Damages));
        read.State!.Overrides["a"] = "b";
        await Storage.WriteStateAsync("guardian", A, read);
        Assert.Equal("b", (await ReadAsync()).State!.Overrides["a"]);
    }

    [Fact]
    public async Task TryAppend_Forget_TakesTheRecordOfThatKey()
    {
        await WrittenAsync("feed");
        Assert.True(_rig.Journal.TryAppend(Make.Forget("A"), null));
        await _rig.Journal.FlushAsync(Make.Soon());
        Assert.True((await ReadAsync()).RecordExists);
        Assert.True(_rig.Journal.TryAppend(Make.Forget("A@replay"), null));
        await _rig.Journal.FlushAsync(Make.Soon());
        Assert.False((await ReadAsync()).RecordExists);
    }

    private async Task<GrainState<GuardianLimits>> WrittenAsync(string profile)
    {
        var state = new GrainState<GuardianLimits> { State = new GuardianLimits { Profile = profile } };
        await Storage.WriteStateAsync("guardian", A, state);
        Assert.True(state.RecordExists);
        return state;
    }

    private async Task<GrainState<GuardianLimits>> ReadAsync()
    {
        var state = new GrainState<GuardianLimits>();
        await Storage.ReadStateAsync("guardian", A, state);
        return state;
    }
}
