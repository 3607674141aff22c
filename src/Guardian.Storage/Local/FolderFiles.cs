using System.Globalization;
using Guardian.Storage.History;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <summary>A database of a data folder as it lies there. Immutable.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Format">Version of its tables; 0 where it can't be told.</param>
/// <param name="WrittenAt">When it was last written.</param>
/// <param name="Problem">What is wrong with it, in words; null when nothing is.</param>
public sealed record FolderFile(string Path, long Bytes, int Format, DateTimeOffset WrittenAt, string? Problem);

/// <summary>Looks at the files of a data folder without changing them.</summary>
public static class FolderFiles
{
    /// <summary>Looks at the local file and the history, where they are.</summary>
    public static IReadOnlyList<FolderFile> Look(string folder) =>
    [
        .. new[] { (LocalFile.FileName, LocalSchema.Version), (SqliteHistoryStore.FileName, HistorySchema.Version) }
            .Select(file => (Path: Path.Combine(folder, file.Item1), Known: file.Item2))
            .Where(file => File.Exists(file.Path))
            .Select(file => Look(file.Path, file.Known)),
    ];

    /// <summary>Lists what was set aside in a folder: damaged files, and what was there before a restore.</summary>
    public static string[] SetAside(string folder) =>
    [
        .. Directory.EnumerateFileSystemEntries(folder, "guardian*")
            .Where(path => !path.EndsWith("-wal", StringComparison.Ordinal)
                && !path.EndsWith("-shm", StringComparison.Ordinal)
                && (path.Contains(".damaged-", StringComparison.Ordinal)
                    || Path.GetFileName(path).StartsWith("guardian-before-", StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal),
    ];

    private static FolderFile Look(string path, int known)
    {
        var info = new FileInfo(path);
        var written = new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero);
        int format = 0;
        string? problem;
        try
        {
            using SqliteSession session = SqliteSession.OpenReadOnly(path);
            string? text = session.Scalar("select value from meta where key = 'schema'") as string;
            problem = !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out format)
                ? $"its format reads '{text}'"
                : format > known ? $"format {format}, and this build reads formats up to {known}" : null;
            if (problem is null && session.Scalar("pragma quick_check(1)") is string answer and not "ok")
                problem = answer;
        }
        catch (SqliteException e)
        {
            problem = e.Message;
        }

        return new FolderFile(path, info.Length, format, written, problem);
    }
}
