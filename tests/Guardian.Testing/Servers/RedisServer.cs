using System.Globalization;
using Guardian.Testing.Processes;

namespace Guardian.Testing.Servers;

/// <summary>A real Redis on a free loopback port with a folder of its own; gone with the test's process.</summary>
/// <remarks>It may be killed and started again any number of times; the port stays. One test at a time changes it.
/// </remarks>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly (ServerPrograms? Programs, string? Missing) Found = Find();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("guardian-redis-");
    private readonly DirectoryInfo _copies = Directory.CreateTempSubdirectory("guardian-redis-copies-");
    private readonly List<string> _settings;
    private ServerProcess? _process;

    private RedisServer(params IEnumerable<string> settings)
    {
        _settings = [.. settings];
        Port = FreePorts.Take();
    }

    /// <summary>Gets why there is no server here; null where there is one.</summary>
    public static string? Missing { get; } = Found.Missing;

    /// <summary>Gets the address.</summary>
    public string Host { get; private set; } = "127.0.0.1";

    /// <summary>Gets the port.</summary>
    public int Port { get; }

    /// <summary>Gets host and port.</summary>
    public string EndPoint => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>Gets whether it runs.</summary>
    public bool IsRunning => _process is { HasEnded: false };

    /// <summary>Gets the folder of its append-only file and snapshots.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Starts a server.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="settings">Arguments such as <c>--maxmemory 4mb</c>, beyond port and folder.</param>
    /// <exception cref="InvalidOperationException">There is none here: see <see cref="Missing"/>.</exception>
    public static Task<RedisServer> StartAsync(CancellationToken cancellationToken, params string[] settings) =>
        StartAsync(Make(settings), cancellationToken);

    /// <summary>Starts a server at another address of this machine than loopback.</summary>
    public static Task<RedisServer> StartAtAsync(string address, CancellationToken cancellationToken)
    {
        RedisServer server = Make("--protected-mode", "no");
        server.Host = address;
        return StartAsync(server, cancellationToken);
    }

    /// <summary>Makes a server that does not run yet.</summary>
    /// <param name="settings">Arguments beyond port and folder.</param>
    /// <exception cref="InvalidOperationException">There is none here: see <see cref="Missing"/>.</exception>
    public static RedisServer Make(params string[] settings) =>
        Missing is null ? new RedisServer(settings) : throw new InvalidOperationException(Missing);

    /// <summary>Starts it on the same port with what its folder holds, and waits until it answers.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        await EndAsync();
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", Host, "--dir", Folder,
            "--daemonize", "no", "--save", string.Empty, "--appendonly", "no", "--loglevel", "warning",
            "--maxmemory-policy", "noeviction", "--enable-debug-command", "local", .. _settings,
        ];
        await Programs.PrepareAsync(_folder, cancellationToken);
        _process = Programs.Start("redis-server", arguments, _folder);
        await Phase.ReachAsync(
            $"Redis on {EndPoint} answers",
            Deadline,
            async () => _process.HasEnded || await AnswersAsync(cancellationToken),
            cancellationToken,
            () => _process.Written);
        if (_process.HasEnded)
            throw new InvalidOperationException($"Redis ended at its start:\n{_process.Written}");
    }

    /// <summary>Ends it at once, as kill −9 does.</summary>
    public async Task Kill9Async()
    {
        if (_process is null) return;
        await _process.Kill9Async();
        await EndAsync();
    }

    /// <summary>Kills it and starts it with an empty folder.</summary>
    public async Task RestartEmptyAsync(CancellationToken cancellationToken)
    {
        await Kill9Async();
        foreach (FileInfo file in _folder.GetFiles()) file.Delete();
        foreach (DirectoryInfo inner in _folder.GetDirectories()) inner.Delete(recursive: true);
        await StartAgainAsync(cancellationToken);
    }

    /// <summary>Writes its data to a file and keeps a copy.</summary>
    /// <returns>The copy's path, for <see cref="RestartFromAsync"/>.</returns>
    public async Task<string> SnapshotAsync(CancellationToken cancellationToken)
    {
        await CommandAsync(cancellationToken, "SAVE");
        string copy = Path.Combine(_copies.FullName, $"{Guid.NewGuid():N}.rdb");
        File.Copy(Path.Combine(Folder, "dump.rdb"), copy);
        return copy;
    }

    /// <summary>Kills it and starts it with the data of a snapshot.</summary>
    public async Task RestartFromAsync(string snapshot, CancellationToken cancellationToken)
    {
        await Kill9Async();
        File.Copy(snapshot, Path.Combine(Folder, "dump.rdb"), overwrite: true);
        await StartAgainAsync(cancellationToken);
    }

    /// <summary>Freezes it, as SIGSTOP does.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Running.PauseAsync(cancellationToken);

    /// <summary>Lets it go on, as SIGCONT does.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => Running.ResumeAsync(cancellationToken);

    /// <summary>Sends one command.</summary>
    /// <returns>The answer as Redis wrote it, its first line decoded no further.</returns>
    public Task<string> CommandAsync(CancellationToken cancellationToken, params string[] words) =>
        RedisText.SendAsync(Host, Port, words, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Kill9Async();
        await Programs.DeleteAsync(_folder);
        _copies.Delete(recursive: true);
    }

    private static async Task<RedisServer> StartAsync(RedisServer server, CancellationToken cancellationToken)
    {
        try
        {
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            string answer = await CommandAsync(cancellationToken, "PING");
            // One that wants a password is up as well.
            return answer.StartsWith("+PONG", StringComparison.Ordinal)
                || answer.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception notYet) when (notYet is IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private async Task EndAsync()
    {
        if (_process is null) return;
        await _process.DisposeAsync();
        _process = null;
    }

    private static ServerPrograms Programs => Found.Programs ?? throw new InvalidOperationException(Missing);

    private ServerProcess Running => _process ?? throw new InvalidOperationException("Redis was not started.");

    private static (ServerPrograms? Programs, string? Missing) Find()
    {
        string image = Environment.GetEnvironmentVariable("GUARDIAN_TEST_REDIS_IMAGE") ?? "redis:7.4.2-alpine";
        ServerPrograms? found = ServerPrograms.Find(
            ServerPrograms.SearchPath.Concat(["/usr/local/bin", "/usr/bin"]), ["redis-server"], user: null,
            (image, null), out string? missing);
        return (found, missing);
    }
}
