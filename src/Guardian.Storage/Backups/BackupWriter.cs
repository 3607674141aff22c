using System.Globalization;
using Guardian.Contracts;
using Guardian.Storage.Audit;
using Guardian.Storage.History;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Backups;

/// <summary>Copies a data folder while its silo runs, by SQLite's online backup.</summary>
/// <remarks>
/// Thread-safe. The local file is copied as of one moment and the history as of a later one, so that whatever the
/// history's cursor tells of is in the copy. The manifest comes last: a backup without it was cut short.
/// </remarks>
/// <param name="time">The clock.</param>
public sealed class BackupWriter(TimeProvider time)
{
    /// <summary>Makes a backup.</summary>
    /// <param name="folder">The data folder; its silo may run.</param>
    /// <param name="target">A folder that is not there yet, or is empty.</param>
    /// <exception cref="DataFolderException">There is no data, or the target can't be used; says which and why.
    /// </exception>
    public BackupManifest Write(string folder, string target)
    {
        string from = Path.GetFullPath(folder);
        string to = Path.GetFullPath(target);
        string local = Path.Combine(from, LocalFile.FileName);
        if (!File.Exists(local))
            throw new DataFolderException($"Condition failed: {from} has no {LocalFile.FileName}; name a data folder.");
        BackupRestorer.CheckNotHalf(from);
        if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any())
            throw new DataFolderException($"Condition failed: {to} is not empty; name a new folder for the backup.");
        try
        {
            return WriteFiles(from, to);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"Condition failed: the backup of {from} to {to} was cut short ({e.Message}). It can't be restored: "
                + "delete it, make room or give rights, and begin again.",
                e);
        }
    }

    private BackupManifest WriteFiles(string from, string to)
    {
        Timestamp at = Timestamp.From(time.GetUtcNow());
        Directory.CreateDirectory(to);
        var files = new List<BackupFile> { Copy(from, to, LocalFile.FileName) };
        if (File.Exists(Path.Combine(from, SqliteHistoryStore.FileName)))
            files.Add(Copy(from, to, SqliteHistoryStore.FileName));
        if (File.Exists(Path.Combine(from, SiloIdentity.FileName)))
        {
            DurableFiles.Copy(Path.Combine(from, SiloIdentity.FileName), Path.Combine(to, SiloIdentity.FileName));
            files.Add(Entry(to, SiloIdentity.FileName, format: 0));
        }

        using SqliteSession copy = SqliteSession.OpenReadOnly(Path.Combine(to, LocalFile.FileName));
        var manifest = new BackupManifest
        {
            At = at,
            Folder = from,
            Silo = Meta(copy, "silo"),
            Writer = Meta(copy, "file"),
            Files = [.. files],
            AuditHeads = AuditRows.Exist(copy) ? [.. AuditRows.Heads(copy)] : [],
        };
        DurableFiles.Sync(to);
        manifest.Write(to);
        return manifest;
    }

    private static BackupFile Copy(string from, string to, string name)
    {
        string path = Path.Combine(to, name);
        int format;
        using (SqliteSession source = SqliteSession.OpenReadOnly(Path.Combine(from, name)))
        using (SqliteSession copy = SqliteSession.Open(path))
        {
            source.Connection.BackupDatabase(copy.Connection);
            // Without a log beside it, reading the copy never changes it.
            copy.Scalar("pragma journal_mode=delete");
            if (copy.Scalar("pragma quick_check(1)") is not "ok")
                throw new IOException($"the copy of {name} is damaged: check {Path.Combine(from, name)}");
            format = int.Parse(Meta(copy, "schema"), CultureInfo.InvariantCulture);
        }

        DurableFiles.Sync(path);
        return Entry(to, name, format);
    }

    private static BackupFile Entry(string folder, string name, int format)
    {
        string path = Path.Combine(folder, name);
        return new BackupFile(name, new FileInfo(path).Length, DurableFiles.Hash(path), format);
    }

    private static string Meta(SqliteSession session, string key) =>
        session.Scalar("select value from meta where key = $0", key) as string ?? string.Empty;
}
