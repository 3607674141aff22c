using System.Text.Json.Nodes;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>What tests of silos with a PostgreSQL of their own share.</summary>
public abstract class PostgresFaultTest : EndToEndTest
{
    private protected const string Database = PostgresFault.Database;

    private PostgresServer? _postgres;

    /// <summary>Gets how long a phase may take.</summary>
    protected static TimeSpan Soon { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the server that was started.</summary>
    private protected PostgresServer Postgres => _postgres!;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts a server.</summary>
    private protected async Task<PostgresServer> StartServerAsync()
    {
        FaultSuite.Require(PostgresServer.Missing is null, PostgresServer.Missing ?? string.Empty);
        return _postgres = await PostgresServer.StartAsync(Stop);
    }

    /// <summary>Waits until L2 has what the silo says of its symbols.</summary>
    private protected Task RightAsync(SiloProcess silo, params string[] symbols) =>
        PostgresLook.RightAsync(silo, Postgres, Stop, symbols);

    /// <summary>Asks for the tier.</summary>
    private protected static Task<JsonNode> TierAsync(SiloProcess silo) => FaultLook.TierAsync(silo, "L2", Stop);

    /// <summary>Tells a silo where the server is.</summary>
    private protected static Dictionary<string, string> At(PostgresServer postgres) =>
        At(postgres.AddressOf(Database));

    /// <summary>Tells a silo where a server is.</summary>
    private protected static Dictionary<string, string> At(string uri) => new(StringComparer.Ordinal)
    {
        ["TIMESCALEDB_URI"] = uri,
    };
}
