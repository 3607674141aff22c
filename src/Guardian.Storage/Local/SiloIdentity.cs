using System.Text;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <summary>Whose files lie in a data folder: a file of another silo is refused, not mixed in.</summary>
/// <remarks>
/// The id lies in a small file beside the databases and in each of them. A folder that is copied as a whole keeps it.
/// </remarks>
public static class SiloIdentity
{
    /// <summary>Name of the small file.</summary>
    public const string FileName = "guardian.silo";

    private const string Key = "silo";

    /// <summary>Compares the files of a folder, and gives a new folder its id.</summary>
    /// <param name="folder">The folder, taken.</param>
    /// <param name="databases">The paths of the databases in it.</param>
    /// <returns>The id, to be kept by <see cref="Keep"/>, and whether the folder has had one before.</returns>
    /// <exception cref="DataFolderException">Two files are of different silos; names both.</exception>
    internal static (string Id, bool WasUsed) Check(string folder, params ReadOnlySpan<string> databases)
    {
        string path = Path.Combine(folder, FileName);
        string? id = File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        string said = path;
        bool named = !string.IsNullOrEmpty(id);
        if (!named) id = null;
        foreach (string database in databases)
        {
            if (Read(database) is not { } other) continue;
            if (id is null) (id, said) = (other, database);
            else if (!string.Equals(id, other, StringComparison.Ordinal)) throw Foreign(said, id, database, other);
        }

        return (id ?? $"{Guid.NewGuid():N}", id is not null);
    }

    /// <summary>Writes the small file where it is missing, once the databases are there.</summary>
    /// <remarks>Where the disk is full now, the databases know it, and a later start writes it.</remarks>
    internal static void Keep(string folder, string id)
    {
        string path = Path.Combine(folder, FileName);
        if (File.Exists(path) && new FileInfo(path).Length > 0) return;
        try
        {
            DurableFiles.Write(path, Encoding.UTF8.GetBytes(id + "\n"));
        }
        catch (IOException e) when (StandInFolder.IsDiskError(e))
        {
            File.Delete(path); // Half a name is none.
        }
    }

    /// <summary>Writes the id into a database that has none.</summary>
    internal static void Put(SqliteSession session, string id) =>
        session.Execute("insert into meta values($0, $1) on conflict do nothing", Key, id);

    // What can't be read is not judged here: opening it says what is wrong, or sets it aside.
    private static string? Read(string database)
    {
        if (!File.Exists(database)) return null;
        try
        {
            using SqliteSession session = SqliteSession.OpenReadOnly(database);
            return session.Scalar("select value from meta where key = $0", Key) as string;
        }
        catch (SqliteException)
        {
            return null; // Unreadable or without a table of that name: see above.
        }
    }

    private static DataFolderException Foreign(string first, string id, string second, string other) => new(
        $"Condition failed: {second} is of silo {other}, but {first} is of silo {id}. Put the file back where it came "
        + "from, or name another folder in Guardian:DataFolder; 'guardian restore' brings a whole backup in.");
}
