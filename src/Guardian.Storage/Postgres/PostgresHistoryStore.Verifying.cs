using System.Numerics;
using Guardian.Contracts;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Verifying;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <content>What a comparison of the tiers reads and puts right.</content>
public sealed partial class PostgresHistoryStore
{
    Task<long> ISharedHistory.CountAsync(CancellationToken cancellation) => database.UseAsync(
        async () =>
        {
            await using NpgsqlCommand command = database.Reader.CreateCommand(
                "select coalesce(sum(count), 0)::bigint from minutes");
            return (long)(await command.ExecuteScalarAsync(cancellation))!;
        },
        cancellation);

    Task<Dictionary<MinuteKey, MinuteSum>> ISharedHistory.SumsAsync(string symbol, CancellationToken cancellation) =>
        database.UseAsync(
            async () =>
            {
                await using NpgsqlCommand command = database.Reader.CreateCommand(
                    "select epoch_number, epoch_generation, minute, sum(count)::bigint, sum(sum) from minutes "
                    + "where symbol = $1 group by epoch_number, epoch_generation, minute");
                command.Parameters.AddWithValue(symbol);
                await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
                Dictionary<MinuteKey, MinuteSum> sums = [];
                while (await reader.ReadAsync(cancellation))
                {
                    MinuteKey key = new(symbol, new Epoch(reader.GetInt64(0), reader.GetInt32(1)), reader.GetInt64(2));
                    BigInteger sum = await reader.GetFieldValueAsync<BigInteger>(4, cancellation);
                    sums[key] = new MinuteSum(reader.GetInt64(3), unchecked((long)(ulong)(sum & ulong.MaxValue)));
                }

                return sums;
            },
            cancellation);

    Task<List<(long Sequence, long Hash)>> ISharedHistory.RowsAsync(MinuteKey minute, CancellationToken cancellation) =>
        database.UseAsync(
            async () =>
            {
                await using NpgsqlConnection connection = await database.Reader.OpenConnectionAsync(cancellation);
                return (await RowsAsync(connection, minute, cancellation)).ConvertAll(row => (row.Sequence, row.Hash));
            },
            cancellation);

    Task<long> ISharedHistory.ReplaceAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation) =>
        database.UseAsync(() => ReplaceAsync(rows, cancellation), cancellation);

    private static async Task<List<(long Sequence, long Hash, int Day)>> RowsAsync(
        NpgsqlConnection connection, MinuteKey minute, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(
            "select " + HistorySchema.Columns + ", day from events where symbol = $1 and epoch_number = $2 "
            + "and epoch_generation = $3 and at >= $4 and at < $5",
            connection);
        command.Parameters.AddWithValue(minute.Symbol);
        command.Parameters.AddWithValue(minute.Epoch.Number);
        command.Parameters.AddWithValue(minute.Epoch.Generation);
        command.Parameters.AddWithValue(minute.Minute * HistorySums.Minute);
        command.Parameters.AddWithValue((minute.Minute + 1) * HistorySums.Minute);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        var hash = new HistoryRowHash();
        int day = reader.GetOrdinal("day");
        List<(long Sequence, long Hash, int Day)> rows = [];
        while (await reader.ReadAsync(cancellation))
            rows.Add((reader.GetInt64(3), hash.Of(reader), reader.GetInt32(day)));
        return rows;
    }

    private async Task<long> ReplaceAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
    {
        await EnsurePartsAsync(rows, cancellation);
        await using NpgsqlConnection connection = await database.Writer.OpenConnectionAsync(cancellation);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        HashSet<MinuteKey> touched = [];
        var batch = new PostgresHistoryBatch();
        foreach (JournalEntry entry in rows.Select(row => row.Entry))
        {
            IReadOnlyList<HistoryEvent> events = HistoryMapper.Map(entry);
            if (events.Count == 0) continue;
            HashSet<long> late = await RemoveAsync(transaction, entry, events, touched, cancellation);
            foreach (HistoryEvent e in events)
            {
                batch.Add(e, late.Contains(e.Sequence));
                touched.Add(MinuteKey.Of(e.Symbol, e.Epoch, e.At.UnixNanoseconds));
            }
        }

        long put = await batch.StoreAsync(transaction, copies: false, cancellation);
        foreach (MinuteKey minute in touched) await RecountAsync(connection, minute, cancellation);
        await transaction.CommitAsync(cancellation);
        upkeep?.Touch(touched.Select(minute => (minute.Symbol, minute.Minute)));
        return put;
    }

    // What was late stays late. By time, which the key begins with: the minutes of the entry, whole.
    private static async Task<HashSet<long>> RemoveAsync(
        NpgsqlTransaction transaction,
        JournalEntry entry,
        IReadOnlyList<HistoryEvent> events,
        HashSet<MinuteKey> touched,
        CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(
            "delete from events where symbol = $1 and epoch_number = $2 and epoch_generation = $3 and sequence >= $4 "
            + "and sequence < $5 and at >= $6 and at < $7 returning at, late, sequence",
            transaction.Connection,
            transaction);
        command.Parameters.AddWithValue(entry.Symbol);
        command.Parameters.AddWithValue(entry.Epoch.Number);
        command.Parameters.AddWithValue(entry.Epoch.Generation);
        command.Parameters.AddWithValue(entry.FirstSequence);
        command.Parameters.AddWithValue(entry.FirstSequence + entry.Count);
        long Minute(Timestamp at) => MinuteKey.Of(entry.Symbol, entry.Epoch, at.UnixNanoseconds).Minute;
        command.Parameters.AddWithValue(Minute(events.Min(e => e.At)) * HistorySums.Minute);
        command.Parameters.AddWithValue((Minute(events.Max(e => e.At)) + 1) * HistorySums.Minute);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        HashSet<long> late = [];
        while (await reader.ReadAsync(cancellation))
        {
            touched.Add(MinuteKey.Of(entry.Symbol, entry.Epoch, reader.GetInt64(0)));
            if (reader.GetBoolean(1)) late.Add(reader.GetInt64(2));
        }

        return late;
    }

    private static async Task RecountAsync(
        NpgsqlConnection connection, MinuteKey minute, CancellationToken cancellation)
    {
        List<(long Sequence, long Hash, int Day)> rows = await RowsAsync(connection, minute, cancellation);
        (int Day, long Count, BigInteger Sum)[] days =
        [
            .. rows.GroupBy(row => row.Day).Select(day => (
                day.Key,
                day.LongCount(),
                day.Aggregate(BigInteger.Zero, (all, row) => all + unchecked((ulong)row.Hash)))),
        ];
        // The rollup of the minute goes too: it may be of as many rows, but other ones.
        await using NpgsqlBatch batch = new(connection);
        NpgsqlBatchCommand Add(string sql)
        {
            NpgsqlBatchCommand command = new(sql);
            command.Parameters.AddWithValue(minute.Symbol);
            command.Parameters.AddWithValue(minute.Minute);
            batch.BatchCommands.Add(command);
            return command;
        }

        Add("delete from rollups where symbol = $1 and minute = $2");
        Add("delete from rolled where symbol = $1 and minute = $2");
        NpgsqlBatchCommand clear = Add(
            "delete from minutes where symbol = $1 and minute = $2 and epoch_number = $3 and epoch_generation = $4");
        NpgsqlBatchCommand put = Add(
            "insert into minutes(symbol, minute, epoch_number, epoch_generation, day, count, sum) "
            + "select $1, $2, $3, $4, * from unnest($5, $6, $7)");
        foreach (NpgsqlBatchCommand command in (NpgsqlBatchCommand[])[clear, put])
        {
            command.Parameters.AddWithValue(minute.Epoch.Number);
            command.Parameters.AddWithValue(minute.Epoch.Generation);
        }

        put.Parameters.AddWithValue(days.Select(day => day.Day).ToArray());
        put.Parameters.AddWithValue(days.Select(day => day.Count).ToArray());
        put.Parameters.Add(new NpgsqlParameter
        {
            NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Numeric,
            Value = days.Select(day => day.Sum).ToArray(),
        });
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
