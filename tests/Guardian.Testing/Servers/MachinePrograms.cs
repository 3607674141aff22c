using Guardian.Testing.Processes;

namespace Guardian.Testing.Servers;

/// <summary>The programs of this machine.</summary>
/// <param name="binaries">Their folder.</param>
/// <param name="user">Who runs them where this process is root; null for root.</param>
internal sealed class MachinePrograms(string binaries, string? user) : ServerPrograms
{
    private bool IsOther => user is not null && Environment.IsPrivilegedProcess;

    internal override Task PrepareAsync(DirectoryInfo folder, CancellationToken cancellationToken) => IsOther
        ? RunAsync("chown", ["-R", $"{user}:{user}", folder.FullName], cancellationToken)
        : Task.CompletedTask;

    internal override ServerProcess Start(string program, IEnumerable<string> arguments, DirectoryInfo folder)
    {
        (string path, string[] all) = As(program, arguments);
        return new Server(ChildProcess.StartAny(path, all, workingFolder: folder.FullName), binaries);
    }

    internal override Task<string> RunAsync(
        string program, IEnumerable<string> arguments, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        (string path, string[] all) = As(program, arguments);
        return RunAsync(path, all, cancellationToken);
    }

    private (string Program, string[] Arguments) As(string program, IEnumerable<string> arguments)
    {
        string path = Path.Combine(binaries, program);
        return IsOther
            ? ("setpriv", [$"--reuid={user}", $"--regid={user}", "--clear-groups", "--", path, .. arguments])
            : (path, [.. arguments]);
    }

    // setpriv becomes the server itself, so its children are the server's.
    private sealed class Server(ChildProcess process, string binaries) : ServerProcess(process)
    {
        private readonly int _id = process.Id;

        internal override async Task Kill9Async()
        {
            // Its children would go on for a while on the same data.
            await SendAllAsync("KILL", CancellationToken.None);
            await EndAsync();
        }

        internal override Task PauseAsync(CancellationToken cancellationToken) =>
            SendAllAsync("STOP", cancellationToken);

        internal override Task ResumeAsync(CancellationToken cancellationToken) =>
            SendAllAsync("CONT", cancellationToken);

        internal override Task<ProcessResult> RunAsync(
            string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
            ServerPrograms.ResultAsync(Path.Combine(binaries, program), arguments, cancellationToken);

        protected override Task SendAsync(string signal, CancellationToken cancellationToken) =>
            ServerPrograms.RunAsync("kill", [$"-{signal}", $"{_id}"], cancellationToken);

        // One of them may be gone meanwhile.
        private Task<string> SendAllAsync(string signal, CancellationToken cancellationToken)
        {
            string script = $"kill -{signal} {_id} $(cat /proc/{_id}/task/*/children) 2>&1 || true";
            return ServerPrograms.RunAsync("sh", ["-c", script], cancellationToken);
        }
    }
}
