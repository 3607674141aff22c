using System.Globalization;
using System.Text;

namespace Guardian.Storage.Local;

/// <summary>
/// A note beside the local file: which file it is, and its last commit. SQLite takes a damaged or missing log for one
/// that ends earlier, and an older copy for the file itself; only a note elsewhere tells.
/// </summary>
/// <remarks>
/// Written after each commit and never synced: after kill −9 it is exact, after a loss of power it may be behind, which
/// proves nothing; it is never ahead of what was durable. Used by one thread at a time.
/// </remarks>
/// <param name="path">Its path.</param>
internal sealed class CommitMark(string path)
{
    private const int Length = 80;

    private readonly byte[] _bytes = new byte[Length];

    /// <summary>Reads it; null where it is missing or can't be read.</summary>
    internal (string File, long Commit)? Read()
    {
        try
        {
            string text = Encoding.ASCII.GetString(File.ReadAllBytes(path));
            string[] parts = text.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            bool whole = parts.Length == 3
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)
                && string.Equals(parts[2], Check(parts[0], parts[1]), StringComparison.Ordinal);
            return whole ? (parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // Without a note nothing is claimed.
        }
    }

    /// <summary>Writes it in place.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    internal void Write(string file, long commit)
    {
        string number = commit.ToString(CultureInfo.InvariantCulture);
        string text = $"{file} {number} {Check(file, number)}".PadRight(Length - 1) + "\n";
        Encoding.ASCII.GetBytes(text, _bytes);
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle =
            File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(handle, _bytes, 0);
    }

    private static string Check(string file, string number) =>
        unchecked((ulong)Seal.Of(file, number, [])).ToString("x16", CultureInfo.InvariantCulture);
}
