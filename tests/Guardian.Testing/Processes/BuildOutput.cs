namespace Guardian.Testing.Processes;

/// <summary>Finds what the build made beside the running test, of the same configuration.</summary>
public static class BuildOutput
{
    /// <summary>Gets the file of the silo's process.</summary>
    public static string Silo => Find("silo", "Guardian.Silo.dll");

    /// <summary>Gets the file of the command line's process.</summary>
    public static string Cli => Find("client", "guardian.dll");

    /// <summary>Gets the file of the sample trading process.</summary>
    public static string Trader => Find(Path.Combine("samples", "Guardian.Trader"), "Guardian.Trader.dll");

    private static string Find(string project, string file)
    {
        string root = Recordings.RepositoryRoot()
            ?? throw new InvalidOperationException(
                $"Guardian.Orleans.sln is in no folder above {AppContext.BaseDirectory}.");
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string path = Path.Combine(root, project, "bin", framework.Parent!.Name, framework.Name, file);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"{path} is not there; build the solution before the test.", path);
    }
}
