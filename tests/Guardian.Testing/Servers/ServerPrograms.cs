using System.Diagnostics;
using Guardian.Testing.Processes;

namespace Guardian.Testing.Servers;

/// <summary>Where the programs of a test's server are: on this machine, or in an image that an engine runs.</summary>
/// <remarks>
/// What the machine has goes first; <c>GUARDIAN_TEST_SERVERS</c> set to <c>programs</c> or <c>docker</c> allows one
/// of both only. Thread-safe.
/// </remarks>
internal abstract class ServerPrograms
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Gets the folders of <c>PATH</c>.</summary>
    internal static IEnumerable<string> SearchPath =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Looks for the programs of a server.</summary>
    /// <param name="folders">Where they may be on this machine, best first.</param>
    /// <param name="programs">What must be there.</param>
    /// <param name="user">Who runs them where this process is root; null for root.</param>
    /// <param name="image">The image that has them, and who runs them in it; null for whoever runs the test.</param>
    /// <param name="missing">Why there are none; null where there are.</param>
    internal static ServerPrograms? Find(
        IEnumerable<string> folders,
        IReadOnlyList<string> programs,
        string? user,
        (string Name, string? User) image,
        out string? missing)
    {
        string allowed = Environment.GetEnvironmentVariable("GUARDIAN_TEST_SERVERS") ?? string.Empty;
        missing = null;
        string? found = allowed == "docker"
            ? null
            : folders.FirstOrDefault(folder => programs.All(program => File.Exists(Path.Combine(folder, program))));
        if (found is not null) return new MachinePrograms(found, user);
        string? why = allowed == "programs" ? "GUARDIAN_TEST_SERVERS allows no other" : Engine.Missing;
        if (why is null) return new ImagePrograms(image.Name, image.User);
        missing = $"{string.Join(", ", programs)} were found neither on PATH nor where packages put them, and no "
            + $"Docker engine runs them: {why}";
        return null;
    }

    /// <summary>Makes a folder fit for whoever runs the programs.</summary>
    internal abstract Task PrepareAsync(DirectoryInfo folder, CancellationToken cancellationToken);

    /// <summary>Starts a server.</summary>
    internal abstract ServerProcess Start(string program, IEnumerable<string> arguments, DirectoryInfo folder);

    /// <summary>Runs a program to its end beside no server.</summary>
    internal abstract Task<string> RunAsync(
        string program, IEnumerable<string> arguments, DirectoryInfo folder, CancellationToken cancellationToken);

    /// <summary>Deletes a folder and what the programs wrote there.</summary>
    internal virtual Task DeleteAsync(DirectoryInfo folder)
    {
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Runs something to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    internal static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken,
        TimeSpan? within = null)
    {
        string[] all = [.. arguments];
        return Printed(
            $"{program} {string.Join(' ', all)}", await ResultAsync(program, all, cancellationToken, within));
    }

    /// <summary>Runs something to its end, whatever its exit code.</summary>
    internal static async Task<ProcessResult> ResultAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken,
        TimeSpan? within = null)
    {
        await using ChildProcess process = ChildProcess.StartAny(program, arguments);
        return await process.EndAsync(within ?? Deadline, cancellationToken);
    }

    /// <summary>Gets what was printed by what ended well.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    internal static string Printed(string what, ProcessResult result) => result.Code == 0
        ? result.Out.Trim()
        : throw new InvalidOperationException($"{what}: {result}");

    /// <summary>What answers where Docker's command is asked.</summary>
    internal static class Engine
    {
        /// <summary>Gets why none answers; null where one does.</summary>
        internal static string? Missing { get; } = Ask();

        private static string? Ask()
        {
            try
            {
                using Process asked = Process.Start(
                    new ProcessStartInfo("docker", ["version", "--format", "{{.Server.Version}}"])
                    {
                        UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
                    })!;
                if (!asked.WaitForExit(TimeSpan.FromSeconds(10)))
                {
                    asked.Kill();
                    return "docker version did not answer within 10 s";
                }

                return asked.ExitCode == 0 ? null : asked.StandardError.ReadToEnd().Trim();
            }
            catch (System.ComponentModel.Win32Exception none)
            {
                return $"docker: {none.Message}";
            }
        }
    }
}
