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
    private static readonly (ServerPrograms? Programs, string? Missing) Found = Find();

    private readonly DirectoryInfo _folder;
    private ServerProcess? _process;

    private PostgresServer(DirectoryInfo folder) => (_folder, Port) = (folder, FreePorts.Take());

    /// <summary>Gets why there is no server here; null where there is one.</summary>
    public static string? Missing { get; } = Found.Missing;

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
        await Programs.PrepareAsync(server._folder, cancellationToken);
        await Programs.RunAsync(
            "initdb",
            ["-D", server.Data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            server._folder,
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
        _process = Programs.Start(
            "postgres",
            [
                "-D", Data, "-k", string.Empty, "-h", Address is null ? "127.0.0.1" : $"127.0.0.1,{Address}",
                "-p", Port.ToString(CultureInfo.InvariantCulture),
                "-c", "max_connections=300", "-c", "shared_buffers=32MB",
            ],
            _folder);
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
    public async Task<string> SqlAsync(string database, string sql, CancellationToken cancellationToken)
    {
        ProcessResult result = await Running.RunAsync(
            "psql",
            [
                "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", User, "-d", database, "-X",
                "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
            ],
            cancellationToken);
        return ServerPrograms.Printed($"psql {sql}", result);
    }

    /// <summary>Ends it without a checkpoint, as its operator does in a hurry.</summary>
    public async Task StopImmediateAsync(CancellationToken cancellationToken)
    {
        if (_process is null) return;
        await _process.QuitAsync(cancellationToken);
        await EndAsync();
    }

    /// <summary>Ends it at once, as kill −9 does.</summary>
    public async Task Kill9Async()
    {
        if (_process is null) return;
        await _process.Kill9Async();
        await EndAsync();
    }

    /// <summary>Freezes it and all its processes, as SIGSTOP does.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Running.PauseAsync(cancellationToken);

    /// <summary>Lets them go on, as SIGCONT does.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => Running.ResumeAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Kill9Async();
        await Programs.DeleteAsync(_folder);
    }

    private static ServerPrograms Programs => Found.Programs ?? throw new InvalidOperationException(Missing);

    private ServerProcess Running =>
        _process ?? throw new InvalidOperationException("PostgreSQL was not started.");

    private string Data => Path.Combine(_folder.FullName, "data");

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken) =>
        (await Running.RunAsync("pg_isready", ["-q", "-h", "127.0.0.1", "-p", $"{Port}"], cancellationToken)).Code == 0;

    private async Task EndAsync()
    {
        if (_process is null) return;
        await _process.DisposeAsync();
        _process = null;
    }

    private static (ServerPrograms? Programs, string? Missing) Find()
    {
        IEnumerable<string> packaged = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out int version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        string image = Environment.GetEnvironmentVariable("GUARDIAN_TEST_POSTGRES_IMAGE") ?? "postgres:17.5-alpine";
        ServerPrograms? found = ServerPrograms.Find(
            packaged.Concat(ServerPrograms.SearchPath), ["postgres", "initdb"], "postgres", (image, "postgres"),
            out string? missing);
        return (found, missing);
    }
}
