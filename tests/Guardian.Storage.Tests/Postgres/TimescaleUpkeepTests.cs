using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Postgres;
using Npgsql;

namespace Guardian.Storage.Tests.Postgres;

[Collection(TimescaleHost.Collection)]
public sealed class TimescaleUpkeepTests(TimescaleHost host) : PostgresUpkeepSuite(host)
{
    protected override string Parts => "select count(*) from show_chunks('events')";

    protected override int PartsAhead => 0;

    [Fact]
    public async Task RetainAsync_ChunksPastTheirTwoDays_CompressedAndReadAndWrittenAsBefore()
    {
        const long Day = 24 * 60 * Minute;
        for (int age = 0; age <= 5; age++) await AppendAsync(EntryReceived(1 + (age * 3), Make.T0 - (age * Day)));
        var store = new PostgresHistoryStore(Database, () => "silo-1");
        var query = new HistoryQuery { Symbol = "A" };
        HistoryPage before = await store.QueryAsync(query, Make.Soon());
        Assert.Equal(18, before.Items.Length);
        Assert.Equal(0, await CompressedAsync());
        Assert.Equal(0, await Upkeep.RetainAsync(Make.Soon()));
        Assert.Equal(3, await CompressedAsync());
        Assert.Equal(before.Items, (await store.QueryAsync(query, Make.Soon())).Items);
        // What comes again is known there too, and what comes late has its place.
        Assert.Equal(0, await AppendAsync(EntryReceived(1 + (5 * 3), Make.T0 - (5 * Day))));
        Assert.Equal(3, await AppendAsync(EntryReceived(100, Make.T0 - (5 * Day))));
        Assert.Equal(0, await Upkeep.RetainAsync(Make.Soon()));
        Assert.Equal(21, (await store.QueryAsync(query, Make.Soon())).Items.Length);
    }

    private async Task<long> CompressedAsync()
    {
        await using NpgsqlCommand command = Database.Reader.CreateCommand(
            "select count(*) from timescaledb_information.chunks where is_compressed");
        return (long)(await command.ExecuteScalarAsync(Make.Soon()))!;
    }
}
