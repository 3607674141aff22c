using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Guardian.Testing;

/// <summary>Finds the recordings of others that lie beside the repository and are never part of it.</summary>
public static class Recordings
{
    /// <summary>Finds one recording, such as <c>drift/btc_perp_1m_202201.csv.gz</c>.</summary>
    /// <param name="relative">Path below the folder of recordings.</param>
    /// <param name="path">The file where it was found.</param>
    /// <param name="reason">Where it was looked for and what was missing: the reason to skip with.</param>
    public static bool TryFind(
        string relative,
        [NotNullWhen(true)] out string? path,
        [NotNullWhen(false)] out string? reason)
    {
        path = null;
        if (RepositoryRoot() is not { } root)
        {
            reason = $"Guardian.Orleans.sln lies in no folder above {AppContext.BaseDirectory}.";
            return false;
        }

        string file = Path.GetFullPath(Path.Combine(root, "..", "shared", "data", relative));
        if (!File.Exists(file))
        {
            reason = $"The recording {relative} is not at {file}.";
            return false;
        }

        (path, reason) = (file, null);
        return true;
    }

    /// <summary>Reads the lines of a text file, unpacking it where its name ends in <c>.gz</c>.</summary>
    public static IEnumerable<string> ReadLines(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using StreamReader reader = new(plain);
        while (reader.ReadLine() is { } line) yield return line;
    }

    /// <summary>Gets the folder that holds the solution, or null where none does.</summary>
    public static string? RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Guardian.Orleans.sln"))) return folder.FullName;
        return null;
    }
}
