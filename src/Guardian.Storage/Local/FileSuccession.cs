using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Local;

/// <summary>A local file that another one took the place of.</summary>
/// <param name="Path">Where it rests now; null where nothing was left of it to keep.</param>
/// <param name="Problem">What was wrong with it, in words.</param>
/// <param name="At">When.</param>
/// <param name="IsWhole">Whether everything that had been acknowledged is in the new file.</param>
/// <param name="Rows">How many rows were saved from it.</param>
public sealed record SetAsideFile(string? Path, string Problem, DateTimeOffset At, bool IsWhole, int Rows);

/// <summary>Puts a new local file in the place of one that can't be used any more, and saves into it what it can.
/// </summary>
/// <remarks>
/// A crash at any step loses nothing: the old file is called <c>.unsaved</c>, log first, main file last, until the new
/// one holds in one transaction all that could be read; then it gets its last name in the same order. Used by the
/// writer's thread, or at start.
/// </remarks>
internal sealed class FileSuccession(
    string path, LocalDatabase database, IFileNames names, TimeProvider time, ILogger logger)
{
    internal const string Damaged = "damaged";
    internal const string InputOutput = "io-error";

    private const string Moved = "replaced";

    private readonly string _unsaved = path + ".unsaved";
    private SqliteSession? _orphan;
    private string? _kept;
    private string _kind = Damaged;
    private bool _begun;
    private bool _saved;
    private (int Rows, bool IsWhole) _result;

    /// <summary>Gets whether a replacing was begun that could not be ended yet.</summary>
    internal bool IsPending => _begun;

    /// <summary>Gets or sets whether the present file took a commit since it was begun.</summary>
    internal bool HasCommitted { get; set; } = true;

    /// <summary>Ends what a crash interrupted; called at start, before the file is opened.</summary>
    internal SetAsideFile? Resume()
    {
        if (!names.Exists(_unsaved))
        {
            if (!names.Exists(_unsaved + "-wal") || !names.Exists(path)) return null;
            MoveParts(path, _unsaved);
        }

        _saved = names.Exists(path) && IsSaved();
        if (_saved) _result = (0, false);
        return Replace(Damaged, "its setting aside was interrupted", long.MaxValue);
    }

    /// <summary>Sets the file aside and begins a new one.</summary>
    /// <param name="kind">Part of its last name: <see cref="Damaged"/> or <see cref="InputOutput"/>.</param>
    /// <param name="problem">What is wrong with it, in words.</param>
    /// <param name="through">The last journal position that was ever told as durable.</param>
    internal SetAsideFile Replace(string kind, string problem, long through)
    {
        _begun = true;
        _kind = kind;
        if (!_saved)
        {
            database.Abandon();
            CrashPoint.Reached(CrashPoint.AsideBegun);
            if (names.Exists(_unsaved)) DeleteParts(path);
            else MoveParts(path, _unsaved);
            SaveFrom(_unsaved, through);
            _saved = true;
        }

        // A file that never took a commit holds nothing that the one before it doesn't.
        string? aside = _kept;
        if (HasCommitted || aside is null) MoveParts(_unsaved, aside = FreeName(kind));
        else DeleteParts(_unsaved);
        CrashPoint.Reached(CrashPoint.AsideNamed);
        _kept = aside;
        // A damaged file may leave rows out without an error; one whose disk failed is complete where it can be read.
        _result.IsWhole &= string.Equals(kind, InputOutput, StringComparison.Ordinal);
        return End(aside, problem);
    }

    /// <summary>Begins a new file where the old one was deleted, renamed or replaced while it was open.</summary>
    /// <param name="problem">What happened, in words.</param>
    /// <param name="through">The last journal position that was ever told as durable.</param>
    internal SetAsideFile ReplaceMoved(string problem, long through)
    {
        _begun = true;
        _kind = Moved;
        if (_orphan is null)
        {
            // What is open can still be read, whatever became of its name.
            _orphan = database.Detach();
            names.MakeFolder(Path.GetDirectoryName(path)!);
            MoveParts(path, FreeName(Moved));
        }
        else
        {
            database.Abandon();
            DeleteParts(path);
        }

        database.Open();
        Save(_orphan.Connection, path, through);
        _orphan.Dispose();
        _orphan = null;
        return End(path: null, problem);
    }

    /// <summary>Goes on with what could not be ended.</summary>
    internal SetAsideFile TryAgain(string problem, long through) => _orphan is null
        ? Replace(_kind, problem, through)
        : ReplaceMoved(problem, through);

    internal void Close() => _orphan?.Dispose();

    private SetAsideFile End(string? path, string problem)
    {
        (_begun, _saved) = (false, false);
        HasCommitted = false;
        return new SetAsideFile(path, problem, time.GetUtcNow(), _result.IsWhole, _result.Rows);
    }

    private void SaveFrom(string source, long through)
    {
        database.Open();
        CrashPoint.Reached(CrashPoint.AsideOpened);
        var text = new SqliteConnectionStringBuilder
        {
            DataSource = source, Mode = SqliteOpenMode.ReadOnly, Pooling = false,
        };
        using var connection = new SqliteConnection(text.ToString());
        try
        {
            connection.Open();
        }
        catch (SqliteException e)
        {
            // It can't be opened: nothing can be saved from it.
            StorageLog.SalvageStopped(logger, source, e.Message);
            _result = (0, false);
            return;
        }

        // What the new file can't take is no fault of the old one: it is tried again.
        Save(connection, source, through);
    }

    private void Save(SqliteConnection source, string name, long through)
    {
        var salvage = new Salvage(source, database.Session, name, logger);
        try
        {
            database.BeginSalvage();
            salvage.Run(through);
            if (!salvage.IsWhole || string.Equals(_kind, Damaged, StringComparison.Ordinal)) database.Doubt();
            CrashPoint.Reached(CrashPoint.AsideSalvaged);
            database.EndSalvage();
        }
        catch
        {
            // Nothing may be committed to a file that does not hold yet what it is to follow.
            database.Abandon();
            throw;
        }

        CrashPoint.Reached(CrashPoint.AsideCommitted);
        _result = (salvage.Rows, salvage.IsWhole);
    }

    private bool IsSaved()
    {
        try
        {
            using SqliteSession session = SqliteSession.Open(path);
            return session.Scalar("select value from meta where key = 'salvaged'") is not null;
        }
        catch (SqliteException e)
        {
            StorageLog.SalvageStopped(logger, path, e.Message); // It was begun only: once more.
            return false;
        }
    }

    private string FreeName(string kind)
    {
        string stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        string name = $"{path}.{kind}-{stamp}";
        string free = name;
        for (int i = 2; names.Exists(free) || names.Exists(free + "-wal"); i++) free = $"{name}-{i}";
        return free;
    }

    private void MoveParts(string from, string to)
    {
        Move(from + "-shm", to + "-shm");
        Move(from + "-wal", to + "-wal");
        CrashPoint.Reached(CrashPoint.AsideLogMoved);
        Move(from, to);
        CrashPoint.Reached(CrashPoint.AsideMoved);
    }

    private void Move(string from, string to)
    {
        if (names.Exists(from)) names.Move(from, to);
    }

    private void DeleteParts(string name)
    {
        foreach (string part in (string[])["-shm", "-wal", string.Empty])
        {
            if (names.Exists(name + part)) names.Delete(name + part);
        }
    }
}
