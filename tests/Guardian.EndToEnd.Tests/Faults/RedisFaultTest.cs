using System.Globalization;
using System.Text.Json.Nodes;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>What tests of silos with a Redis of their own share.</summary>
public abstract class RedisFaultTest : EndToEndTest
{
    private RedisServer? _redis;

    /// <summary>Gets how long a phase may take.</summary>
    protected static TimeSpan Soon { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets the server that was made.</summary>
    private protected RedisServer Redis => _redis!;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a server that does not run.</summary>
    private protected RedisServer MakeServer()
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        return _redis = RedisServer.Make();
    }

    /// <summary>Starts a server.</summary>
    private protected async Task<RedisServer> StartServerAsync(params string[] how)
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        return _redis = await RedisServer.StartAsync(Stop, how);
    }

    /// <summary>Waits until L1 has what the silo says of its symbols.</summary>
    private protected Task RightAsync(SiloProcess silo, params string[] symbols) =>
        RedisLook.RightAsync(silo, Redis, Stop, symbols);

    /// <summary>Asks for the tier.</summary>
    private protected static Task<JsonNode> TierAsync(SiloProcess silo) => FaultLook.TierAsync(silo, "L1", Stop);

    /// <summary>Tells a silo where the server is.</summary>
    private protected static Dictionary<string, string> At(RedisServer redis) => new(StringComparer.Ordinal)
    {
        ["REDIS_HOST"] = redis.Host, ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture),
    };
}
