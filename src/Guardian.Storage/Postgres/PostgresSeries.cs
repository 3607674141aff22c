using Guardian.Contracts;
using Guardian.Storage.History;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <summary>Reads latencies in windows: whole minutes from their rollups, the rest counted from events.</summary>
/// <remarks>
/// A rollup says of how many events of its minute it was made. One that is behind isn't used, so that a series is the
/// same with rollups and without. The server groups by bucket: what travels are some dozens of rows a window.
/// </remarks>
internal static class PostgresSeries
{
    /// <summary>What makes a sample of an event, and its bucket's window and group.</summary>
    private const string FromEvents = """
        select x.w, max(x.us), count(*) from (
            select e.at - (((e.at % $5) + $5) % $5) as w,
                floor(greatest(e.value * 1000 + 0.0005, 0))::bigint as us
            from unnest($3::bigint[], $4::bigint[]) as r(a, b)
            cross join lateral (
                select at, value from events
                where symbol = $1 and at >= r.a and at < r.b and observed = 'latency' and subject = $2
                    and value >= -50 and value <= 1e12) e) x
        group by x.w, latency_bucket(x.us)
        """;

    private const string Whole = """
        select r.minute from rolled r
        left join (
            select minute, sum(count) as rows from minutes
            where symbol = $1 and minute >= $2 and minute < $3 group by minute) m on m.minute = r.minute
        where r.symbol = $1 and r.minute >= $2 and r.minute < $3 and r.rows >= coalesce(m.rows, 0)
        order by r.minute
        """;

    private const string FromRollups = """
        select r.minute, u.largest, u.n from rollups r
        cross join lateral unnest(r.largest, r.counts) as u(largest, n)
        where r.symbol = $1 and r.stage = $2 and r.minute = any($3)
        """;

    internal static async Task<SeriesPoint[]> ReadAsync(
        NpgsqlDataSource reader, SeriesQuery query, string stage, CancellationToken cancellation)
    {
        long from = query.From.UnixNanoseconds;
        long to = query.To.UnixNanoseconds;
        long step = HistoryRules.Nanoseconds(query.Step);
        List<long> whole = [];
        if (step % HistorySums.Minute == 0) whole = await WholeAsync(reader, query.Symbol, from, to, cancellation);
        List<(long At, long Largest, long Count)> samples = [];
        if (whole.Count > 0) await RollupsAsync(reader, query.Symbol, stage, whole, samples, cancellation);
        (long[] begins, long[] ends) = Rest(from, to, whole);
        if (begins.Length > 0)
        {
            await using NpgsqlCommand command = reader.CreateCommand(FromEvents);
            command.Parameters.AddWithValue(query.Symbol);
            command.Parameters.AddWithValue(stage);
            command.Parameters.AddWithValue(begins);
            command.Parameters.AddWithValue(ends);
            command.Parameters.AddWithValue(step);
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation);
            while (await rows.ReadAsync(cancellation))
                samples.Add((rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2)));
        }

        samples.Sort((x, y) => x.At.CompareTo(y.At));
        var series = new LatencySeries(step);
        foreach ((long at, long largest, long count) in samples) series.Add(at, largest, count);
        return series.Finish();
    }

    private static async Task<List<long>> WholeAsync(
        NpgsqlDataSource reader, string symbol, long from, long to, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = reader.CreateCommand(Whole);
        command.Parameters.AddWithValue(symbol);
        command.Parameters.AddWithValue(-MinuteKey.MinuteOf(-from));
        command.Parameters.AddWithValue(MinuteKey.MinuteOf(to));
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation);
        List<long> minutes = [];
        while (await rows.ReadAsync(cancellation)) minutes.Add(rows.GetInt64(0));
        return minutes;
    }

    private static async Task RollupsAsync(
        NpgsqlDataSource reader,
        string symbol,
        string stage,
        List<long> minutes,
        List<(long At, long Largest, long Count)> samples,
        CancellationToken cancellation)
    {
        await using NpgsqlCommand command = reader.CreateCommand(FromRollups);
        command.Parameters.AddWithValue(symbol);
        command.Parameters.AddWithValue(stage);
        command.Parameters.AddWithValue(minutes.ToArray());
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            samples.Add((rows.GetInt64(0) * HistorySums.Minute, rows.GetInt64(1), rows.GetInt64(2)));
    }

    // What lies between the minutes that are whole, which are in order.
    private static (long[] Begins, long[] Ends) Rest(long from, long to, List<long> whole)
    {
        List<long> begins = [];
        List<long> ends = [];
        long next = from;
        foreach (long minute in whole)
        {
            long start = minute * HistorySums.Minute;
            if (start > next)
            {
                begins.Add(next);
                ends.Add(start);
            }

            next = start + HistorySums.Minute;
        }

        if (next < to)
        {
            begins.Add(next);
            ends.Add(to);
        }

        return ([.. begins], [.. ends]);
    }
}
