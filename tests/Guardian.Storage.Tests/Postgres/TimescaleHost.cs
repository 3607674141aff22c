using Guardian.Storage.Postgres;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(Guardian.Storage.Tests.Postgres.TimescaleHost))]

namespace Guardian.Storage.Tests.Postgres;

/// <summary>The TimescaleDB of <c>GUARDIAN_TEST_TIMESCALEDB_URI</c>, whose schema <c>guardian</c> is dropped.</summary>
/// <remarks>
/// Its tests run one after another. Where the words of the address allow one connection
/// (<c>Maximum Pool Size=1</c>), a pooler stands before it; a server in a process without <c>copy</c> is taken too.
/// </remarks>
public sealed class TimescaleHost : IDatabaseHost, IAsyncLifetime
{
    /// <summary>The collection of its tests.</summary>
    public const string Collection = "TimescaleDB";

    private const string Variable = "GUARDIAN_TEST_TIMESCALEDB_URI";

    private readonly string? _uri = Environment.GetEnvironmentVariable(Variable);
    private PgBouncer? _pooler;

    /// <inheritdoc/>
    public async Task<PostgresDatabase> OpenAsync()
    {
        Assert.SkipWhen(string.IsNullOrEmpty(_uri), $"{Variable} is not set");
        NpgsqlConnectionStringBuilder words = new(_uri);
        bool single = words.MaxPoolSize == 1;
        if (single)
        {
            Assert.SkipWhen(PgBouncer.Missing is not null, PgBouncer.Missing ?? string.Empty);
            _pooler ??= await PgBouncer.StartAsync(words, "guardian,public", Make.Soon());
            words = _pooler.Words;
        }

        await using (NpgsqlConnection connection = new(words.ConnectionString))
        {
            await connection.OpenAsync(Make.Soon());
            await using NpgsqlCommand drop = new("drop schema if exists guardian cascade", connection);
            await drop.ExecuteNonQueryAsync(Make.Soon());
        }

        var database = new PostgresDatabase(
            new PostgresOptions
            {
                Uri = words.ConnectionString, UseCopy = !single, StatementPatience = TimeSpan.FromSeconds(30),
            },
            NullLogger<PostgresDatabase>.Instance);
        await database.PrepareAsync(Make.Soon());
        Assert.Equal("timescaledb", database.Store);
        return database;
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_pooler is not null) await _pooler.DisposeAsync();
    }
}
