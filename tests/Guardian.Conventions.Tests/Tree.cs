using Guardian.Testing;

namespace Guardian.Conventions.Tests;

/// <summary>The files of the repository as they lie on disk, without what a build or a run leaves behind.</summary>
internal static class Tree
{
    private static readonly string[] LeftBehind =
        [".git", "bin", "obj", "guardian-data", "TestResults", "node_modules", ".vs", ".idea"];

    private static readonly Lazy<List<TreeFile>> AllFiles = new(
        () => [.. Walk(new DirectoryInfo(Root!)).OrderBy(file => file.Path, StringComparer.Ordinal)]);

    /// <summary>Gets the folder that holds the solution.</summary>
    public static string Root { get; } = Recordings.RepositoryRoot()
        ?? throw new DirectoryNotFoundException(
            $"Guardian.Orleans.sln lies in no folder above {AppContext.BaseDirectory}.");

    /// <summary>Gets every file.</summary>
    public static IReadOnlyList<TreeFile> Files => AllFiles.Value;

    /// <summary>Gets every C# source.</summary>
    public static IEnumerable<TreeFile> Sources => Files.Where(file => file.Is(".cs"));

    /// <summary>Gets the C# sources that are shipped.</summary>
    public static IEnumerable<TreeFile> Product => Sources.Where(file => file.Under("src", "silo", "client"));

    /// <summary>Gets the C# sources of test projects.</summary>
    public static IEnumerable<TreeFile> Tests =>
        Sources.Where(file => file.Under("tests") && file.Parts[1].EndsWith(".Tests", StringComparison.Ordinal));

    /// <summary>Gets the project files.</summary>
    public static IEnumerable<TreeFile> Projects => Files.Where(file => file.Is(".csproj"));

    /// <summary>Gets the pages of documentation, those at the top level included.</summary>
    public static IEnumerable<TreeFile> Pages => Files.Where(file => file.Is(".md"));

    /// <summary>Gets one file that must be there.</summary>
    public static TreeFile File(string path) =>
        Files.FirstOrDefault(file => file.Path == path)
        ?? throw new FileNotFoundException($"{path} is not in the repository.");

    /// <summary>Gets the names at the top level.</summary>
    public static IEnumerable<string> TopLevel =>
        new DirectoryInfo(Root).EnumerateFileSystemInfos().Select(entry => entry.Name).Except(LeftBehind);

    /// <summary>Fails with every finding on a line of its own.</summary>
    public static void AssertNone(string rule, IEnumerable<string> findings)
    {
        List<string> all = [.. findings];
        Assert.True(all.Count == 0, $"{rule}\n{string.Join('\n', all)}");
    }

    private static IEnumerable<TreeFile> Walk(DirectoryInfo folder)
    {
        foreach (FileInfo file in folder.EnumerateFiles())
        {
            if (file.Name != ".git" && !file.Name.EndsWith(".user", StringComparison.Ordinal))
                yield return new TreeFile(Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'));
        }

        foreach (DirectoryInfo inner in folder.EnumerateDirectories())
        {
            if (LeftBehind.Contains(inner.Name)) continue;
            foreach (TreeFile file in Walk(inner)) yield return file;
        }
    }
}
