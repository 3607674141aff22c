namespace Guardian.Storage.Local;

/// <summary>
/// Where a silo works while the disk of its data folder is broken, full or read-only at the start: trading goes on,
/// nothing of it survives the machine, and everything says so. Immutable.
/// </summary>
/// <param name="Folder">A new folder among the temporary files.</param>
/// <param name="Reason">Why it is needed, in words.</param>
public sealed record StandInFolder(string Folder, string Reason)
{
    // Linux numbers: input/output error, no space left, read-only file system.
    private static readonly int[] DiskErrors = [5, 28, 30];

    /// <summary>Makes one where a folder can't be written for a fault of its disk.</summary>
    /// <param name="folder">The data folder as written.</param>
    /// <returns>
    /// Null when the folder can be written, and when what is wrong is not the disk: a missing right or a path that is
    /// no folder is a mistake of whoever configured it, and taking the folder refuses it.
    /// </returns>
    /// <exception cref="IOException">The temporary files can't be written either.</exception>
    public static StandInFolder? For(string folder)
    {
        if (DataFolderLock.WhyUnwritable(folder) is not IOException e || !IsDiskError(e)) return null;
        return new StandInFolder(
            Directory.CreateTempSubdirectory("guardian-stand-in-").FullName,
            $"data folder {Path.GetFullPath(folder)} can't be written ({e.Message}); the silo works without it: what "
            + "was there is not known, and what happens now is lost with the machine or the next start");
    }

    /// <summary>Tells whether an error is one of the disk.</summary>
    internal static bool IsDiskError(IOException error) => DiskErrors.Contains(error.HResult);
}
