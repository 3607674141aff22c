using System.Globalization;
using System.Text;

namespace Guardian.Storage.Local;

/// <summary>
/// Holds a data folder for one process; the system lets go of it when the process ends, however it ends.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private const string FileName = "guardian.lock";

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
        string path = Path.Combine(full, FileName);
        try
        {
            Directory.CreateDirectory(full);
            Probe(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"Condition failed: data folder {full} can't be written ({e.Message}). "
                + "Give this user the right to write there, or name another folder in Guardian:DataFolder.",
                e);
        }

        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
            return new DataFolderLock(file, full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"Condition failed: data folder {full} belongs to the running process {Owner(path)}. "
                + "Stop that process, or name another folder in Guardian:DataFolder.",
                e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

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
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file, Encoding.ASCII);
            string text = reader.ReadToEnd().Trim();
            return text.Length > 0 ? text : "of unknown number";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "of unknown number";
        }
    }
}
