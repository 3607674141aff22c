using System.Globalization;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>What tests of several silos on one Redis and one PostgreSQL need.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
[Collection(FaultSuite.Faults)]
public abstract class ClusterTest : EndToEndTest
{
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private RedisServer? _redis;
    private PostgresServer? _postgres;

    /// <summary>Gets the Redis; started with the first silo.</summary>
    protected RedisServer Redis => _redis ?? throw new InvalidOperationException("Start the stores first.");

    /// <summary>Gets the PostgreSQL; started with the first silo.</summary>
    protected PostgresServer Postgres => _postgres ?? throw new InvalidOperationException("Start the stores first.");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts silos that find each other, on stores of their own.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="program">The program that is a silo; null for this build's.</param>
    protected async Task<SiloProcess[]> StartClusterAsync(int silos, IReadOnlyList<string>? program = null)
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        FaultSuite.Require(PostgresServer.Missing is null, PostgresServer.Missing ?? string.Empty);
        _redis = await RedisServer.StartAsync(Stop);
        _postgres = await PostgresServer.StartAsync(Stop);
        await _postgres.MakeDatabaseAsync(PostgresFault.Database, Stop);
        List<SiloProcess> started = [];
        for (int i = 0; i < silos; i++)
        {
            SiloProcess silo = NewSilo(Stores);
            if (program is not null) silo.Program = program;
            await silo.StartAsync(Stop);
            started.Add(silo);
        }

        return [.. started];
    }

    /// <summary>Gets the environment of a silo of this cluster.</summary>
    protected IReadOnlyDictionary<string, string> Stores => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["REDIS_HOST"] = Redis.Host,
        ["REDIS_PORT"] = Redis.Port.ToString(CultureInfo.InvariantCulture),
        ["TIMESCALEDB_URI"] = Postgres.AddressOf(PostgresFault.Database),
    };
}
