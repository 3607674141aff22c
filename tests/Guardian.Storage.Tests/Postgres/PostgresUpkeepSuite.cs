using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Storage.Tests.Postgres;

/// <summary>What the upkeep of PostgreSQL and of TimescaleDB has in common.</summary>
public abstract class PostgresUpkeepSuite(IDatabaseHost host) : IAsyncLifetime
{
    protected const long Minute = 60_000_000_000;
    private const long Start = Make.T0 / (10 * Minute) * (10 * Minute);

    private PostgresDatabase _database = null!;
    private PostgresUpkeep _upkeep = null!;
    private PostgresHistoryStore _store = null!;

    protected FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddTicks(Make.T0 / 100));

    protected PostgresDatabase Database => _database;

    protected PostgresUpkeep Upkeep => _upkeep;

    /// <summary>Gets how the parts are counted.</summary>
    protected abstract string Parts { get; }

    /// <summary>Gets how many parts are made before they are written to.</summary>
    protected abstract int PartsAhead { get; }

    public async ValueTask InitializeAsync()
    {
        _database = await host.OpenAsync();
        _upkeep = new PostgresUpkeep(_database, Time, NullLogger<PostgresUpkeep>.Instance);
        _store = new PostgresHistoryStore(_database, () => "silo-1", _upkeep);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _upkeep.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task RetainAsync_DaysPastRetention_DroppedWithTheirSumsAndNewerOnesKept()
    {
        const long Day = 24 * 60 * Minute;
        for (int age = 0; age <= 9; age++) await AppendAsync(EntryReceived(1 + (age * 3), Make.T0 - (age * Day)));
        Assert.Equal("10 10", await TextAsync(
            $"select ({Parts}) || ' ' || (select count(distinct day) from minutes)"));
        // Kept for 7 days to the hour: the day that began before that is kept as a whole.
        Assert.Equal(2, await _upkeep.RetainAsync(Make.Soon()));
        Assert.Equal($"{8 + PartsAhead} 24 24", await TextAsync(
            $"select ({Parts}) || ' ' || (select count(*) from events) || ' ' "
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
        Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, await _upkeep.RollUpAsync(TimeSpan.FromSeconds(60), Make.Soon()));
        Time.Advance(TimeSpan.FromSeconds(1));
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

    internal static JournalEntry EntryReceived(long first, long receivedAt) => Make.Entry("A", first) with
    {
        ReceivedAt = receivedAt,
    };

    private async Task<SeriesPoint[][]> AllAsync(SeriesQuery[] queries)
    {
        List<SeriesPoint[]> all = [];
        foreach (SeriesQuery query in queries) all.Add(await _store.SeriesAsync(query, Make.Soon()));
        return [.. all];
    }

    internal Task<long> AppendAsync(JournalEntry entry) =>
        _store.AppendAsync([new JournalRow(1, entry)], Make.Soon());

    private async Task<string> TextAsync(string sql)
    {
        await using NpgsqlCommand command = _database.Reader.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Make.Soon()))!;
    }
}
