using System.Text.Json;

namespace Guardian.Cli.Tests;

/// <summary>The recordings beside the repository; tests skip, saying so, where they are not.</summary>
public static class SharedData
{
    public static string Folder { get; } = Find();

    public static string Require(string path)
    {
        string full = Path.Combine(Folder, path);
        Assert.SkipUnless(File.Exists(full), $"no recording at {full}");
        return full;
    }

    public static JsonElement Reference()
    {
        using FileStream file = File.OpenRead(Require("reference.json"));
        return JsonDocument.Parse(file).RootElement.Clone();
    }

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null
            && !File.Exists(Path.Combine(folder.FullName, "Guardian.Orleans.sln"))) folder = folder.Parent;
        return Path.GetFullPath(Path.Combine(folder?.FullName ?? ".", "..", "shared", "data"));
    }
}
