using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Local;

/// <summary>Sets a damaged file aside, never overwriting it, and saves from it what still can be read.</summary>
internal static class SetAside
{
    private static readonly string[] Tables = ["halts", "roster", "sessions", "producer_epochs", "records"];

    /// <summary>Renames a file with what belongs to it.</summary>
    /// <returns>The new path.</returns>
    internal static string Rename(IFileNames names, string path, DateTimeOffset now)
    {
        string stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        string target = $"{path}.damaged-{stamp}";
        for (int i = 2; names.Exists(target); i++) target = $"{path}.damaged-{stamp}-{i}";
        foreach (string part in new[] { string.Empty, "-wal", "-shm" })
        {
            if (names.Exists(path + part)) names.Move(path + part, target + part);
        }

        return target;
    }

    /// <summary>
    /// Copies the small tables, row by row; each row carries its own checksum and is judged when it is read.
    /// </summary>
    internal static int Salvage(string from, SqliteSession into, ILogger logger)
    {
        int rows = 0;
        try
        {
            var text = new SqliteConnectionStringBuilder
            {
                DataSource = from, Mode = SqliteOpenMode.ReadOnly, Pooling = false,
            };
            using var connection = new SqliteConnection(text.ToString());
            connection.Open();
            // Lets a file be read that is shorter than its header says; nothing of it is written.
            using (SqliteCommand command = connection.CreateCommand())
            {
                command.CommandText = "pragma writable_schema = on";
                command.ExecuteNonQuery();
            }

            foreach (string table in Tables) rows += Copy(connection, table, into, from, logger);
        }
        catch (SqliteException e)
        {
            StorageLog.SalvageStopped(logger, from, e.Message);
        }

        return rows;
    }

    private static int Copy(SqliteConnection from, string table, SqliteSession into, string path, ILogger logger)
    {
        int rows = 0;
        try
        {
            using SqliteCommand command = from.CreateCommand();
#pragma warning disable CA2100 // The table's name is a constant of this class.
            command.CommandText = "select * from " + table;
#pragma warning restore CA2100
            using SqliteDataReader reader = command.ExecuteReader();
            var values = new object?[reader.FieldCount];
            string places = string.Join(", ", Enumerable.Range(0, values.Length).Select(i => $"${i}"));
            while (reader.Read())
            {
                for (int i = 0; i < values.Length; i++) values[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
                rows += into.Execute($"insert into {table} values({places}) on conflict do nothing", values);
            }
        }
        catch (SqliteException e)
        {
            StorageLog.SalvageStopped(logger, $"{path} ({table})", e.Message);
        }

        return rows;
    }
}
