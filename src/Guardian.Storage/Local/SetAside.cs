using System.Globalization;

namespace Guardian.Storage.Local;

/// <summary>Sets a damaged file aside, never overwriting it.</summary>
internal static class SetAside
{
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
}
