using Guardian.Storage.Postgres;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;

[assembly: AssemblyFixture(typeof(Guardian.Storage.Tests.Postgres.PostgresHost))]

namespace Guardian.Storage.Tests.Postgres;

/// <summary>A server of databases.</summary>
public interface IDatabaseHost
{
    /// <summary>Makes a database with every table, and nothing in these.</summary>
    Task<PostgresDatabase> OpenAsync();
}

/// <summary>One real PostgreSQL for all tests of this project; each takes a database of its own.</summary>
public sealed class PostgresHost : IDatabaseHost, IAsyncLifetime
{
    private Task<PostgresServer>? _server;
    private readonly Lock _gate = new();
    private int _databases;

    /// <summary>Gets the server, which is started by the first test that asks; skips the test where there is none.
    /// </summary>
    public async Task<PostgresServer> ServerAsync()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? string.Empty);
        Task<PostgresServer> server;
        lock (_gate) server = _server ??= PostgresServer.StartAsync(CancellationToken.None);
        return await server;
    }

    /// <summary>Makes an empty database.</summary>
    public async Task<string> DatabaseAsync()
    {
        PostgresServer server = await ServerAsync();
        return await server.MakeDatabaseAsync($"t{Interlocked.Increment(ref _databases)}", Make.Soon());
    }

    /// <inheritdoc/>
    public async Task<PostgresDatabase> OpenAsync()
    {
        var database = new PostgresDatabase(
            new PostgresOptions { Uri = await DatabaseAsync() }, NullLogger<PostgresDatabase>.Instance);
        await database.PrepareAsync(Make.Soon());
        return database;
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await (await _server).DisposeAsync();
    }
}
