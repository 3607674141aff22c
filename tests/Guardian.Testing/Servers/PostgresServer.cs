using System.Globalization;
using Guardian.Testing.Processes;

namespace Guardian.Testing.Servers;

/// <summary>A real PostgreSQL on a free loopback port with a folder of its own; gone with the test's process.</summary>
/// <remarks>It may be killed and started again any number of times; the port stays. One test at a time changes it.
/// </remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "postgres";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly string[] AsOther = ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"];
    private static readonly string? Binaries = Find();

    private readonly DirectoryInfo _folder;
    private ChildProcess? _process;

    private PostgresServer(DirectoryInfo folder) => (_folder, Port) = (folder, FreePorts.Take());

    /// <summary>Gets why there is no server here; null where there is one.</summary>
    public static string? Missing { get; } =
        Binaries is null ? "PostgreSQL was found neither on PATH nor in /usr/lib/postgresql/*/bin" : null;

    /// <summary>Gets the port, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Gets whether it runs.</summary>
    public bool IsRunning => _process is { HasEnded: false };

    /// <summary>Gets the address at which it listens beside loopback.</summary>
    public string? Address { get; private init; }

    /// <summary>Makes a data folder and starts a server on it that another address of this machine answers at, too.
    /// </summary>
    public static async Task<PostgresServer> StartAtAsync(string address, CancellationToken cancellationToken)
    {
        PostgresServer server = await MakeAsync(null, address, cancellationToken);
        try
        {
            await File.AppendAllTextAsync(
                Path.Combine(server.Data, "pg_hba.conf"), "host all all samenet trust\n", cancellationToken);
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a data folder and starts a server on it.</summary>
    /// <exception cref="InvalidOperationException">There is none here: see <see cref="Missing"/>.</exception>
    public static async Task<PostgresServer> StartAsync(CancellationToken cancellationToken, string? folder = null)
    {
        PostgresServer server = await MakeAsync(cancellationToken, folder);
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

    /// <summary>Makes a server that does not run yet.</summary>
    /// <exception cref="InvalidOperationException">There is none here: see <see cref="Missing"/>.</exception>
    public static Task<PostgresServer> MakeAsync(CancellationToken cancellationToken, string? folder = null) =>
        MakeAsync(folder, address: null, cancellationToken);

    private static async Task<PostgresServer> MakeAsync(
        string? folder, string? address, CancellationToken cancellationToken)
    {
        if (Missing is not null) throw new InvalidOperationException(Missing);
        PostgresServer server = new(
            folder is null
                ? Directory.CreateTempSubdirectory("guardian-postgres-")
                : Directory.CreateDirectory(folder))
        {
            Address = address,
        };
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess)
            await RunAsync("chown", ["-R", "postgres:postgres", server._folder.FullName], cancellationToken);
        await RunAsUserAsync(
            "initdb",
            ["-D", server.Data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            cancellationToken);
        return server;
    }

    /// <summary>Says how to connect to a database of it.</summary>
    public string ConnectionString(string database) => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={User};Database={database}");

    /// <summary>Says the same as an address.</summary>
    public string AddressOf(string database) => string.Create(
        CultureInfo.InvariantCulture, $"postgresql://{User}@{Address ?? "127.0.0.1"}:{Port}/{database}");

    /// <summary>Starts it on the same port and data, and waits until it answers.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        await EndAsync();
        File.Delete(Path.Combine(Data, "postmaster.pid"));
        (string program, string[] arguments) = AsUser(
            "postgres",
            "-D", Data, "-k", string.Empty, "-h", Address is null ? "127.0.0.1" : $"127.0.0.1,{Address}",
            "-p", Port.ToString(CultureInfo.InvariantCulture),
            "-c", "max_connections=300", "-c", "shared_buffers=32MB");
        _process = ChildProcess.StartAny(program, arguments, workingFolder: _folder.FullName);
        await Phase.ReachAsync(
            $"PostgreSQL on port {Port} answers",
            Deadline,
            async () => _process.HasEnded || await AnswersAsync(cancellationToken),
            cancellationToken,
            () => _process.Written);
        if (_process.HasEnded)
            throw new InvalidOperationException($"PostgreSQL ended at its start:\n{_process.Written}");
    }

    /// <summary>Makes a database; each test has its own.</summary>
    /// <returns>How to connect to it.</returns>
    public async Task<string> MakeDatabaseAsync(string name, CancellationToken cancellationToken)
    {
        await SqlAsync("postgres", $"create database \"{name}\"", cancellationToken);
        return ConnectionString(name);
    }

    /// <summary>Runs SQL by <c>psql</c>.</summary>
    /// <returns>What it printed, unaligned and without headings.</returns>
    public Task<string> SqlAsync(string database, string sql, CancellationToken cancellationToken) => RunAsync(
        Path.Combine(Binaries!, "psql"),
        [
            "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", User, "-d", database, "-X",
            "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
        ],
        cancellationToken);

    /// <summary>Ends it without a checkpoint, as its operator does in a hurry.</summary>
    public async Task StopImmediateAsync(CancellationToken cancellationToken)
    {
        if (_process is null) return;
        await SignalAsync("-QUIT", cancellationToken);
        await _process.EndAsync(Deadline, cancellationToken);
        await EndAsync();
    }

    /// <summary>Ends it at once, as kill −9 does.</summary>
    public async Task Kill9Async()
    {
        if (_process is null) return;
        // Its children would go on for a while on the same data.
        await SignalAllAsync("-KILL", CancellationToken.None);
        await EndAsync();
    }

    /// <summary>Freezes it and all its processes, as SIGSTOP does.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => SignalAllAsync("-STOP", cancellationToken);

    /// <summary>Lets them go on, as SIGCONT does.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => SignalAllAsync("-CONT", cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Kill9Async();
        _folder.Delete(recursive: true);
    }

    private string Data => Path.Combine(_folder.FullName, "data");

    private static (string Program, string[] Arguments) AsUser(string program, params string[] arguments)
    {
        string path = Path.Combine(Binaries!, program);
        return Environment.IsPrivilegedProcess ? ("setpriv", [.. AsOther, path, .. arguments]) : (path, arguments);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        (string program, string[] arguments) =
            (Path.Combine(Binaries!, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", $"{Port}"]);
        await using ChildProcess asked = ChildProcess.StartAny(program, arguments);
        return (await asked.EndAsync(Deadline, cancellationToken)).Code == 0;
    }

    private static Task<string> RunAsUserAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        (string path, string[] all) = AsUser(program, arguments);
        return RunAsync(path, all, cancellationToken);
    }

    private static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        await using ChildProcess process = ChildProcess.StartAny(program, arguments);
        ProcessResult result = await process.EndAsync(Deadline, cancellationToken);
        return result.Code == 0
            ? result.Out.Trim()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result}");
    }

    private Task<string> SignalAsync(string signal, CancellationToken cancellationToken) => _process is null
        ? throw new InvalidOperationException("PostgreSQL was not started.")
        : RunAsync("kill", [signal, $"{_process.Id}"], cancellationToken);

    private async Task SignalAllAsync(string signal, CancellationToken cancellationToken)
    {
        if (_process is null) throw new InvalidOperationException("PostgreSQL was not started.");
        // setpriv becomes the server itself, so its children are the backends. One may be gone meanwhile.
        string script = $"kill {signal} {_process.Id} $(cat /proc/{_process.Id}/task/*/children) 2>&1 || true";
        await RunAsync("sh", ["-c", script], cancellationToken);
    }

    private async Task EndAsync()
    {
        if (_process is null) return;
        await _process.DisposeAsync();
        _process = null;
    }

    private static string? Find()
    {
        IEnumerable<string> packaged = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out int version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        return packaged
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
                .Split(':', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "postgres"))
                && File.Exists(Path.Combine(folder, "initdb")));
    }
}
