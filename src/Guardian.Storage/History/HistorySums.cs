using System.Data.Common;
using Guardian.Contracts;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.History;

/// <summary>Of what a sum is kept: a guardian's epoch and a minute of session time.</summary>
/// <param name="Symbol">The guardian's key.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="Minute">Minutes since the Unix epoch.</param>
internal readonly record struct MinuteKey(string Symbol, Epoch Epoch, long Minute)
{
    internal static MinuteKey Of(string symbol, Epoch epoch, long at) => new(symbol, epoch, MinuteOf(at));

    internal static long MinuteOf(long at) =>
        (long)(((Int128)at - (at < 0 ? HistorySums.Minute - 1 : 0)) / HistorySums.Minute);
}

/// <summary>How many rows there are, and the order-free sum of their hashes.</summary>
/// <param name="Count">Rows.</param>
/// <param name="Sum">Sum of the hashes, modulo 2⁶⁴.</param>
internal readonly record struct MinuteSum(long Count, long Sum)
{
    internal MinuteSum With(long hash) => new(Count + 1, unchecked(Sum + hash));

    internal MinuteSum With(MinuteSum other) => new(Count + other.Count, unchecked(Sum + other.Sum));
}

/// <summary>
/// Sums per symbol, epoch and minute, kept in the transaction that stores the rows, so that tiers can be compared
/// without reading rows.
/// </summary>
/// <remarks>Not thread-safe: belongs to the writer.</remarks>
internal sealed class HistorySums
{
    /// <summary>A minute in nanoseconds.</summary>
    internal const long Minute = 60_000_000_000;

    private readonly Dictionary<MinuteKey, MinuteSum> _added = [];
    private readonly HistoryRowHash _hash = new();

    internal void Add(HistoryEvent e, string? reasons)
    {
        MinuteKey key = MinuteKey.Of(e.Symbol, e.Epoch, e.At.UnixNanoseconds);
        _added[key] = _added.GetValueOrDefault(key).With(_hash.Of(e, reasons));
    }

    internal void Forget(SqliteSession session, string symbol)
    {
        session.Execute("delete from minutes where symbol = $0", symbol);
        foreach (MinuteKey key in _added.Keys.Where(key => key.Symbol == symbol).ToArray()) _added.Remove(key);
    }

    internal void Clear() => _added.Clear();

    /// <summary>Writes what was added, inside the transaction of the rows.</summary>
    internal void Write(SqliteSession session)
    {
        foreach ((MinuteKey key, MinuteSum sum) in _added) Put(session, key, Stored(session, key).With(sum));
        _added.Clear();
    }

    /// <summary>Counts one minute anew from its rows.</summary>
    internal void Recount(SqliteSession session, MinuteKey key)
    {
        var sum = default(MinuteSum);
        using (SqliteDataReader reader = session.Reader(
            "select " + HistorySchema.Columns + " from events where symbol = $0 and epoch_number = $1 "
            + "and epoch_generation = $2",
            key.Symbol,
            key.Epoch.Number,
            key.Epoch.Generation))
        {
            while (reader.Read())
            {
                if (MinuteKey.MinuteOf(reader.GetInt64(4)) == key.Minute) sum = sum.With(_hash.Of(reader));
            }
        }

        Put(session, key, sum);
    }

    /// <summary>Counts everything anew: a file of the format before had no sums.</summary>
    internal static void Rebuild(SqliteSession session)
    {
        var hash = new HistoryRowHash();
        var sums = new HistorySums();
        using (SqliteDataReader reader = session.Reader("select " + HistorySchema.Columns + " from events"))
        {
            while (reader.Read())
            {
                MinuteKey key = KeyOf(reader);
                sums._added[key] = sums._added.GetValueOrDefault(key).With(hash.Of(reader));
            }
        }

        session.Execute("delete from minutes");
        sums.Write(session);
    }

    internal static MinuteKey KeyOf(DbDataReader row) => MinuteKey.Of(
        row.GetString(0), new Epoch(row.GetInt64(1), (int)row.GetInt64(2)), row.GetInt64(4));

    private static MinuteSum Stored(SqliteSession session, MinuteKey key) => session.Query(
        "select count, sum from minutes where symbol = $0 and epoch_number = $1 and epoch_generation = $2 "
        + "and minute = $3",
        row => new MinuteSum(row.GetInt64(0), row.GetInt64(1)),
        key.Symbol,
        key.Epoch.Number,
        key.Epoch.Generation,
        key.Minute).FirstOrDefault();

    private static void Put(SqliteSession session, MinuteKey key, MinuteSum sum) => session.Execute(
        "insert or replace into minutes values($0, $1, $2, $3, $4, $5)",
        key.Symbol,
        key.Epoch.Number,
        key.Epoch.Generation,
        key.Minute,
        sum.Count,
        sum.Sum);
}
