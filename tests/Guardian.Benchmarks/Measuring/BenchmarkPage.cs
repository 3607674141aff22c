using System.Text;

namespace Guardian.Benchmarks.Measuring;

/// <summary>The page <c>docs/reference/benchmarks.md</c>: one part a suite, each as old as its own run.</summary>
internal static class BenchmarkPage
{
    private const string Name = "benchmarks.md";
    private const string Mark = "## Suite `";

    /// <summary>Every suite of the goals, in the order of the page.</summary>
    public static IReadOnlyList<string> Suites { get; } =
    [
        "detect", "check", "observe", "gate", "journal", "history", "redis", "query", "alerts", "failover", "restart",
        "memory", "growth",
    ];

    /// <summary>Puts a suite's part in place of its older one.</summary>
    public static void Write(string suite, string part)
    {
        Dictionary<string, string> parts = Read(CommandLine.ReadPage(Name));
        parts[suite] = part.TrimEnd();
        CommandLine.WritePage(Name, Make(parts));
    }

    private static Dictionary<string, string> Read(string page)
    {
        Dictionary<string, string> parts = new(StringComparer.Ordinal);
        foreach (string chunk in page.Split("\n## ").Skip(1))
        {
            string text = "## " + chunk;
            if (!text.StartsWith(Mark, StringComparison.Ordinal)) continue;
            int end = text.IndexOf('\n', StringComparison.Ordinal);
            parts[text[Mark.Length..end].TrimEnd('`')] = text[end..].Trim();
        }

        return parts;
    }

    private static string Make(Dictionary<string, string> parts)
    {
        var page = new StringBuilder();
        page.Append("# Benchmarks\nWritten by `dotnet run -c Release --project tests/Guardian.Benchmarks -- SUITE ")
            .Append("--write`; not edited by hand. Each ratio is baseline over ours, in turns in the same run: ")
            .Append("median, and in brackets smallest and largest of the repeats. Absolute figures are noisy on a ")
            .Append("shared ")
            .Append("machine and stand there for orientation.\n");
        foreach (string suite in Suites.Where(parts.ContainsKey))
            page.Append('\n').Append(Mark).Append(suite).Append("`\n").Append(parts[suite]).Append('\n');
        string missing = string.Join(", ", Suites.Where(s => !parts.ContainsKey(s)).Select(s => $"`{s}`"));
        page.Append("\n## Not measured yet\n").Append(missing)
            .Append(": these suites answer \"not yet\" and exit with 2.\n");
        return page.ToString();
    }
}
