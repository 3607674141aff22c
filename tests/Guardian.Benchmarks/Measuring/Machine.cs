using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Guardian.Testing;

namespace Guardian.Benchmarks.Measuring;

/// <summary>On what, and with which sources, was measured.</summary>
internal static class Machine
{
    /// <summary>Gets the commit, marked where sources differ from it.</summary>
    public static string Commit { get; } = ReadCommit();

    /// <summary>Gets processor, cores, memory, system and runtime.</summary>
    public static string Name { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor()}, {Environment.ProcessorCount} cores, "
        + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB, "
        + $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.FrameworkDescription}");

    /// <summary>Gets the day in UTC.</summary>
    public static string Day { get; } =
        TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Gets the load averages of the last 1, 5 and 15 minutes.</summary>
    public static string Load() => File.Exists("/proc/loadavg")
        ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3))
        : "unknown";

    private static string Processor()
    {
        if (!File.Exists("/proc/cpuinfo")) return RuntimeInformation.ProcessArchitecture.ToString();
        string? line = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line.Split(':', 2)[1].Trim();
    }

    private static string ReadCommit()
    {
        string commit = Git("rev-parse --short=12 HEAD");
        if (commit.Length == 0) return "unknown";
        return Git("status --porcelain -- src tests").Length == 0 ? commit : commit + " with changes";
    }

    private static string Git(string arguments)
    {
        ProcessStartInfo start = new("git", arguments)
        {
            WorkingDirectory = Recordings.RepositoryRoot() ?? Environment.CurrentDirectory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process? git = Process.Start(start);
            if (git is null) return string.Empty;
            string text = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? text.Trim() : string.Empty;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return string.Empty; // No git on this machine: the commit is unknown, and the table says so.
        }
    }
}
