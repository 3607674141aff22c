using System.Globalization;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;
using Npgsql;

namespace Guardian.Storage.Tests.Postgres;

/// <summary>A real PgBouncer in transaction mode before a server that takes one connection; gone with the process.
/// </summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly string[] AsOther = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("guardian-pgbouncer-");
    private readonly int _port = FreePorts.Take();
    private readonly ChildProcess _process;

    private PgBouncer(NpgsqlConnectionStringBuilder server, string searchPath)
    {
        string settings = Path.Combine(_folder.FullName, "pgbouncer.ini");
        string target = string.Create(
            CultureInfo.InvariantCulture,
            $"host={server.Host} port={server.Port} dbname={server.Database} user={server.Username} ")
            + Password(server);
        File.WriteAllText(settings, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            pooled = {target} connect_query='set search_path to {searchPath}'
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 1
            max_client_conn = 300
            ignore_startup_parameters = extra_float_digits,options,search_path
            server_tls_sslmode = disable
            server_reset_query =
            server_check_query =
            query_wait_timeout = 60
            """));
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess)
        {
            // It refuses to run as root.
            _folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            _process = ChildProcess.StartAny("setpriv", [.. AsOther, Find()!, "-q", settings]);
        }
        else
        {
            _process = ChildProcess.StartAny(Find()!, ["-q", settings]);
        }
    }

    /// <summary>Gets why there is none here; null where there is one.</summary>
    public static string? Missing { get; } = Find() is null ? "pgbouncer was not found in /usr/sbin or on PATH" : null;

    /// <summary>Gets how to connect to the server through it.</summary>
    public NpgsqlConnectionStringBuilder Words => new()
    {
        Host = "127.0.0.1", Port = _port, Database = "pooled", Username = "postgres", NoResetOnClose = true,
        SslMode = SslMode.Disable, GssEncryptionMode = GssEncryptionMode.Disable,
    };

    /// <summary>Starts one.</summary>
    /// <param name="server">The server.</param>
    /// <param name="searchPath">The search path of its connection, which a pooler can't take over from a client.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<PgBouncer> StartAsync(
        NpgsqlConnectionStringBuilder server, string searchPath, CancellationToken cancellationToken)
    {
        PgBouncer pooler = new(server, searchPath);
        try
        {
            await Phase.ReachAsync(
                $"PgBouncer on port {pooler._port} answers",
                Deadline,
                async () => pooler._process.HasEnded || await pooler.AnswersAsync(cancellationToken),
                cancellationToken,
                () => pooler._process.Written);
            if (pooler._process.HasEnded)
                throw new InvalidOperationException($"PgBouncer ended at its start:\n{pooler._process.Written}");
            return pooler;
        }
        catch
        {
            await pooler.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string Password(NpgsqlConnectionStringBuilder server) =>
        server.Password is { Length: > 0 } password ? $"password='{password}'" : string.Empty;

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(':', StringSplitOptions.RemoveEmptyEntries).Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, "pgbouncer")).FirstOrDefault(File.Exists);

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = new(Words.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
