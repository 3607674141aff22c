using Guardian.Contracts;
using Guardian.Storage.Halts;
using Guardian.Storage.Postgres;
using Guardian.Storage.Tests.Halts;
using Guardian.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Guardian.Storage.Tests.Postgres;

/// <summary>What the halt board in PostgreSQL and in TimescaleDB has in common.</summary>
public abstract class PostgresHaltSuite(IDatabaseHost host) : HaltContract, IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private PostgresHaltPlace _place = null!;

    internal override IHaltStore Store => new Read(_place);

    public async ValueTask InitializeAsync()
    {
        _database = await host.OpenAsync();
        _place = Place(_database);
    }

    public override async ValueTask DisposeAsync()
    {
        await _place.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Start_TwoSilos_EachSeesWhatTheOtherStored()
    {
        await using PostgresHaltPlace other = Place(_database);
        Assert.False(other.IsRead);
        other.Start();
        await _place.PutAsync(Make.Hold("h1"));
        await Seen(other, "h1", open: true);
        await _place.PutAsync(Make.Hold("h1").Release(Make.T0 + 9));
        await Seen(other, "h1", open: false);
    }

    [Fact]
    public async Task PutAsync_ManyEntriesAndReleasesAtOnce_NoTombstoneIsOverwritten()
    {
        await using PostgresHaltPlace other = Place(_database);
        Hold[] entries = [.. Enumerable.Range(0, 20).Select(i => Make.Hold($"h{i:00}"))];
        await Task.WhenAll(entries.Select((entry, i) => Task.WhenAll(
            _place.PutAsync(i % 2 == 0 ? entry : entry.Release(Make.T0 + 9)),
            other.PutAsync(i % 2 == 0 ? entry.Release(Make.T0 + 9) : entry))));
        await _place.LookAsync();
        Assert.Equal(20, _place.Read().Count);
        Assert.DoesNotContain(_place.Read(), hold => hold.IsOpen);
    }

    [Fact]
    public async Task Forget_OpenEntries_AreGoneAtOnceAndLaterInTheDatabase()
    {
        await _place.PutAsync(Make.Hold("replay", session: "replay"));
        await _place.PutAsync(Make.Hold("live"));
        await _place.LookAsync();
        _place.Forget(["replay"]);
        Assert.Equal("live", Assert.Single(_place.Read()).Id);
        await _place.LookAsync();
        await using PostgresHaltPlace other = Place(_database);
        await other.LookAsync();
        Assert.Equal("live", Assert.Single(other.Read()).Id);
    }

    [Fact]
    public async Task LookAsync_DamagedEntry_LeftOutAndWholeAfterTheNextWrite()
    {
        await _place.PutAsync(Make.Hold("h1"));
        await _place.PutAsync(Make.Hold("h2"));
        await using (NpgsqlCommand damage = _database.Writer.CreateCommand(
            "update halts set payload = '\\x7b7d' where id = 'h1'; update halts_version set version = version + 1"))
            await damage.ExecuteNonQueryAsync(Make.Soon());
        await _place.LookAsync();
        Assert.Equal("h2", Assert.Single(_place.Read()).Id);
        await Store.PutAsync(Make.Hold("h1"));
        Assert.Equal("h1 h2", string.Join(' ', _place.Read().Select(hold => hold.Id)));
    }

    [Fact]
    public async Task LookAsync_DatabaseReplacedByAnEmptyOne_ReadAnew()
    {
        await _place.PutAsync(Make.Hold("h1"));
        await _place.LookAsync();
        long before = _place.Version;
        await using (NpgsqlCommand drop = _database.Writer.CreateCommand("drop schema guardian cascade"))
            await drop.ExecuteNonQueryAsync(Make.Soon());
        await Assert.ThrowsAsync<StorageUnavailableException>(_place.LookAsync);
        Assert.Single(_place.Read());
        await _place.LookAsync();
        Assert.Empty(_place.Read());
        Assert.True(_place.Version > before);
    }

    [Fact]
    public async Task PutAsync_ServerAway_FailsInWordsWithoutThePassword()
    {
        await using PostgresDatabase away = new(
            new PostgresOptions { Uri = "postgresql://me:geheim@127.0.0.1:1/db" },
            NullLogger<PostgresDatabase>.Instance);
        await using PostgresHaltPlace place = Place(away);
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => place.PutAsync(Make.Hold("h1")));
        Assert.StartsWith(
            "Condition failed: PostgreSQL at 127.0.0.1:1/db can't be used (", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", error.ToString(), StringComparison.Ordinal);
        Assert.Null(error.InnerException);
        Assert.False(place.IsRead);
    }

    private static PostgresHaltPlace Place(PostgresDatabase database) =>
        new(database, TimeProvider.System, NullLogger<PostgresHaltPlace>.Instance);

    private static Task Seen(PostgresHaltPlace place, string id, bool open) => Phase.ReachAsync(
        $"{id} is read",
        TimeSpan.FromSeconds(20),
        () => Task.FromResult(place.Read().Any(hold => hold.Id == id && hold.IsOpen == open)),
        TestContext.Current.CancellationToken);

    /// <summary>The place with what was read made to be of now.</summary>
    private sealed class Read(PostgresHaltPlace place) : IHaltStore
    {
        public async Task PutAsync(Hold hold)
        {
            await place.PutAsync(hold);
            await place.LookAsync();
        }

        public async Task RemoveAsync(IReadOnlyList<string> ids)
        {
            await place.RemoveAsync(ids);
            await place.LookAsync();
        }

        public IReadOnlyList<Hold> Load() => place.Read();
    }
}
