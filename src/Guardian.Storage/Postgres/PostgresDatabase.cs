using System.Globalization;
using DbUp;
using DbUp.Engine;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <summary>The database of the shared tiers: its connections, its schema, and whether it can be used.</summary>
/// <remarks>
/// Thread-safe. Writers, readers and records have connections of their own, so that none takes another's. The schema is
/// brought to its version when the server first answers, under an advisory lock, and again when its tables are gone.
/// </remarks>
public sealed class PostgresDatabase : IAsyncDisposable
{
    /// <summary>Oldest version of the server.</summary>
    public const int LeastVersion = 15;

    /// <summary>
    /// The script that the oldest program knows which works with the schema that this one makes. To be raised with a
    /// script that such a program can't live with; until then silos are replaced one by one, and back.
    /// </summary>
    private const int OldestScript = 205;

    private const string Folder = ".Migrations.";
    private const string Journal = "schema_versions";
    private const long Lock = 0x6775617264; // "guard"

    private readonly PostgresOptions _options;
    private readonly ILogger<PostgresDatabase> _logger;
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private volatile bool _prepared;

    /// <summary>Initializes the database without connecting.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="logger">Where to log.</param>
    public PostgresDatabase(PostgresOptions options, ILogger<PostgresDatabase> logger)
    {
        (_options, _logger) = (options, logger);
        Writer = NpgsqlDataSource.Create(options.ConnectionString("writer", 4));
        Reader = NpgsqlDataSource.Create(options.ConnectionString("reader", 10));
        Records = NpgsqlDataSource.Create(options.ConnectionString("records", 20));
        Upkeep = NpgsqlDataSource.Create(options.ConnectionString("upkeep", 2));
    }

    /// <summary>Gets host, port and database, for messages.</summary>
    public string EndPoint => _options.EndPoint;

    /// <summary>Gets the options.</summary>
    public PostgresOptions Options => _options;

    /// <summary>Gets the connections of what writes.</summary>
    public NpgsqlDataSource Writer { get; }

    /// <summary>Gets the connections of what answers people.</summary>
    public NpgsqlDataSource Reader { get; }

    /// <summary>Gets the connections of grain storage and halt board.</summary>
    public NpgsqlDataSource Records { get; }

    /// <summary>Gets the connections of retention, compression and rollups.</summary>
    public NpgsqlDataSource Upkeep { get; }

    /// <summary>Gets whether the hypertables of TimescaleDB are used; false before the first contact.</summary>
    public bool IsTimescale { get; private set; }

    /// <summary>Gets what it is: <c>postgresql</c> or <c>timescaledb</c>.</summary>
    public string Store => IsTimescale ? "timescaledb" : "postgresql";

    /// <summary>Brings the schema to this program's version; does nothing once it is.</summary>
    /// <exception cref="StorageUnavailableException">The server is away.</exception>
    /// <exception cref="PostgresRefusedException">It can't be used: too old, too new a schema, no rights.</exception>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        if (_prepared) return;
        await _preparing.WaitAsync(cancellation);
        try
        {
            if (_prepared) return;
            await UpgradeAsync(cancellation);
            _prepared = true;
            StorageLog.PostgresReady(_logger, Store, EndPoint);
        }
        catch (PostgresException e) when (e.SqlState is "42501" or "28P01" or "28000" or "3D000")
        {
            throw new PostgresRefusedException(
                $"Condition failed: PostgreSQL at {EndPoint} refuses ({PostgresErrors.Words(e)}). Give the role of "
                + $"TIMESCALEDB_URI the right to connect and to make schema {_options.Schema}, or name the schema's "
                + "owner in Guardian:Postgres:OwnerUri.");
        }
        catch (Exception e) when (PostgresErrors.IsAway(e))
        {
            throw Away(e);
        }
        finally
        {
            _preparing.Release();
        }
    }

    /// <summary>Runs one piece of work; what the server can't do at present is told in words.</summary>
    /// <exception cref="StorageUnavailableException">The server is away or can't be used at present.</exception>
    internal async Task<T> UseAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await PrepareAsync(cancellation);
            return await work();
        }
        catch (PostgresRefusedException e)
        {
            throw new StorageUnavailableException(e.Message);
        }
        catch (Exception e) when (PostgresErrors.IsAway(e) && !cancellation.IsCancellationRequested)
        {
            throw Away(e);
        }
    }

    /// <summary>Notes a failure and says it in words; dead connections are not handed out again.</summary>
    internal StorageUnavailableException Away(Exception error)
    {
        if (PostgresErrors.IsWithoutTables(error)) _prepared = false;
        if (error is PostgresException { SqlState: not "57014" and { } state } && state[..2] is "57" or "08")
        {
            Writer.Clear();
            Reader.Clear();
            Records.Clear();
            Upkeep.Clear();
        }

        // Words only: no exception of the driver may travel to another silo.
        return new StorageUnavailableException(
            $"Condition failed: PostgreSQL at {EndPoint} can't be used ({PostgresErrors.Words(error)}).");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
        await Reader.DisposeAsync();
        await Records.DisposeAsync();
        await Upkeep.DisposeAsync();
        _preparing.Dispose();
    }

    private async Task UpgradeAsync(CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await Writer.OpenConnectionAsync(cancellation);
        if (connection.PostgreSqlVersion.Major < LeastVersion)
        {
            throw new PostgresRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"Condition failed: PostgreSQL at {EndPoint} has version {connection.PostgreSqlVersion}; "
                + $"it takes {LeastVersion} or newer: upgrade the server."));
        }

        await LockAsync(connection, cancellation);
        try
        {
            await Task.Run(Migrate, cancellation);
            // What the schema was made for, not what the server has meanwhile.
            await using NpgsqlCommand plain = new(
                "select 1 from pg_partitioned_table where partrelid = to_regclass('events')", connection);
            IsTimescale = await plain.ExecuteScalarAsync(cancellation) is null;
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
                await UnlockAsync(connection);
        }
    }

    private void Migrate()
    {
        UpgradeEngine engine = DeployChanges.To
            .PostgresqlDatabase(_options.OwnerConnectionString())
            .WithScriptsEmbeddedInAssembly(
                typeof(PostgresDatabase).Assembly, name => name.Contains(Folder, StringComparison.Ordinal))
            .JournalToPostgresqlTable(_options.Schema, Journal)
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build();
        HashSet<string> known = [.. engine.GetDiscoveredScripts().Select(script => script.Name)];
        List<string> newer = [.. engine.GetExecutedScripts().Where(name => !known.Contains(name))];
        if (newer.Count > 0)
        {
            if (LeastScript() > known.Max(Number))
            {
                throw new PostgresRefusedException(
                    $"Condition failed: the schema {_options.Schema} in PostgreSQL at {EndPoint} is newer than this "
                    + $"program (it has {newer[^1]}). Start the newer program again, "
                    + "or name another database in TIMESCALEDB_URI.");
            }

            // Upgraded by a newer silo while this one was down, which works on with it.
            StorageLog.SchemaNewer(_logger, EndPoint, newer[^1]);
            return;
        }

        // A role that may not change the schema is right as long as there is nothing to change.
        if (!engine.IsUpgradeRequired()) return;
        PrepareSchema();
        // Before the scripts: whoever finds them finds this too.
        Execute(string.Create(
            CultureInfo.InvariantCulture,
            $"comment on schema {_options.Schema} is 'for programs that know script {OldestScript:0000} or newer'"));
        DatabaseUpgradeResult result = engine.PerformUpgrade();
        if (!result.Successful) throw result.Error;
        if (_options.OwnerUri is not null) Grant();
    }

    // What the newest program says of who may use the schema that it made; none: nobody older.
    private int LeastScript()
    {
        using NpgsqlConnection connection = new(_options.OwnerConnectionString());
        connection.Open();
        using NpgsqlCommand command = new(
            "select (regexp_match(obj_description(to_regnamespace($1)::oid, 'pg_namespace'), "
            + "'script ([0-9]{4})'))[1]::integer",
            connection);
        command.Parameters.AddWithValue(_options.Schema);
        return command.ExecuteScalar() as int? ?? int.MaxValue;
    }

    // Scripts are called by four digits, behind the folder.
    private static int Number(string script) => int.Parse(
        script.AsSpan(script.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length, 4),
        CultureInfo.InvariantCulture);

    // Where the schema is its own, TimescaleDB is used if the server offers it and the owner may make it.
    private void PrepareSchema()
    {
        Execute($"create schema if not exists {_options.Schema}");
        try
        {
            Execute(
                "do $do$ begin if exists(select 1 from pg_available_extensions where name = 'timescaledb') "
                + "then create extension if not exists timescaledb schema public; end if; end $do$");
        }
        catch (PostgresException e)
        {
            StorageLog.TimescaleNotMade(_logger, EndPoint, PostgresErrors.Words(e));
        }
    }

    // What the role of a running silo needs and no more: it can neither create nor drop.
    private void Grant()
    {
        string schema = _options.Schema;
        string name = new NpgsqlConnectionStringBuilder(_options.ConnectionString("writer", 1)).Username
            ?? string.Empty;
        string role = '"' + name.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
        Execute($"grant usage on schema {schema} to {role}");
        Execute($"grant select, insert, update, delete on all tables in schema {schema} to {role}");
        Execute($"grant execute on all functions in schema {schema} to {role}");
    }

    // Names that were checked: small letters, digits and '_'; the role is quoted.
    private void Execute(string sql)
    {
        using NpgsqlConnection connection = new(_options.OwnerConnectionString());
        connection.Open();
#pragma warning disable CA2100 // See above: nothing of a caller's text gets here unchecked.
        using NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new("select pg_advisory_lock($1)", connection);
        command.Parameters.AddWithValue(Lock);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task UnlockAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new("select pg_advisory_unlock($1)", connection);
        command.Parameters.AddWithValue(Lock);
        await command.ExecuteNonQueryAsync();
    }
}
