using Guardian.Contracts;
using Guardian.Storage.Journal;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <summary>Rows of the journal table: checked before they are written and after they are read.</summary>
internal static class JournalRows
{
    internal const string Columns =
        "position, symbol, epoch_number, epoch_generation, first_sequence, count, class, first_at, last_at, "
        + "received_at, producer, producer_epoch, producer_through, through, length, checksum, payload";

    internal static void Insert(SqliteSession session, JournalEntry e, long seal, long position, long through)
    {
        if (Seal.Of(e) != seal)
            throw new InvalidOperationException($"Invariant: an entry of {e.Symbol} changed after it was handed over.");
        session.Execute(
            "insert into journal(" + Columns + ") values"
            + "($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            position,
            e.Symbol,
            e.Epoch.Number,
            e.Epoch.Generation,
            e.FirstSequence,
            e.Count,
            (int)e.Class,
            e.FirstAt,
            e.LastAt,
            e.ReceivedAt,
            e.Producer,
            e.ProducerEpoch,
            e.ProducerThrough,
            through,
            e.Payload.Length,
            Seal.At(seal, position, through),
            e.Payload);
    }

    /// <summary>Reads every row up to the first damaged one.</summary>
    /// <exception cref="DamagedRecordException">A row is damaged; carries the good ones before it.</exception>
    internal static List<JournalRow> ReadAll(SqliteDataReader reader)
    {
        var rows = new List<JournalRow>();
        var highest = default(Epoch);
        bool whole = true;
        (long Position, string Name, string Problem) damaged = (0, string.Empty, string.Empty);
        using (reader)
        {
            while (reader.Read())
            {
                string? problem = TryRead(reader, out JournalRow row);
                if (problem is null && whole) rows.Add(row);
                if (problem is not null && whole) (whole, damaged) = (false, (Place(reader), Name(reader), problem));
                // Also behind a damaged row: an epoch that was used must not be used again.
                if (problem is null && row.Entry.Epoch > highest) highest = row.Entry.Epoch;
            }
        }

        return whole
            ? rows
            : throw new DamagedRecordException(damaged.Position, damaged.Name, damaged.Problem, rows, highest);
    }

    /// <summary>Reads the present row.</summary>
    /// <returns>What is wrong with it, in words; null when nothing is.</returns>
    internal static string? TryRead(SqliteDataReader reader, out JournalRow row)
    {
        row = default;
        long position = reader.GetInt64(0);
        try
        {
            var entry = new JournalEntry
            {
                Symbol = reader.GetString(1),
                Epoch = new Epoch(reader.GetInt64(2), reader.GetInt32(3)),
                FirstSequence = reader.GetInt64(4),
                Count = reader.GetInt32(5),
                Class = (EventClass)reader.GetByte(6),
                FirstAt = reader.GetInt64(7),
                LastAt = reader.GetInt64(8),
                ReceivedAt = reader.GetInt64(9),
                Producer = reader.IsDBNull(10) ? null : reader.GetString(10),
                ProducerEpoch = reader.GetInt64(11),
                ProducerThrough = reader.GetInt64(12),
                Payload = reader.GetFieldValue<byte[]>(16),
            };
            long length = reader.GetInt64(14);
            if (entry.Payload.Length != length) return $"its length is {entry.Payload.Length}, not {length}";
            if (Seal.At(Seal.Of(entry), position, reader.GetInt64(13)) != reader.GetInt64(15))
                return "its checksum differs";
            row = new JournalRow(position, entry);
            return null;
        }
        catch (Exception e) when (e is InvalidCastException or InvalidOperationException or OverflowException)
        {
            return $"a column has another form ({e.Message})";
        }
    }

    private static long Place(SqliteDataReader reader) => reader.GetInt64(0);

    internal static string Name(SqliteDataReader reader) => reader.GetValue(1) as string ?? "an unreadable symbol";
}
