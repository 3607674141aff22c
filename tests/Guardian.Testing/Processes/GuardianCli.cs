namespace Guardian.Testing.Processes;

/// <summary>Runs the command line in processes of its own.</summary>
public static class GuardianCli
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(150);

    /// <summary>Starts a command.</summary>
    public static ChildProcess Start(params IEnumerable<string> arguments) =>
        ChildProcess.Start(BuildOutput.Cli, arguments);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<ProcessResult> RunAsync(
        CancellationToken cancellationToken, params IEnumerable<string> arguments)
    {
        await using ChildProcess process = Start(arguments);
        return await process.EndAsync(Deadline, cancellationToken);
    }
}
