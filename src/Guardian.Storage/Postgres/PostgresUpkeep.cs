using System.Collections.Concurrent;
using Guardian.Contracts;
using Guardian.Storage.History;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <summary>
/// What the history needs in the background: parts ahead of time, retention, compression, and rollups of minutes that
/// are over.
/// </summary>
/// <remarks>
/// Thread-safe. Every silo does it; each step is right when several do it at once. What fails is told and tried again
/// at the next turn; nothing waits for it.
/// </remarks>
/// <param name="database">The database.</param>
/// <param name="time">The clock: wall time for retention.</param>
/// <param name="logger">Where to log.</param>
public sealed class PostgresUpkeep(PostgresDatabase database, TimeProvider time, ILogger<PostgresUpkeep> logger)
    : BackgroundService
{
    /// <summary>
    /// Most minutes that wait to be rolled up; more are left to be counted from events when asked for.
    /// </summary>
    public const int MostWaiting = 200_000;

    private const int MostMinutesAtOnce = 200;
    private const int MostTailsAtOnce = 10_000;

    // By the server's clock alone, which set the age too; what another silo deletes at this moment is left to it.
    private const string TrimTails = """
        delete from tails where ctid = any(array(
            select ctid from tails where stored < extract(epoch from clock_timestamp())::bigint - $1
            limit $2 for update skip locked))
        """;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetentionTurn = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Symbol, long Minute), long> _waiting = new();
    private readonly PostgresParts _parts = new(database);
    private int _minutesAtOnce = MostMinutesAtOnce;
    private long _leftOut;
    private long _retained = long.MinValue;

    /// <summary>Gets how many minutes were not rolled up because too many waited.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <summary>
    /// Notes minutes in which something is new: they are rolled up once they have been quiet for a minute.
    /// </summary>
    internal void Touch(IEnumerable<(string Symbol, long Minute)> minutes)
    {
        long now = time.GetTimestamp();
        foreach ((string Symbol, long Minute) minute in minutes)
        {
            if (_waiting.Count >= MostWaiting && !_waiting.ContainsKey(minute)) Interlocked.Increment(ref _leftOut);
            else _waiting[minute] = now;
        }
    }

    /// <summary>Makes parts of today and tomorrow, and drops and compresses what is old.</summary>
    /// <returns>How many days were dropped.</returns>
    internal Task<int> RetainAsync(CancellationToken cancellation) => database.UseAsync(
        async () =>
        {
            long now = Timestamp.From(time.GetUtcNow()).UnixNanoseconds;
            _parts.Forget();
            int today = PostgresParts.DayOf(now);
            await _parts.EnsureAsync(database.Upkeep, [today, today + 1], cancellation);
            int dropped = await CountAsync(
                "select drop_parts($1)", DayBefore(now, database.Options.Retention), cancellation);
            if (dropped > 0) StorageLog.PartsDropped(logger, database.Store, database.EndPoint, dropped);
            if (database.IsTimescale)
            {
                await CountAsync(
                    "select compress_parts($1)", DayBefore(now, database.Options.CompressAfter), cancellation);
            }

            await CountAsync(
                "with gone as (delete from epochs e where day < $1 and exists(select 1 from epochs n "
                + "where n.symbol = e.symbol and (n.epoch_number, n.epoch_generation) "
                + "> (e.epoch_number, e.epoch_generation) and n.day < $1)) select 0",
                DayBefore(now, database.Options.Retention),
                cancellation);
            int oldest = DayBefore(now, database.Options.RollupRetention);
            await CountAsync("with gone as (delete from rollups where day < $1) select 0", oldest, cancellation);
            await CountAsync("with gone as (delete from rolled where day < $1) select 0", oldest, cancellation);
            return dropped;
        },
        cancellation);

    /// <summary>Deletes entries that recoveries need no more.</summary>
    /// <param name="kept">How long they are kept.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>How many were deleted.</returns>
    internal async Task<long> TrimTailsAsync(TimeSpan kept, CancellationToken cancellation)
    {
        long all = 0;
        for (int deleted = MostTailsAtOnce; deleted == MostTailsAtOnce; all += deleted)
        {
            deleted = await database.UseAsync(
                async () =>
                {
                    await using NpgsqlCommand command = database.Upkeep.CreateCommand(TrimTails);
                    command.Parameters.AddWithValue((long)kept.TotalSeconds);
                    command.Parameters.AddWithValue(MostTailsAtOnce);
                    return await command.ExecuteNonQueryAsync(cancellation);
                },
                cancellation);
        }

        return all;
    }

    /// <summary>Rolls up minutes that have been quiet.</summary>
    /// <param name="atLeast">How long they have been.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>How many were rolled up.</returns>
    internal async Task<int> RollUpAsync(TimeSpan atLeast, CancellationToken cancellation)
    {
        long now = time.GetTimestamp();
        KeyValuePair<(string Symbol, long Minute), long>[] quiet =
            [.. _waiting.Where(one => time.GetElapsedTime(one.Value, now) >= atLeast)];
        for (int done = 0; done < quiet.Length;)
        {
            // Fewer after a failure: minutes with very many events must not time out for ever.
            ArraySegment<KeyValuePair<(string Symbol, long Minute), long>> some =
                new(quiet, done, Math.Min(_minutesAtOnce, quiet.Length - done));
            _minutesAtOnce = Math.Max(1, some.Count / 4);
            await database.UseAsync(() => RollUpAsync(some.Select(one => one.Key), cancellation), cancellation);
            _minutesAtOnce = Math.Min(MostMinutesAtOnce, some.Count * 8);
            foreach (KeyValuePair<(string Symbol, long Minute), long> one in some) _waiting.TryRemove(one);
            done += some.Count;
        }

        return quiet.Length;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Turn, time);
        try
        {
            do
            {
                await StepAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end was asked for.
        }
    }

    private static int DayBefore(long now, TimeSpan span) => PostgresParts.DayOf(now - (span.Ticks * 100));

    private async Task StepAsync(CancellationToken cancellation)
    {
        try
        {
            if (_retained == long.MinValue || time.GetElapsedTime(_retained) >= RetentionTurn)
            {
                await RetainAsync(cancellation);
                _retained = time.GetTimestamp();
            }

            await TrimTailsAsync(PostgresTail.Kept, cancellation);
            await RollUpAsync(Quiet, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            StorageLog.UpkeepFailed(logger, database.Store, database.EndPoint, e.Message);
        }
    }

    private async Task<int> CountAsync(string sql, int value, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = database.Upkeep.CreateCommand(sql);
        command.Parameters.AddWithValue(value);
        return await command.ExecuteScalarAsync(cancellation) as int? ?? 0;
    }

    // One statement sees one moment: the events and how many there are of them.
    private async Task<int> RollUpAsync(
        IEnumerable<(string Symbol, long Minute)> minutes, CancellationToken cancellation)
    {
        (string Symbol, long Minute)[] all = [.. minutes.OrderBy(m => m.Symbol, StringComparer.Ordinal)];
        await using NpgsqlCommand command = database.Upkeep.CreateCommand(RollUp);
        command.Parameters.AddWithValue(all.Select(one => one.Symbol).ToArray());
        command.Parameters.AddWithValue(all.Select(one => one.Minute).ToArray());
        command.Parameters.AddWithValue(PostgresParts.DayOf(Timestamp.From(time.GetUtcNow()).UnixNanoseconds));
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    // "offset 0" keeps the look into the index by minute: joined flat, without statistics of a new part, the planner
    // reads all events of a symbol for each of its minutes.
    private const string RollUp = """
        with wanted as (
            select w.symbol, w.minute, coalesce((
                select sum(m.count) from minutes m
                where m.symbol = w.symbol and m.minute = w.minute), 0)::bigint as rows
            from unnest($1::text[], $2::bigint[]) as w(symbol, minute)),
        buckets as (
            select w.symbol, w.minute, w.rows, e.subject as stage, max(e.us) as largest, count(*) as n
            from wanted w
            cross join lateral (
                select subject, floor(greatest(value * 1000 + 0.0005, 0))::bigint as us from events
                where symbol = w.symbol and at >= w.minute * 60000000000 and at < (w.minute + 1) * 60000000000
                    and observed = 'latency' and subject is not null and value >= -50 and value <= 1e12
                offset 0) e
            group by w.symbol, w.minute, w.rows, e.subject, latency_bucket(e.us)),
        made as (
            insert into rollups(symbol, stage, minute, rows, day, count, largest, counts)
            select symbol, stage, minute, rows, $3, sum(n),
                array_agg(largest order by largest), array_agg(n order by largest)
            from buckets group by symbol, minute, rows, stage
            on conflict (symbol, minute, stage) do update set rows = excluded.rows, day = excluded.day,
                count = excluded.count, largest = excluded.largest, counts = excluded.counts
            where rollups.rows <= excluded.rows)
        insert into rolled(symbol, minute, rows, day) select symbol, minute, rows, $3 from wanted
        on conflict (symbol, minute) do update set rows = excluded.rows, day = excluded.day
        where rolled.rows <= excluded.rows
        """;
}
