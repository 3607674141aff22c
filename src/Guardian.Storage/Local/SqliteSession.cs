using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <summary>A connection with its prepared statements. Not thread-safe.</summary>
internal sealed class SqliteSession : IDisposable
{
    private const int ReadOnly = 8;
    private const int CantOpen = 14;
    private const int HasMovedQuestion = 20;

    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    private SqliteSession(SqliteConnection connection) => Connection = connection;

    internal SqliteConnection Connection { get; }

    internal static SqliteSession Open(string path) => Open(path, SqliteOpenMode.ReadWriteCreate);

    /// <summary>
    /// Opens a file without ever writing it; one in a folder that can't be written is read as it lies there.
    /// </summary>
    internal static SqliteSession OpenReadOnly(string path)
    {
        SqliteSession? session = null;
        try
        {
            session = Open(path, SqliteOpenMode.ReadOnly);
            session.Scalar("select count(*) from sqlite_schema");
            return session;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is CantOpen or ReadOnly && !File.Exists(path + "-wal"))
        {
            session?.Dispose();
            return Open($"file:{Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)}?immutable=1",
                SqliteOpenMode.ReadOnly);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Opens for reading beside a writer: neither makes a file nor, when closed, touches what is there.
    /// </summary>
    internal static SqliteSession OpenBeside(string path)
    {
        SqliteSession session = Open(path, SqliteOpenMode.ReadWrite);
        session.LeaveFilesOnClose();
        return session;
    }

    private static SqliteSession Open(string path, SqliteOpenMode mode)
    {
        var text = new SqliteConnectionStringBuilder
        {
            DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 5,
        };
        var connection = new SqliteConnection(text.ToString());
        try
        {
            connection.Open();
            return new SqliteSession(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Closing neither writes the log back nor deletes it: by its name it would be another file's after a renaming.
    /// </summary>
    internal void LeaveFilesOnClose() =>
        SQLitePCL.raw.sqlite3_db_config(
            Connection.Handle, SQLitePCL.raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);

    /// <summary>Tells whether the file was deleted, renamed or replaced under the connection.</summary>
    internal bool HasMoved()
    {
        int moved = 0;
        int answer = FileControl(Connection.Handle!.DangerousGetHandle(), IntPtr.Zero, HasMovedQuestion, ref moved);
        return answer == SQLitePCL.raw.SQLITE_OK && moved != 0;
    }

    /// <summary>Runs a statement whose parameters are called <c>$0</c>, <c>$1</c> …</summary>
    internal int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    internal object? Scalar(string sql, params ReadOnlySpan<object?> values)
    {
        object? value = Prepare(sql, values).ExecuteScalar();
        return value is DBNull ? null : value;
    }

    internal List<T> Query<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> values)
    {
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(map(reader));
        return rows;
    }

    internal SqliteDataReader Reader(string sql, params ReadOnlySpan<object?> values) =>
        Prepare(sql, values).ExecuteReader();

    public void Dispose()
    {
        foreach (SqliteCommand command in _commands.Values) command.Dispose();
        _commands.Clear();
        Connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out SqliteCommand? command))
        {
            command = Connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this assembly; values travel as parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            for (int i = 0; i < values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
            _commands.Add(sql, command);
        }

        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_file_control")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileControl(IntPtr database, IntPtr name, int question, ref int answer);
}
