using System.Collections.Concurrent;
using System.Diagnostics;
using Guardian.Testing.Processes;

namespace Guardian.Testing.Servers;

/// <summary>The programs of an image, run by a Docker engine of this machine on its network.</summary>
/// <param name="image">Its name; it is fetched where the engine doesn't have it.</param>
/// <param name="user">Who runs them in it; null for whoever runs the test.</param>
internal sealed class ImagePrograms(string image, string? user) : ServerPrograms
{
    private static readonly TimeSpan FetchDeadline = TimeSpan.FromMinutes(10);
    private static readonly ConcurrentDictionary<string, bool> Containers = new(StringComparer.Ordinal);
    private static readonly string Me = $"{IdOf("Uid:")}:{IdOf("Gid:")}";
    private static int _containers;

    // What would outlive the test's process.
    static ImagePrograms() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        if (Containers.IsEmpty) return;
        using Process removed = Process.Start("docker", ["rm", "--force", "--volumes", .. Containers.Keys]);
        removed.WaitForExit(TimeSpan.FromSeconds(30));
    };

    internal override async Task PrepareAsync(DirectoryInfo folder, CancellationToken cancellationToken)
    {
        if (user is not null && OperatingSystem.IsLinux())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_111_111); // Whoever that is in the image.
        string known = await RunAsync("docker", ["image", "ls", "--quiet", image], cancellationToken);
        if (known.Length == 0) await RunAsync("docker", ["pull", "--quiet", image], cancellationToken, FetchDeadline);
    }

    internal override ServerProcess Start(string program, IEnumerable<string> arguments, DirectoryInfo folder)
    {
        string name = NewName();
        Containers[name] = true;
        return new Server(ChildProcess.StartAny("docker", Run(name, program, arguments, folder)), name);
    }

    internal override Task<string> RunAsync(
        string program, IEnumerable<string> arguments, DirectoryInfo folder, CancellationToken cancellationToken) =>
        RunAsync("docker", Run(NewName(), program, arguments, folder), cancellationToken);

    internal override async Task DeleteAsync(DirectoryInfo folder)
    {
        // What belongs to the image's user, only that user may delete.
        if (user is not null)
        {
            await RunAsync(
                "find", [folder.FullName, "-mindepth", "1", "-delete"], folder, CancellationToken.None);
        }

        folder.Delete(recursive: true);
    }

    private static string NewName() =>
        $"guardian-test-{Environment.ProcessId}-{Interlocked.Increment(ref _containers)}";

    private IEnumerable<string> Run(
        string name, string program, IEnumerable<string> arguments, DirectoryInfo folder) =>
    [
        "run", "--rm", "--name", name, "--network", "host", "--user", user ?? Me, "--volume",
        $"{folder.FullName}:{folder.FullName}", "--workdir", folder.FullName, "--entrypoint", program, image,
        .. arguments,
    ];

    private static string IdOf(string kind) => File.ReadLines("/proc/self/status")
        .First(line => line.StartsWith(kind, StringComparison.Ordinal)).Split('\t', StringSplitOptions.None)[1];

    private static Task<string> RemoveAsync(string name)
    {
        Containers.TryRemove(name, out _);
        return RunAsync("docker", ["rm", "--force", "--volumes", name], CancellationToken.None);
    }

    private sealed class Server(ChildProcess process, string name) : ServerProcess(process)
    {
        private bool _paused;

        internal override async Task Kill9Async()
        {
            if (HasEnded) return;
            if (_paused) await ResumeAsync(CancellationToken.None); // An engine kills no frozen container.
            await SendAsync("KILL", CancellationToken.None);
            await EndAsync();
        }

        internal override async Task PauseAsync(CancellationToken cancellationToken)
        {
            await ServerPrograms.RunAsync("docker", ["pause", name], cancellationToken);
            _paused = true;
        }

        internal override async Task ResumeAsync(CancellationToken cancellationToken)
        {
            if (!_paused) return;
            await ServerPrograms.RunAsync("docker", ["unpause", name], cancellationToken);
            _paused = false;
        }

        internal override Task<ProcessResult> RunAsync(
            string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
            ServerPrograms.ResultAsync("docker", ["exec", name, program, .. arguments], cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            if (_paused) await ResumeAsync(CancellationToken.None);
            if (!HasEnded) await RemoveAsync(name);
            Containers.TryRemove(name, out _);
            await base.DisposeAsync();
        }

        protected override Task SendAsync(string signal, CancellationToken cancellationToken) =>
            ServerPrograms.RunAsync("docker", ["kill", "--signal", signal, name], cancellationToken);
    }
}
