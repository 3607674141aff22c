using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>What tests of several silos on one Redis and one PostgreSQL need.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
public abstract class ClusterTest : EndToEndTest
{
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private SharedStores? _stores;

    /// <summary>Gets the Redis; started with the first silo.</summary>
    protected RedisServer Redis => Started.Redis;

    /// <summary>Gets the environment of a silo of this cluster.</summary>
    protected IReadOnlyDictionary<string, string> Stores => Started.Environment;

    private SharedStores Started => _stores ?? throw new InvalidOperationException("Start the stores first.");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_stores is not null) await _stores.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts silos that find each other, on stores of their own.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="program">The program that is a silo; null for this build's.</param>
    protected async Task<SiloProcess[]> StartClusterAsync(int silos, IReadOnlyList<string>? program = null)
    {
        FaultSuite.Require(SharedStores.Missing is null, SharedStores.Missing ?? string.Empty);
        _stores = await SharedStores.StartAsync(Stop);
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
}
