using System.Globalization;
using Guardian.Testing.Servers;

namespace Guardian.Benchmarks.Calling;

/// <summary>A Redis and a PostgreSQL of their own for the silos of a suite.</summary>
internal sealed class Servers : IAsyncDisposable
{
    private const string Database = "guardian";

    private readonly RedisServer _redis;
    private readonly PostgresServer _postgres;

    private Servers(RedisServer redis, PostgresServer postgres) => (_redis, _postgres) = (redis, postgres);

    /// <summary>Gets why they can't be had here; null where they can.</summary>
    public static string? Missing => RedisServer.Missing ?? PostgresServer.Missing;

    /// <summary>Gets the environment of a silo that uses them.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["REDIS_HOST"] = _redis.Host,
        ["REDIS_PORT"] = _redis.Port.ToString(CultureInfo.InvariantCulture),
        ["TIMESCALEDB_URI"] = _postgres.AddressOf(Database),
    };

    /// <summary>Starts both.</summary>
    public static async Task<Servers> StartAsync()
    {
        RedisServer redis = await RedisServer.StartAsync(CancellationToken.None);
        PostgresServer postgres = await PostgresServer.StartAsync(CancellationToken.None);
        await postgres.MakeDatabaseAsync(Database, CancellationToken.None);
        return new Servers(redis, postgres);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _redis.DisposeAsync();
    }
}
