namespace Guardian.Storage.Local;

/// <summary>The names in a folder: what SQLite does not do for us.</summary>
internal interface IFileNames
{
    /// <summary>Tells whether there is a file of this path.</summary>
    bool Exists(string path);

    /// <summary>Gives a file another name.</summary>
    void Move(string from, string to);

    /// <summary>Deletes a file.</summary>
    void Delete(string path);

    /// <summary>Makes a folder where it is missing.</summary>
    void MakeFolder(string path)
    {
    }

    /// <summary>Opens the note beside a file of how far it was written; null: none is kept.</summary>
    CommitMark? OpenMark(string path) => null;
}

/// <summary>The file system's own.</summary>
internal sealed class FileNames : IFileNames
{
    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public void Move(string from, string to) => File.Move(from, to);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void MakeFolder(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc/>
    public CommitMark? OpenMark(string path) => new(path);
}
