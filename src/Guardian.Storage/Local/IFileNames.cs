namespace Guardian.Storage.Local;

/// <summary>The names in a folder: what SQLite does not do for us.</summary>
internal interface IFileNames
{
    /// <summary>Tells whether there is a file of this path.</summary>
    bool Exists(string path);

    /// <summary>Gives a file another name.</summary>
    void Move(string from, string to);
}

/// <summary>The file system's own.</summary>
internal sealed class FileNames : IFileNames
{
    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public void Move(string from, string to) => File.Move(from, to);
}
