using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Postgres;
using Guardian.Storage.Recovery;
using Guardian.Storage.Tests.History;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Storage.Tests.Postgres;

/// <summary>What the history in PostgreSQL and in TimescaleDB has in common.</summary>
public abstract class PostgresHistorySuite(IDatabaseHost host) : HistoryContract, IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private PostgresHistoryStore _store = null!;

    internal override IHistoryStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _database = await host.OpenAsync();
        _store = new PostgresHistoryStore(_database, () => "silo-1");
    }

    public override ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task AppendAsync_OlderEpochAfterANewerOne_KeptMarkedLateAndCounted()
    {
        await _store.AppendAsync([new JournalRow(1, Make.Entry("A", 1, epoch: 1))], Make.Soon());
        await _store.AppendAsync([new JournalRow(2, Make.Entry("A", 1, epoch: 2))], Make.Soon());
        var zombie = new PostgresHistoryStore(_database, () => "silo-2");
        Assert.Equal(2, await zombie.AppendAsync([new JournalRow(1, Make.Entry("A", 4, 2, epoch: 1))], Make.Soon()));
        Assert.Equal(0, await zombie.AppendAsync([new JournalRow(1, Make.Entry("A", 4, 2, epoch: 1))], Make.Soon()));
        Assert.Equal((0L, 2L), (_store.Late, zombie.Late));
        Assert.Equal("1.7|4|true 1.7|5|true", await TextAsync(
            "select string_agg(epoch || '|' || sequence || '|' || late::text, ' ' order by sequence) "
            + "from history where late"));
    }

    [Fact]
    public async Task AppendAsync_EventsThatTheNextEpochHadFolded_AreNotLateHoweverLateTheyCome()
    {
        await _store.AppendAsync([new JournalRow(1, Make.Entry("A", 1, epoch: 1))], Make.Soon());
        // The next one came up with 5 events of the first, and another one with 2 of the second.
        await _store.AppendAsync([new JournalRow(1, Begins(epoch: 2, "record through 1.7/5"))], Make.Soon());
        await _store.AppendAsync([new JournalRow(1, Begins(epoch: 3, "hot+events through 2.7/2"))], Make.Soon());
        Assert.Equal(4, await _store.AppendAsync([new JournalRow(2, Make.Entry("A", 4, 4, epoch: 1))], Make.Soon()));
        Assert.Equal(3, await _store.AppendAsync([new JournalRow(2, Make.Entry("A", 2, epoch: 2))], Make.Soon()));
        // In one batch with what begins; and behind one that does not tell.
        JournalRow[] both =
        [
            new JournalRow(3, Begins(epoch: 4, "record through 3.7/2")),
            new JournalRow(4, Make.Entry("A", 2, 2, epoch: 3)),
            new JournalRow(5, Begins(epoch: 5, "fresh")),
            new JournalRow(6, Make.Entry("A", 2, 1, epoch: 4)),
        ];
        Assert.Equal(5, await _store.AppendAsync(both, Make.Soon()));
        Assert.Equal("1.7|6 1.7|7 2.7|3 2.7|4 3.7|3 4.7|2", await TextAsync(
            "select string_agg(epoch || '|' || sequence, ' ' order by epoch, sequence) from history where late"));
        Assert.Equal(6, _store.Late);
    }

    [Fact]
    public async Task FindTailAsync_EntriesThatWereFolded_AreThereOnceAsTheyWere()
    {
        var tail = new PostgresTail(_database, TimeProvider.System);
        JournalEntry[] sent =
        [
            Make.Entry("A", 1, epoch: 1),
            Make.Entry("A", 4, 2, epoch: 1) with { Producer = "p", ProducerEpoch = 2, ProducerThrough = 7 },
            Make.Entry("A", 6, 2, epoch: 1) with { Count = 0, Payload = [], Producer = "p", ProducerThrough = 9 },
        ];
        JournalRow[] rows = [.. sent.Select((entry, i) => new JournalRow(i + 1, entry))];
        await _store.AppendAsync(rows, Make.Soon());
        await _store.AppendAsync(rows, Make.Soon());
        await _store.AppendAsync([new JournalRow(4, Make.Entry("B", 1))], Make.Soon());
        AssertSame(sent, await tail.FindTailAsync("A", default, 0));
        AssertSame(sent[1..], await tail.FindTailAsync("A", sent[0].Epoch, 3));
        // The entry that holds the last known event may hold more.
        AssertSame(sent[1..], await tail.FindTailAsync("A", sent[0].Epoch, 4));
        AssertSame(sent[2..], await tail.FindTailAsync("A", sent[0].Epoch, 5));
        AssertSame([], await tail.FindTailAsync("A", sent[0].Epoch with { Number = 2 }, 0));
    }

    [Fact]
    public async Task FindTailAsync_WhatCameLateOrWasForgotten_IsNotThere()
    {
        var tail = new PostgresTail(_database, TimeProvider.System);
        JournalEntry first = Make.Entry("A", 1, epoch: 1);
        JournalEntry begins = Begins(epoch: 2, "record through 1.7/5");
        await _store.AppendAsync([new JournalRow(1, first), new JournalRow(2, begins)], Make.Soon());
        JournalEntry folded = Make.Entry("A", 4, 2, epoch: 1);
        await _store.AppendAsync(
            [new JournalRow(3, folded), new JournalRow(4, Make.Entry("A", 6, 2, epoch: 1))], Make.Soon());
        AssertSame([first, folded, begins], await tail.FindTailAsync("A", default, 0));
        JournalEntry forget = new() { Symbol = "A", Class = EventClass.Forget };
        await _store.AppendAsync([new JournalRow(5, forget)], Make.Soon());
        AssertSame([], await tail.FindTailAsync("A", default, 0));
    }

    [Fact]
    public async Task FindTailAsync_AnEntryIsDamaged_WhatComesBeforeItAndWhy()
    {
        var tail = new PostgresTail(_database, TimeProvider.System);
        JournalEntry first = Make.Entry("A", 1);
        await _store.AppendAsync([new JournalRow(1, first), new JournalRow(2, Make.Entry("A", 4, 2))], Make.Soon());
        await TextAsync("with u as (update tails set last_at = last_at + 1 where first_sequence = 4) select ''");
        EventTail found = await tail.FindTailAsync("A", default, 0);
        AssertSame([first], found with { Problem = null });
        Assert.Equal($"an entry of A in {_database.Store} is damaged", found.Problem);
    }

    [Fact]
    public async Task TrimTailsAsync_OldEntries_AreDeletedAndNoOther()
    {
        using var upkeep = new PostgresUpkeep(_database, TimeProvider.System, NullLogger<PostgresUpkeep>.Instance);
        await _store.AppendAsync(
            [new JournalRow(1, Make.Entry("A", 1)), new JournalRow(2, Make.Entry("A", 4, 2))], Make.Soon());
        await TextAsync("with u as (update tails set stored = stored - 901 where first_sequence = 1) select ''");
        Assert.Equal(1, await upkeep.TrimTailsAsync(PostgresTail.Kept, Make.Soon()));
        Assert.Equal(0, await upkeep.TrimTailsAsync(PostgresTail.Kept, Make.Soon()));
        Assert.Equal("4", await TextAsync("select string_agg(first_sequence::text, ' ') from tails"));
    }

    [Fact]
    public async Task ResumeAsync_WhatTheDatabaseHas_IsWhereItIsFedFrom()
    {
        Assert.Equal(0, await _store.ResumeAsync(9, Make.Soon()));
        await _store.AppendAsync([new JournalRow(5, Make.Entry("A", 1))], Make.Soon());
        Assert.Equal(5, await _store.ResumeAsync(9, Make.Soon()));
        Assert.Equal(3, await _store.ResumeAsync(3, Make.Soon()));
        Assert.Equal(0, await new PostgresHistoryStore(_database, () => "silo-2").ResumeAsync(9, Make.Soon()));
        await _store.AppendAsync([new JournalRow(0, Make.Entry("A", 4))], Make.Soon());
        Assert.Equal(5, await _store.ResumeAsync(9, Make.Soon()));
    }

    [Fact]
    public async Task AppendAsync_TwoSilosWithTheSameRows_EachEventOnceAndSumsOfEachOnce()
    {
        var other = new PostgresHistoryStore(_database, () => "silo-2");
        JournalRow[] rows = [.. Enumerable.Range(0, 200).Select(
            i => new JournalRow(i + 1, Make.Entry(((char)('A' + (i % 7))).ToString(), 1 + (i * 3))))];
        long[] added = await Task.WhenAll(new[] { _store, other }.Select(store => Task.Run(async () =>
        {
            long sum = 0;
            foreach (JournalRow[] chunk in rows.Chunk(9)) sum += await store.AppendAsync(chunk, Make.Soon());
            return sum;
        })));
        Assert.Equal(600, added.Sum());
        Assert.Equal("600/600", await TextAsync(
            "select (select count(*) from events) || '/' || (select sum(count) from minutes)"));
    }

    [Fact]
    public async Task AppendAsync_TextsNoDatabaseTakes_StoredAsFarAsItDoes()
    {
        var packer = new EventPacker();
        packer.Write(1, new HoldReleased(Make.T0, "h\0x", "ann", "half \uD800 of one"));
        Assert.Equal(1, await _store.AppendAsync([new JournalRow(1, Make.Of("A", packer))], Make.Soon()));
        HistoryEvent e = Assert.Single((await _store.QueryAsync(new HistoryQuery { Symbol = "A" }, Make.Soon())).Items);
        Assert.Equal(("h", "half \uFFFD of one"), (e.Subject, e.Text));
    }

    [Fact]
    public async Task AppendAsync_EveryKindOfNumber_ComesBackAsItWas()
    {
        double[] values = [0, -0.0, double.MaxValue, double.Epsilon, -1.5];
        Observation At(long sequence) =>
            new(ObservationKind.Price, Make.T0 + sequence, "p", values[sequence - 1]);
        JournalEntry entry = Make.Entry("A", 1, values.Length, observation: At);
        await _store.AppendAsync([new JournalRow(1, entry)], Make.Soon());
        HistoryPage page = await _store.QueryAsync(new HistoryQuery { Symbol = "A" }, Make.Soon());
        Assert.Equal(HistoryMapper.Map(entry), page.Items);
    }

    [Fact]
    public async Task AppendAsync_DatabaseEmptiedBetween_MadeAnewAndFedAgain()
    {
        await _store.AppendAsync([new JournalRow(5, Make.Entry("A", 1))], Make.Soon());
        await using (NpgsqlCommand drop = _database.Writer.CreateCommand("drop schema guardian cascade"))
            await drop.ExecuteNonQueryAsync(Make.Soon());
        await Assert.ThrowsAsync<StorageUnavailableException>(
            () => _store.AppendAsync([new JournalRow(6, Make.Entry("A", 4))], Make.Soon()));
        Assert.Equal(0, await _store.ResumeAsync(5, Make.Soon()));
        Assert.Equal(3, await _store.AppendAsync([new JournalRow(6, Make.Entry("A", 4))], Make.Soon()));
    }

    private static JournalEntry Begins(long epoch, string recoveredFrom)
    {
        var packer = new EventPacker();
        packer.Write(1, new Activated(Make.T0 + epoch, 1, "hash", recoveredFrom, 0));
        return Make.Of("A", packer) with { Epoch = new Epoch(epoch, 7) };
    }

    private static void AssertSame(IReadOnlyList<JournalEntry> expected, EventTail found)
    {
        Assert.Null(found.Problem);
        Assert.Equal(expected.Select(Seal.Of), found.Entries.Select(Seal.Of));
    }

    private async Task<string> TextAsync(string sql)
    {
        await using NpgsqlCommand command = _database.Reader.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Make.Soon()))!;
    }
}
