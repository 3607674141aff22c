using Guardian.Testing;

namespace Guardian.Benchmarks;

/// <summary>What was asked for. Immutable.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Json">Rows as JSON instead of text.</param>
/// <param name="Quick">Fewer repeats and guardians.</param>
/// <param name="Write">The page under <c>docs/reference</c> is written.</param>
internal sealed record CommandLine(string Suite, bool Json, bool Quick, bool Write)
{
    /// <summary>How it is used.</summary>
    public const string Usage =
        "Usage: dotnet run -c Release --project tests/Guardian.Benchmarks -- SUITE [--output json] [--quick] "
        + "[--write]\n"
        + "Suites: detect, check, observe, gate, journal, redis, history, query, failover, restart, memory, growth, "
        + "score, selftest.\n"
        + "Exit codes: 0 goals met, 1 a goal missed, 2 wrong use or not there yet.";

    /// <summary>Reads the arguments.</summary>
    /// <returns>What was asked for, or null when it cannot be understood.</returns>
    public static CommandLine? Parse(string[] args)
    {
        if (args.Length == 0 || args[0].StartsWith('-')) return null;
        CommandLine line = new(args[0], false, false, false);
        for (int i = 1; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick": line = line with { Quick = true }; break;
                case "--write": line = line with { Write = true }; break;
                case "--output" when i + 1 < args.Length && args[i + 1] is "json" or "text":
                    line = line with { Json = args[++i] == "json" };
                    break;
                default: return null;
            }
        }

        return line;
    }

    /// <summary>Writes a page of <c>docs/reference</c>.</summary>
    public static void WritePage(string name, string text) => File.WriteAllText(PathOf(name), text);

    /// <summary>Reads a page of <c>docs/reference</c>; nothing where there is none.</summary>
    public static string ReadPage(string name) => File.Exists(PathOf(name)) ? File.ReadAllText(PathOf(name)) : "";

    private static string PathOf(string name)
    {
        string root = Recordings.RepositoryRoot()
            ?? throw new DirectoryNotFoundException(
                "Condition failed: --write needs the repository around the program.");
        return Path.Combine(root, "docs", "reference", name);
    }
}
