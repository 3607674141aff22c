using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;
using Npgsql;
using NpgsqlTypes;

namespace Guardian.Storage.Postgres;

/// <summary>The newest journal entries of each symbol in the database, packed as in the journal. Thread-safe.</summary>
/// <param name="database">The database.</param>
/// <param name="time">The clock of the deadline.</param>
public sealed class PostgresTail(PostgresDatabase database, TimeProvider time) : ISharedTail
{
    private const string Insert = """
        insert into tails(symbol, epoch_number, epoch_generation, first_sequence, count, first_at, last_at, received_at,
            class, producer, producer_epoch, producer_through, seal, payload)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict do nothing
        """;

    private const string Select = """
        select epoch_number, epoch_generation, first_sequence, count, first_at, last_at, received_at, class, producer,
            producer_epoch, producer_through, seal, payload
        from tails
        where symbol = $1 and (epoch_number, epoch_generation) >= ($2, $3)
            and ((epoch_number, epoch_generation) > ($2, $3) or first_sequence + greatest(count, 1) - 1 > $4)
        order by epoch_number, epoch_generation, first_sequence, producer_through
        """;

    /// <summary>Gets how long a recovery waits.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Gets how long entries are kept: three times as long as a guardian's record may be without a newer snapshot.
    /// </summary>
    internal static TimeSpan Kept { get; } = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public async ValueTask<EventTail> FindTailAsync(string symbol, Epoch epoch, long sequence)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            return await database.UseAsync(() => ReadAsync(symbol, epoch, sequence, patience.Token), patience.Token);
        }
        catch (OperationCanceledException)
        {
            return new EventTail([], $"{database.Store} did not tell its newest events within {Patience}");
        }
        catch (Exception error) when (error is StorageUnavailableException or NpgsqlException)
        {
            return new EventTail([], error.Message);
        }
    }

    /// <summary>Stores entries, in one transaction with their events; those that are there are left alone.</summary>
    internal static async Task PutAsync(
        NpgsqlTransaction transaction, IReadOnlyList<JournalEntry> entries, CancellationToken cancellation)
    {
        if (entries.Count == 0) return;
        await using NpgsqlCommand command = new(Insert, transaction.Connection, transaction);

        void Column<T>(NpgsqlDbType type, Func<JournalEntry, T> of) => command.Parameters.Add(new NpgsqlParameter
        {
            NpgsqlDbType = NpgsqlDbType.Array | type, Value = entries.Select(of).ToArray(),
        });

        Column(NpgsqlDbType.Text, e => e.Symbol);
        Column(NpgsqlDbType.Bigint, e => e.Epoch.Number);
        Column(NpgsqlDbType.Integer, e => e.Epoch.Generation);
        Column(NpgsqlDbType.Bigint, e => e.FirstSequence);
        Column(NpgsqlDbType.Integer, e => e.Count);
        Column(NpgsqlDbType.Bigint, e => e.FirstAt);
        Column(NpgsqlDbType.Bigint, e => e.LastAt);
        Column(NpgsqlDbType.Bigint, e => e.ReceivedAt);
        Column(NpgsqlDbType.Smallint, e => (short)e.Class);
        Column(NpgsqlDbType.Text, e => e.Producer);
        Column(NpgsqlDbType.Bigint, e => e.ProducerEpoch);
        Column(NpgsqlDbType.Bigint, e => e.ProducerThrough);
        Column(NpgsqlDbType.Bigint, Seal.Of);
        Column(NpgsqlDbType.Bytea, e => e.Payload);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<EventTail> ReadAsync(
        string symbol, Epoch epoch, long sequence, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = database.Records.CreateCommand(Select);
        command.Parameters.AddWithValue(symbol);
        command.Parameters.AddWithValue(epoch.Number);
        command.Parameters.AddWithValue(epoch.Generation);
        command.Parameters.AddWithValue(sequence);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        List<JournalEntry> entries = [];
        while (await reader.ReadAsync(cancellation))
        {
            JournalEntry entry = Read(symbol, reader);
            // What comes after a damaged one can't be folded without it.
            if (Seal.Of(entry) != reader.GetInt64(11))
                return new EventTail(entries, $"an entry of {symbol} in {database.Store} is damaged");
            entries.Add(entry);
        }

        return new EventTail(entries, Problem: null);
    }

    private static JournalEntry Read(string symbol, NpgsqlDataReader reader) => new()
    {
        Symbol = symbol,
        Epoch = new Epoch(reader.GetInt64(0), reader.GetInt32(1)),
        FirstSequence = reader.GetInt64(2),
        Count = reader.GetInt32(3),
        FirstAt = reader.GetInt64(4),
        LastAt = reader.GetInt64(5),
        ReceivedAt = reader.GetInt64(6),
        Class = (EventClass)reader.GetInt16(7),
        Producer = reader.IsDBNull(8) ? null : reader.GetString(8),
        ProducerEpoch = reader.GetInt64(9),
        ProducerThrough = reader.GetInt64(10),
        Payload = reader.GetFieldValue<byte[]>(12),
    };
}
