using System.Globalization;

namespace Guardian.Storage.Local;

/// <summary>
/// Holds a data folder for one process; the system lets go of it when the process ends, however it ends.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private const string LockName = "guardian.lock";
    private const string OwnerName = "guardian.owner";

    private readonly FileStream _file;

    private DataFolderLock(FileStream file, string folder)
    {
        _file = file;
        Folder = folder;
    }

    /// <summary>Gets the full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>Makes the folder where it is missing, and takes it.</summary>
    /// <param name="folder">The folder as written.</param>
    /// <exception cref="DataFolderException">It belongs to a running process or can't be written.</exception>
    public static DataFolderLock Take(string folder)
    {
        string full = Path.GetFullPath(folder);
        string owner = Path.Combine(full, OwnerName);
        if (WhyUnwritable(full) is { } problem) throw Unwritable(full, problem);
        try
        {
            string path = Path.Combine(full, LockName);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            NameOwner(owner);
            return new DataFolderLock(file, full);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unwritable(full, e);
        }
        catch (IOException e)
        {
            throw new DataFolderException(
                $"Condition failed: data folder {full} belongs to the running process {Owner(owner)}. "
                + "Stop that process, or name another folder in Guardian:DataFolder.",
                e);
        }
    }

    /// <summary>Tells whether a path is one of the lock's own files.</summary>
    internal static bool IsOwn(string path) => Path.GetFileName(path) is LockName or OwnerName;

    /// <summary>Tells which process has a folder; null when none has.</summary>
    public static string? OwnerOf(string folder)
    {
        string path = Path.Combine(Path.GetFullPath(folder), LockName);
        if (!File.Exists(path)) return null;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return null;
        }
        catch (IOException)
        {
            return Owner(Path.Combine(Path.GetFullPath(folder), OwnerName)); // Locked: that is the answer.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Makes a folder where it is missing, and tries to write there.</summary>
    /// <returns>What went wrong; null when nothing did.</returns>
    internal static Exception? WhyUnwritable(string folder)
    {
        try
        {
            string full = Path.GetFullPath(folder);
            Directory.CreateDirectory(full);
            Probe(full);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }

    // Beside the lock: a locked file can't be read by who finds it locked. For people only: a full disk is no reason.
    private static void NameOwner(string path)
    {
        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // Who asks is told that the owner's number is unknown.
        }
    }

    private static DataFolderException Unwritable(string folder, Exception e) => new(
        $"Condition failed: data folder {folder} can't be written ({e.Message}). "
        + "Give this user the right to write there, or name another folder in Guardian:DataFolder.",
        e);

    private static void Probe(string folder)
    {
        string probe = Path.Combine(folder, $".probe-{Environment.ProcessId}-{Guid.NewGuid():N}");
        using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None)) { }
        File.Delete(probe);
    }

    private static string Owner(string path)
    {
        try
        {
            string text = File.ReadAllText(path).Trim();
            return text.Length > 0 ? text : "of unknown number";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "of unknown number";
        }
    }
}
