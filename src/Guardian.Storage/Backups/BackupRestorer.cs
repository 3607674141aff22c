using System.Globalization;
using Guardian.Contracts;
using Guardian.Storage.Audit;
using Guardian.Storage.History;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Backups;

/// <summary>What a restore did. Immutable.</summary>
/// <param name="Folder">The data folder.</param>
/// <param name="Backup">What was restored.</param>
/// <param name="SetAside">Where the folder's former files are now; null when there were none.</param>
/// <param name="EpochFloor">The highest epoch known anywhere; guardians begin above it.</param>
public sealed record RestoreResult(string Folder, BackupManifest Backup, string? SetAside, long EpochFloor);

/// <summary>Brings a backup back into a data folder whose silo is stopped.</summary>
/// <remarks>
/// Thread-safe. Nothing is deleted: what lies in the folder is set aside when that is allowed. The local file comes
/// last, so that a restore that was cut short leaves no folder a silo would start from with half of the data.
/// </remarks>
/// <param name="time">The clock.</param>
public sealed class BackupRestorer(TimeProvider time)
{
    /// <summary>Name of the file that lies in a folder for as long as a restore to it is not done.</summary>
    internal const string Marker = "guardian.restoring";

    private const string Half = ".restoring";

    /// <summary>Restores a backup.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="folder">The data folder.</param>
    /// <param name="force">Whether files that are there are set aside; otherwise they are a reason to refuse.</param>
    /// <param name="actor">Who restores; becomes the first entry of the new chain of human actions.</param>
    /// <param name="reason">Why.</param>
    /// <exception cref="DataFolderException">
    /// The backup was cut short or is newer than this build, the folder belongs to a running silo or is not empty, or
    /// something can't be written; says which and why.
    /// </exception>
    public RestoreResult Restore(string backup, string folder, bool force, string actor, string reason)
    {
        string from = Path.GetFullPath(backup);
        string to = Path.GetFullPath(folder);
        BackupManifest manifest = BackupManifest.Read(from);
        CheckFormats(from, manifest);
        using DataFolderLock taken = DataFolderLock.Take(to);
        string[] present = Present(to);
        if (present.Length > 0 && !force)
        {
            throw new DataFolderException(
                $"Condition failed: {to} is not empty: it has {Path.GetFileName(present[0])}. Name an empty folder, or "
                + "set what is there aside with --force.");
        }

        try
        {
            long floor = 0;
            // Until it is gone no silo starts here and nothing is backed up from here.
            DurableFiles.Write(Path.Combine(to, Marker), [.. "restoring\n"u8]);
            string? aside = present.Length > 0 ? SetAsideAll(to, present, ref floor) : null;
            CopyAll(from, to, manifest);
            floor = Math.Max(floor, HighestEpoch(to));
            Begin(to, manifest, floor, new AuditAction(
                actor,
                "restore",
                $"folder {to}",
                SymbolName.Live,
                reason,
                "restored",
                $"from {from}, made {manifest.At} of {manifest.Folder}, writer {manifest.Writer}"));
            File.Delete(Path.Combine(to, Marker));
            DurableFiles.Sync(to);
            return new RestoreResult(to, manifest, aside, floor);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"Condition failed: restoring to {to} was cut short ({e.Message}). Make room or give rights, and "
                + "restore again with --force.",
                e);
        }
    }

    /// <summary>Refuses a folder in which a restore was cut short.</summary>
    /// <exception cref="DataFolderException">One was.</exception>
    internal static void CheckNotHalf(string folder)
    {
        if (!File.Exists(Path.Combine(folder, Marker))) return;
        throw new DataFolderException(
            $"Condition failed: a restore to {folder} was cut short ({Marker} is still there). Restore again with "
            + "--force; what was there before rests in guardian-before-….");
    }

    private static void CheckFormats(string from, BackupManifest manifest)
    {
        foreach (BackupFile file in manifest.Files)
        {
            int known = file.Name == LocalFile.FileName ? LocalSchema.Version : HistorySchema.Version;
            if (file.Format <= known) continue;
            throw new DataFolderException(
                $"Condition failed: {Path.Combine(from, file.Name)} has format {file.Format}, and this build reads "
                + $"formats up to {known}. Restore it with the newer build.");
        }
    }

    private static string[] Present(string folder) =>
    [
        .. Directory.EnumerateFileSystemEntries(folder, "guardian*")
            .Where(path => !DataFolderLock.IsOwn(path) && Path.GetFileName(path) != Marker)
            .Where(path => !Path.GetFileName(path).StartsWith("guardian-before-", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private string SetAsideAll(string folder, string[] present, ref long floor)
    {
        floor = HighestEpoch(folder);
        string stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        string aside = Path.Combine(folder, $"guardian-before-{stamp}");
        for (int i = 2; Directory.Exists(aside); i++) aside = Path.Combine(folder, $"guardian-before-{stamp}-{i}");
        Directory.CreateDirectory(aside);
        foreach (string path in present) Directory.Move(path, Path.Combine(aside, Path.GetFileName(path)));
        DurableFiles.Sync(aside);
        DurableFiles.Sync(folder);
        return aside;
    }

    private static void CopyAll(string from, string to, BackupManifest manifest)
    {
        BackupFile[] inOrder = [.. manifest.Files.OrderBy(file => file.Name == LocalFile.FileName)];
        foreach (BackupFile file in inOrder)
        {
            string half = Path.Combine(to, file.Name + Half);
            File.Delete(half);
            DurableFiles.Copy(Path.Combine(from, file.Name), half);
            if (!string.Equals(DurableFiles.Hash(half), file.Sha256, StringComparison.Ordinal))
                throw new IOException($"the copy {half} is not as the backup: its SHA-256 differs");
        }

        foreach (BackupFile file in inOrder)
            File.Move(Path.Combine(to, file.Name + Half), Path.Combine(to, file.Name));
        DurableFiles.Sync(to);
    }

    // A restored file is a writer of its own: the one it was taken from may have gone on.
    private void Begin(string folder, BackupManifest manifest, long floor, AuditAction action)
    {
        string path = Path.Combine(folder, LocalFile.FileName);
        using SqliteSession session = LocalSchema.Open(path, checkBytes: 0);
        string writer = $"{Guid.NewGuid():N}";
        session.Execute("begin immediate");
        Put(session, "file", writer);
        Put(session, "restored-from", manifest.Writer);
        Put(session, "epoch-floor", floor.ToString(CultureInfo.InvariantCulture));
        AuditRows.Append(session, writer, $"{Guid.NewGuid():N}", Timestamp.From(time.GetUtcNow()), action);
        session.Execute("commit");
    }

    private static void Put(SqliteSession session, string key, string value) => session.Execute(
        "insert into meta values($0, $1) on conflict do update set value = excluded.value", key, value);

    /// <summary>Finds the highest epoch in whatever of a folder can be read.</summary>
    private static long HighestEpoch(string folder) => Math.Max(
        Highest(Path.Combine(folder, LocalFile.FileName), "checkpoints", "journal"),
        Highest(Path.Combine(folder, SqliteHistoryStore.FileName), "minutes"));

    private static long Highest(string path, params string[] tables)
    {
        if (!File.Exists(path)) return 0;
        long highest = 0;
        foreach (string table in tables)
        {
            try
            {
                using SqliteSession session = SqliteSession.OpenReadOnly(path);
                highest = Math.Max(
                    highest, session.Scalar($"select max(epoch_number) from {table}") as long? ?? 0);
                if (table == "checkpoints")
                    highest = Math.Max(highest, session.Scalar("select value from meta where key = 'epoch-floor'")
                        is string text && long.TryParse(text, out long floor) ? floor : 0);
            }
            catch (SqliteException)
            {
                // Damaged or of an old format: what can't be read tells no epoch, and the rest still does.
            }
        }

        return highest;
    }
}
