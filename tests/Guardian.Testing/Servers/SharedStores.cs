using System.Globalization;

namespace Guardian.Testing.Servers;

/// <summary>A Redis and a PostgreSQL that the silos of one cluster share; gone with the test's process.</summary>
public sealed class SharedStores : IAsyncDisposable
{
    private const string Database = "guardian";

    private RedisServer? _redis;
    private PostgresServer? _postgres;

    private SharedStores()
    {
    }

    /// <summary>Gets why they can't be had here; null where they can.</summary>
    public static string? Missing => RedisServer.Missing ?? PostgresServer.Missing;

    /// <summary>Gets the Redis.</summary>
    public RedisServer Redis => _redis ?? throw new InvalidOperationException("Redis was not started.");

    /// <summary>Gets the PostgreSQL.</summary>
    public PostgresServer Postgres =>
        _postgres ?? throw new InvalidOperationException("PostgreSQL was not started.");

    /// <summary>Gets the environment of a silo that uses them.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["REDIS_HOST"] = Redis.Host,
        ["REDIS_PORT"] = Redis.Port.ToString(CultureInfo.InvariantCulture),
        ["TIMESCALEDB_URI"] = Postgres.AddressOf(Database),
    };

    /// <summary>Starts both, with an empty database.</summary>
    /// <exception cref="InvalidOperationException">One of them is not here: see <see cref="Missing"/>.</exception>
    public static async Task<SharedStores> StartAsync(CancellationToken cancellationToken)
    {
        SharedStores stores = new();
        try
        {
            stores._redis = await RedisServer.StartAsync(cancellationToken);
            stores._postgres = await PostgresServer.StartAsync(cancellationToken);
            await stores._postgres.MakeDatabaseAsync(Database, cancellationToken);
            return stores;
        }
        catch
        {
            await stores.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_redis is not null) await _redis.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }
}
