using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Verifying;

/// <summary>Reads pages, checkpoints and the small tables against their checksums.</summary>
/// <remarks>Single use, not thread-safe.</remarks>
internal sealed class RowCheck(Findings findings)
{
    private const int MostPages = 100;

    internal long Checkpoints { get; private set; }

    internal long Rows { get; private set; }

    internal void Read(SqliteSession session)
    {
        ReadCheckpoints(session);
        foreach (string table in (string[])["halts", "roster", "sessions"]) ReadTable(session, table);
        ReadRecords(session);
    }

    /// <summary>Has SQLite look at the pages of a file.</summary>
    internal void ReadPages(SqliteSession session, string tier, bool deep)
    {
        string pragma = deep ? $"pragma integrity_check({MostPages})" : $"pragma quick_check({MostPages})";
        foreach (string answer in session.Query(pragma, row => row.GetString(0)))
        {
            if (!string.Equals(answer, "ok", StringComparison.Ordinal)) findings.Differs("pages", tier, answer);
        }
    }

    private void ReadCheckpoints(SqliteSession session)
    {
        using SqliteDataReader reader = session.Reader(
            "select symbol, epoch_number, epoch_generation, sequence, at, version, length, checksum, payload "
            + "from checkpoints order by symbol, epoch_number, epoch_generation, sequence");
        while (reader.Read())
        {
            Checkpoints++;
            var checkpoint = new Checkpoint(
                reader.GetString(0),
                new Epoch(reader.GetInt64(1), (int)reader.GetInt64(2)),
                reader.GetInt64(3),
                reader.GetInt64(4),
                reader.GetFieldValue<byte[]>(8));
            string? problem = SqliteCheckpointStore.Problem(
                checkpoint, reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7));
            if (problem is null) continue;
            findings.Differs(new VerifyDifference
            {
                Check = "checkpoints",
                Tier = "L3",
                Symbol = checkpoint.Symbol,
                Epoch = checkpoint.Epoch,
                Problem = $"checkpoint {checkpoint.Epoch}/{checkpoint.Sequence} is damaged: {problem}",
            });
        }
    }

    private void ReadTable(SqliteSession session, string table)
    {
        using SqliteDataReader reader = session.Reader($"select id, payload, checksum from {table} order by id");
        while (reader.Read())
        {
            Rows++;
            string id = reader.GetString(0);
            if (JsonRows.SealOf(table, id, reader.GetFieldValue<byte[]>(1)) != reader.GetInt64(2))
                findings.Differs("rows", "L3", $"row {id} of {table} is damaged: its checksum differs");
        }
    }

    private void ReadRecords(SqliteSession session)
    {
        using SqliteDataReader reader =
            session.Reader("select state_name, grain_id, payload, checksum from records order by 1, 2");
        while (reader.Read())
        {
            Rows++;
            (string state, string id) = (reader.GetString(0), reader.GetString(1));
            if (Seal.Of(state, id, reader.GetFieldValue<byte[]>(2)) != reader.GetInt64(3))
                findings.Differs("rows", "L3", $"record {state} of {id} is damaged: its checksum differs");
        }
    }
}
