using Guardian.Storage.Journal;
using Guardian.Storage.Postgres;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Guardian.Storage.Tests.Postgres;

public sealed class PostgresUpkeepTests(PostgresHost host) : PostgresUpkeepSuite(host)
{
    private readonly PostgresHost _host = host;

    protected override string Parts => "select count(*) from days";

    protected override int PartsAhead => 1;

    [Fact]
    public async Task RetainAsync_TableIsLocked_GivesUpSoonAndIsTriedAgain()
    {
        await AppendAsync(EntryReceived(1, Make.T0 - (30L * 24 * 60 * Minute)));
        await using NpgsqlConnection other = await Database.Reader.OpenConnectionAsync(Make.Soon());
        await using (NpgsqlTransaction transaction = await other.BeginTransactionAsync(Make.Soon()))
        {
            await using NpgsqlCommand read = new("select count(*) from events", other, transaction);
            await read.ExecuteScalarAsync(Make.Soon());
            var e = await Assert.ThrowsAsync<StorageUnavailableException>(() => Upkeep.RetainAsync(Make.Soon()));
            Assert.Contains("55P03", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await Upkeep.RetainAsync(Make.Soon()));
    }

    [Fact]
    public async Task PrepareAsync_RoleOfASiloBesideItsOwner_ReadsAndWritesButNeitherMakesNorDrops()
    {
        PostgresServer server = await _host.ServerAsync();
        string name = new NpgsqlConnectionStringBuilder(await _host.DatabaseAsync()).Database!;
        await server.SqlAsync(name, $"create role silo_{name} login; create role owner_{name} login", Make.Soon());
        await server.SqlAsync(name, $"grant create on database {name} to owner_{name}", Make.Soon());
        string At(string role) => $"Host=127.0.0.1;Port={server.Port};Database={name};Username={role}_{name}";
        // Without an owner it can't begin, and says what to do.
        await using (PostgresDatabase alone = Open(At("silo"), null))
        {
            var refused = await Assert.ThrowsAsync<PostgresRefusedException>(() => alone.PrepareAsync(Make.Soon()));
            Assert.Contains("Guardian:Postgres:OwnerUri", refused.Message, StringComparison.Ordinal);
        }

        await using (PostgresDatabase both = Open(At("silo"), At("owner"))) await both.PrepareAsync(Make.Soon());
        // Once the schema is there, the role of the silo is enough, also for retention.
        await using PostgresDatabase silo = Open(At("silo"), null);
        await silo.PrepareAsync(Make.Soon());
        var store = new PostgresHistoryStore(silo, () => "silo-1");
        Assert.Equal(3, await store.AppendAsync(
            [new JournalRow(1, EntryReceived(1, Make.T0 - (30L * 24 * 60 * Minute)))], Make.Soon()));
        using var upkeep = new PostgresUpkeep(silo, Time, NullLogger<PostgresUpkeep>.Instance);
        Assert.Equal(1, await upkeep.RetainAsync(Make.Soon()));
        foreach (string forbidden in (string[])
            ["create table guardian.mine(x integer)", "drop table guardian.events", "truncate guardian.events",
             "alter table guardian.events add column x integer", "drop table guardian.minutes"])
        {
            await using NpgsqlCommand command = silo.Writer.CreateCommand(forbidden);
            var e = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Make.Soon()));
            Assert.Equal("42501", e.SqlState);
        }
    }

    private static PostgresDatabase Open(string uri, string? owner) => new(
        new PostgresOptions { Uri = uri, OwnerUri = owner }, NullLogger<PostgresDatabase>.Instance);
}
