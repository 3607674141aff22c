using System.Text;

namespace Guardian.Storage.Files;

/// <summary>Makes and deletes a small file so that it is there whole or not at all. Thread-safe.</summary>
public static class DurableFile
{
    /// <summary>Makes a file of a text; never writes over one that is there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="text">What it says.</param>
    /// <param name="written">The time of writing that it is to show.</param>
    /// <exception cref="IOException">There is one already, or the disk could not take it; nothing is left behind.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The folder can't be written.</exception>
    public static void Make(string path, string text, DateTime written)
    {
        string folder = FolderOf(path);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            File.WriteAllText(temporary, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.SetLastWriteTimeUtc(temporary, written);
            Libc.Sync(temporary);
            File.Move(temporary, path, overwrite: false);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        Libc.Sync(folder);
    }

    /// <summary>Deletes a file if it is still the one that is meant; one that has taken its place stays.</summary>
    /// <param name="path">Which.</param>
    /// <param name="isMeant">Looks at the file under the name that it is given.</param>
    /// <returns>Whether it was deleted.</returns>
    /// <exception cref="IOException">It could not be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder can't be written.</exception>
    public static bool Delete(string path, Func<string, bool> isMeant)
    {
        string folder = FolderOf(path);
        string aside = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        File.Move(path, aside, overwrite: false);
        if (!isMeant(aside))
        {
            File.Move(aside, path, overwrite: false);
            return false;
        }

        File.Delete(aside);
        Libc.Sync(folder);
        return true;
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
}
