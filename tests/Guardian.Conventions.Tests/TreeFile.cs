namespace Guardian.Conventions.Tests;

/// <summary>One file of the repository.</summary>
/// <param name="path">Path from the root, with slashes.</param>
internal sealed class TreeFile(string path)
{
    private readonly Lazy<string> _text = new(() => File.ReadAllText(System.IO.Path.Combine(Tree.Root, path)));
    private string? _code;

    /// <summary>Gets the path from the root, with slashes.</summary>
    public string Path => path;

    /// <summary>Gets the folders and the name.</summary>
    public string[] Parts { get; } = path.Split('/');

    /// <summary>Gets the name.</summary>
    public string Name => Parts[^1];

    /// <summary>Gets the whole text.</summary>
    public string Text => _text.Value;

    /// <summary>Gets the lines, without their ends.</summary>
    public string[] Lines => Text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    /// <summary>Gets a C# source without comments and without the content of strings, line by line the same.</summary>
    public string Code => _code ??= CSharpText.WithoutCommentsAndStrings(Text);

    /// <summary>Tells whether the name ends so.</summary>
    public bool Is(string extension) => path.EndsWith(extension, StringComparison.Ordinal);

    /// <summary>Tells whether it lies under one of these top-level folders.</summary>
    public bool Under(params string[] folders) => Parts.Length > 1 && folders.Contains(Parts[0]);

    /// <summary>Names a place in the file, for a finding.</summary>
    /// <param name="text">The text the index counts in.</param>
    /// <param name="index">Index of a character, from 0.</param>
    public string At(string text, int index) => $"{path}:{text.AsSpan(0, index).Count('\n') + 1}";
}
