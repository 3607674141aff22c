using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Postgres;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Storage.Tests.Postgres;

public sealed class PostgresUpkeepTests(PostgresHost host) : IAsyncLifetime
{
    private const long Minute = 60_000_000_000;
    private const long Start = Make.T0 / (10 * Minute) * (10 * Minute);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddTicks(Make.T0 / 100));
    private PostgresDatabase _database = null!;
    private PostgresUpkeep _upkeep = null!;
    private PostgresHistoryStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await host.OpenAsync();
        _upkeep = new PostgresUpkeep(_database, _time, NullLogger<PostgresUpkeep>.Instance);
        _store = new PostgresHistoryStore(_database, () => "silo-1", _upkeep);
    }

    public async ValueTask DisposeAsync()
    {
        _upkeep.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task RetainAsync_DaysPastRetention_DroppedWithTheirSumsAndNewerOnesKept()
    {
        const long Day = 24 * 60 * Minute;
        for (int age = 0; age <= 9; age++) await AppendAsync(EntryReceived(1 + (age * 3), Make.T0 - (age * Day)));
        Assert.Equal("10 10", await TextAsync(
            "select (select count(*) from days) || ' ' || (select count(distinct day) from minutes)"));
        // Kept for 7 days to the hour: the day that began before that is kept as a whole.
        Assert.Equal(2, await _upkeep.RetainAsync(Make.Soon()));
        Assert.Equal("9 24 24", await TextAsync(
            "select (select count(*) from days) || ' ' || (select count(*) from events) || ' ' "
            + "|| (select sum(count) from minutes)"));
        Assert.Equal(0, await _upkeep.RetainAsync(Make.Soon()));
        // What comes late for a dropped day makes its part again; known parts are no trap.
        await AppendAsync(EntryReceived(100, Make.T0 - (9 * Day)));
        Assert.Equal(1, await _upkeep.RetainAsync(Make.Soon()));
    }

    [Fact]
    public async Task RetainAsync_ReplayOfAnOldRecording_KeptByTheDayOnWhichItWasPlayed()
    {
        Observation Old(long sequence) =>
            new(ObservationKind.Latency, Make.T0 - (3_000L * 24 * 60 * Minute) + sequence, "ack", 5);
        await AppendAsync(Make.Entry("A@replay", 1, observation: Old) with { ReceivedAt = Make.T0 });
        Assert.Equal(0, await _upkeep.RetainAsync(Make.Soon()));
        Assert.Equal("3", await TextAsync("select count(*)::text from events"));
    }

    [Fact]
    public async Task RetainAsync_TableIsLocked_GivesUpSoonAndIsTriedAgain()
    {
        await AppendAsync(EntryReceived(1, Make.T0 - (30L * 24 * 60 * Minute)));
        await using NpgsqlConnection other = await _database.Reader.OpenConnectionAsync(Make.Soon());
        await using (NpgsqlTransaction transaction = await other.BeginTransactionAsync(Make.Soon()))
        {
            await using NpgsqlCommand read = new("select count(*) from events", other, transaction);
            await read.ExecuteScalarAsync(Make.Soon());
            var e = await Assert.ThrowsAsync<StorageUnavailableException>(() => _upkeep.RetainAsync(Make.Soon()));
            Assert.Contains("55P03", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await _upkeep.RetainAsync(Make.Soon()));
    }

    [Fact]
    public async Task RollUpAsync_MinutesOfTwoStages_SeriesIsTheSameAsFromEventsAlone()
    {
        Random random = new(5);
        for (int minute = 0; minute < 30; minute++)
        {
            long first = Start + (minute * Minute);
            double[] values = [.. Enumerable.Range(0, 40).Select(_ => Latency(random))];
            await AppendAsync(Make.Entry("A", 1 + (minute * 40), 40, observation: sequence =>
                new(
                    ObservationKind.Latency,
                    first + ((sequence - 1) % 40 * 1_000_000_000),
                    sequence % 3 == 0 ? "fill" : "ack",
                    values[(sequence - 1) % 40])));
        }

        SeriesQuery[] queries =
        [
            Series(Start, Start + (30 * Minute), 60),
            Series(Start + (Minute / 2), Start + (29 * Minute) + 7, 60),
            Series(Start - (5 * Minute), Start + (60 * Minute), 300),
            Series(Start, Start + (30 * Minute), 90),
        ];
        SeriesPoint[][] counted = await AllAsync(queries);
        Assert.Equal(30, await _upkeep.RollUpAsync(TimeSpan.Zero, Make.Soon()));
        Assert.Equal("30 60", await TextAsync(
            "select (select count(*) from rolled) || ' ' || (select count(*) from rollups)"));
        Equal(counted, await AllAsync(queries));
        // A late event makes its minute count anew, before it is rolled up again and after.
        await AppendAsync(Make.Entry("A", 5_000, 1, observation: _ =>
            new(ObservationKind.Latency, Start + (3 * Minute) + 1, "ack", 777_777)));
        SeriesPoint[] late = await _store.SeriesAsync(queries[0], Make.Soon());
        Assert.Equal((counted[0][3].Count + 1, 777_777d), (late[3].Count, late[3].Maximum));
        Assert.Equal(1, await _upkeep.RollUpAsync(TimeSpan.Zero, Make.Soon()));
        Equal([late], [await _store.SeriesAsync(queries[0], Make.Soon())]);
        // Rollups outlive the events that they were made of.
        await using (NpgsqlCommand drop = _database.Writer.CreateCommand("truncate events, minutes"))
            await drop.ExecuteNonQueryAsync(Make.Soon());
        Equal([late], [await _store.SeriesAsync(queries[0], Make.Soon())]);
    }

    [Fact]
    public async Task RollUpAsync_MinuteThatIsNotQuiet_Waits()
    {
        await AppendAsync(Make.Entry("A", 1));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, await _upkeep.RollUpAsync(TimeSpan.FromSeconds(60), Make.Soon()));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await _upkeep.RollUpAsync(TimeSpan.FromSeconds(60), Make.Soon()));
    }

    [Fact]
    public async Task LatencyBucket_EveryOctaveAndEdge_IsTheHistogramsOwn()
    {
        long[] values =
        [
            0, 1, 127, 128, 255, 256, 257,
            .. Enumerable.Range(8, 32).SelectMany(bits => new[] { (1L << bits) - 1, 1L << bits, (1L << bits) + 1 }),
        ];
        await using NpgsqlCommand command = _database.Reader.CreateCommand(
            "select array_agg(latency_bucket(x) order by n) from unnest($1) with ordinality as v(x, n)");
        command.Parameters.AddWithValue(values);
        long[] buckets = (long[])(await command.ExecuteScalarAsync(Make.Soon()))!;
        Assert.Equal(values.Select(Bucket), buckets);
    }

    [Fact]
    public async Task PrepareAsync_RoleOfASiloBesideItsOwner_ReadsAndWritesButNeitherMakesNorDrops()
    {
        PostgresServer server = await host.ServerAsync();
        string name = new NpgsqlConnectionStringBuilder(await host.DatabaseAsync()).Database!;
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
        using var upkeep = new PostgresUpkeep(silo, _time, NullLogger<PostgresUpkeep>.Instance);
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

    private static long Bucket(long x)
    {
        int s = Math.Max(0, 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)x) - 8);
        return ((long)s << 7) + (x >> s);
    }

    private static double Latency(Random random) => random.Next(20) switch
    {
        0 => -random.NextDouble() * 100,
        1 => random.NextDouble() * 200_000,
        2 => 0,
        _ => Math.Exp(random.NextDouble() * 8),
    };

    private static SeriesQuery Series(long from, long to, int seconds) => new()
    {
        Symbol = "A",
        Metric = "latency.ack",
        From = new Timestamp(from),
        To = new Timestamp(to),
        Step = TimeSpan.FromSeconds(seconds),
    };

    private static void Equal(SeriesPoint[][] expected, SeriesPoint[][] actual)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i]);
    }

    private static JournalEntry EntryReceived(long first, long receivedAt) => Make.Entry("A", first) with
    {
        ReceivedAt = receivedAt,
    };

    private async Task<SeriesPoint[][]> AllAsync(SeriesQuery[] queries)
    {
        List<SeriesPoint[]> all = [];
        foreach (SeriesQuery query in queries) all.Add(await _store.SeriesAsync(query, Make.Soon()));
        return [.. all];
    }

    private Task<long> AppendAsync(JournalEntry entry) =>
        _store.AppendAsync([new JournalRow(1, entry)], Make.Soon());

    private async Task<string> TextAsync(string sql)
    {
        await using NpgsqlCommand command = _database.Reader.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Make.Soon()))!;
    }
}
