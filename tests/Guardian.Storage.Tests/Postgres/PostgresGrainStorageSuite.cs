using Guardian.Contracts;
using Guardian.Storage.GrainStorage;
using Guardian.Storage.Postgres;
using Guardian.Testing;
using Guardian.Testing.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace Guardian.Storage.Tests.Postgres;

/// <summary>What the grain storage in PostgreSQL and in TimescaleDB has in common.</summary>
public abstract class PostgresGrainStorageSuite(IDatabaseHost host) : IAsyncLifetime
{
    protected static readonly GrainId A = GrainId.Create("guardian", "A@replay");

    private readonly ServiceProvider _services = new ServiceCollection()
        .AddSerializer().AddLogging().Configure<ClusterOptions>(o => o.ServiceId = "guardian").BuildServiceProvider();

    private PostgresDatabase _database = null!;
    private GrainStorageDoor _storage = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await host.OpenAsync();
        _storage = Door(_database);
        await OpenAsync(_storage);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _storage.DisposeAsync();
        await _database.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task ReadStateAsync_AfterWrite_StateAndETagAreBack()
    {
        GrainState<GuardianLimits> written = await WrittenAsync(A, "feed");
        GrainState<GuardianLimits> read = await ReadAsync(A);
        Assert.True(read.RecordExists);
        Assert.Equal(("feed", "1", "1"), (read.State!.Profile, read.ETag, written.ETag));
        await _storage.WriteStateAsync("guardian", A, read);
        Assert.Equal("2", read.ETag);
    }

    [Fact]
    public async Task ReadStateAsync_NothingStored_EmptyState()
    {
        GrainState<GuardianLimits> read = await ReadAsync(A);
        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Equal("default", read.State!.Profile);
    }

    [Fact]
    public async Task WriteStateAsync_TwoFirstWrites_OneWins()
    {
        await WrittenAsync(A, "feed");
        await Assert.ThrowsAsync<InconsistentStateException>(() => WrittenAsync(A, "orders"));
        Assert.Equal("feed", (await ReadAsync(A)).State!.Profile);
        Assert.Equal(1, _storage.Conflicts);
    }

    [Fact]
    public async Task WriteStateAsync_ManyFirstWritesAtOnce_OneWinsEachTime()
    {
        for (int i = 0; i < 50; i++)
        {
            GrainId id = GrainId.Create("guardian", $"K{i}");
            bool[] won = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                try
                {
                    await WrittenAsync(id, "feed");
                    return true;
                }
                catch (InconsistentStateException)
                {
                    return false;
                }
            })));
            Assert.Single(won, one => one);
        }

        await using NpgsqlCommand count = _database.Records.CreateCommand("select count(*), max(version) from records");
        await using NpgsqlDataReader reader = await count.ExecuteReaderAsync(Make.Soon());
        Assert.True(await reader.ReadAsync(Make.Soon()));
        Assert.Equal((50L, 1), (reader.GetInt64(0), reader.GetInt32(1)));
    }

    [Fact]
    public async Task WriteStateAsync_StaleETag_RefusedAndNothingChanged()
    {
        await WrittenAsync(A, "feed");
        GrainState<GuardianLimits> stale = await ReadAsync(A);
        GrainState<GuardianLimits> newer = await ReadAsync(A);
        newer.State = new GuardianLimits { Profile = "orders" };
        await _storage.WriteStateAsync("guardian", A, newer);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("guardian", A, stale));
        Assert.Equal("orders", (await ReadAsync(A)).State!.Profile);
    }

    [Fact]
    public async Task WriteStateAsync_StaleETagAfterAClear_StillRefused()
    {
        GrainState<GuardianLimits> stale = await WrittenAsync(A, "feed");
        GrainState<GuardianLimits> other = await ReadAsync(A);
        await _storage.ClearStateAsync("guardian", A, other);
        Assert.False(other.RecordExists);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("guardian", A, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("guardian", A, stale));
        Assert.Equal("default", (await ReadAsync(A)).State!.Profile);
    }

    [Fact]
    public async Task WriteStateAsync_SymbolsThatReadAsNumbers_KeepApart()
    {
        string[] names = ["ADA", "0ADA", "ada", "10", "010", "A", "0A", "b7e0c1f0a0b04c6ea8f3d1c2b3a49586"];
        foreach (string name in names) await WrittenAsync(GrainId.Create("guardian", name), name);
        foreach (string name in names)
            Assert.Equal(name, (await ReadAsync(GrainId.Create("guardian", name))).State!.Profile);
    }

    internal static Task OpenAsync(GrainStorageDoor door)
    {
        door.Start();
        return Phase.ReachAsync(
            "the door is open",
            TimeSpan.FromSeconds(20),
            () => Task.FromResult(door.Health().Healthy),
            TestContext.Current.CancellationToken,
            () => door.Health().LastError ?? string.Empty);
    }

    internal GrainStorageDoor Door(PostgresDatabase database) => new(
        new PostgresGrainStorage(database, "guardian", _services),
        new StorageOptions(),
        TimeProvider.System,
        NullLogger<GrainStorageDoor>.Instance);

    private async Task<GrainState<GuardianLimits>> WrittenAsync(GrainId id, string profile)
    {
        var state = new GrainState<GuardianLimits> { State = new GuardianLimits { Profile = profile } };
        await _storage.WriteStateAsync("guardian", id, state);
        Assert.True(state.RecordExists);
        return state;
    }

    private async Task<GrainState<GuardianLimits>> ReadAsync(GrainId id)
    {
        var state = new GrainState<GuardianLimits>();
        await _storage.ReadStateAsync("guardian", id, state);
        return state;
    }
}
