using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Local;

/// <summary>Copies what can be read of a local file into a new one, row by row, in the caller's transaction.</summary>
/// <remarks>
/// Rows are copied as they are: each carries its own checksum, and a damaged one is refused by name where it is read.
/// What the source can't give ends its table; what the new file can't take is thrown. Every table of the new file is
/// copied, so that none can be forgotten.
/// </remarks>
/// <param name="from">The source.</param>
/// <param name="into">The new file, within a transaction.</param>
/// <param name="name">Name of the source, for the log.</param>
/// <param name="logger">Where to log.</param>
internal sealed class Salvage(SqliteConnection from, SqliteSession into, string name, ILogger logger)
{
    /// <summary>Gets the rows that were copied.</summary>
    internal int Rows { get; private set; }

    /// <summary>Gets whether every table was read to its end.</summary>
    internal bool IsWhole { get; private set; } = true;

    /// <summary>Copies everything.</summary>
    /// <param name="through">The last journal position that was ever told as durable; later rows stay behind.</param>
    internal void Run(long through)
    {
        // Lets a file be read that is shorter than its header says; nothing of it is written.
        Try("writable_schema", () =>
        {
            using SqliteCommand command = from.CreateCommand();
            command.CommandText = "pragma writable_schema = on";
            command.ExecuteNonQuery();
        });
        List<string> tables = into.Query(
            "select name from sqlite_schema where type = 'table' and name not in ('meta', 'journal') "
            + "and name not like 'sqlite_%' order by name",
            row => row.GetString(0));
        foreach (string table in tables) Copy(table, "select * from " + table, through: null);
        Copy("meta", "select * from meta where key not in ('schema', 'file', 'salvaged')", through: null);
        if (!Copy("journal", "select * from journal where position <= $0 order by position", through))
        {
            // What lies behind the damage is read from the other end.
            Copy("journal", "select * from journal where position <= $0 order by position desc", through);
        }
    }

    private bool Copy(string table, string select, long? through) => Try(table, () =>
    {
        using SqliteCommand command = from.CreateCommand();
#pragma warning disable CA2100 // Names come from the schema of our own new file.
        command.CommandText = select;
#pragma warning restore CA2100
        if (through is { } last) command.Parameters.AddWithValue("$0", last);
        using SqliteDataReader reader = command.ExecuteReader();
        var values = new object?[reader.FieldCount];
        string columns = string.Join(", ", Enumerable.Range(0, values.Length).Select(reader.GetName));
        string places = string.Join(", ", Enumerable.Range(0, values.Length).Select(i => $"${i}"));
        string insert = $"insert or ignore into {table}({columns}) values({places})";
        while (reader.Read())
        {
            for (int i = 0; i < values.Length; i++) values[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
            Write(insert, values);
        }
    });

    private void Write(string insert, object?[] values)
    {
        try
        {
            Rows += into.Execute(insert, values);
        }
        catch (SqliteException e) when (!SqliteErrors.IsRowFault(e))
        {
            throw new StorageUnavailableException($"Condition failed: the new file can't be written ({e.Message}).", e);
        }
        catch (SqliteException e)
        {
            StorageLog.SalvageStopped(logger, name, e.Message); // This row only.
        }
    }

    private bool Try(string what, Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e) when (e is SqliteException or InvalidCastException)
        {
            IsWhole = false;
            StorageLog.SalvageStopped(logger, $"{name} ({what})", e.Message);
            return false;
        }
    }
}
