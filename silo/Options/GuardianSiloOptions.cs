using Guardian.Contracts;
using Guardian.Storage.Postgres;
using Guardian.Storage.Redis;

namespace Guardian.Silo.Options;

/// <summary>What a silo was told at its start, checked. Immutable.</summary>
public sealed record GuardianSiloOptions
{
    /// <summary>Where the silo listens for HTTP unless told otherwise.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>Gets where the silo listens for HTTP.</summary>
    /// <value>Loopback addresses, <c>ASPNETCORE_URLS</c>; default <see cref="DefaultUrl"/>.</value>
    public IReadOnlyList<ListenAddress> Urls { get; init; } = [new(DefaultUrl, "127.0.0.1", 8080)];

    /// <summary>Gets the folder of journal, checkpoints and embedded history; one running silo at a time.</summary>
    /// <value>A path, relative to the working folder; default <c>guardian-data</c>.</value>
    public string DataFolder { get; init; } = "guardian-data";

    /// <summary>Gets the port on which other silos would be answered.</summary>
    /// <value>1 to 65535, on loopback unless <see cref="Cluster"/> advertises more; default 11111.</value>
    public int SiloPort { get; init; } = 11111;

    /// <summary>Gets the port on which Orleans clients are answered.</summary>
    /// <value>1 to 65535, on loopback unless <see cref="Cluster"/> advertises more; default 30000.</value>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>Gets whether a symbol that is first heard of is put on the roster.</summary>
    /// <value>Default true.</value>
    public bool AutoRegister { get; init; } = true;

    /// <summary>Gets what a guardian answers while neither a tier nor a peer can tell its halts.</summary>
    /// <value>Default <see cref="TradingState.Active"/>: persistence never blocks trading.</value>
    public TradingState OnUnknownState { get; init; } = TradingState.Active;

    /// <summary>Gets the file whose existence holds the portfolio of the live session.</summary>
    /// <value>A path in a folder that is there and can be written; default none.</value>
    public string? KillFile { get; init; }

    /// <summary>Gets where Redis is and how it is used.</summary>
    /// <value>Default none: L1 is in memory.</value>
    public RedisOptions? Redis { get; init; }

    /// <summary>Gets where PostgreSQL or TimescaleDB is; null: history and records are in the data folder.</summary>
    public PostgresOptions? Postgres { get; init; }

    /// <summary>Gets how silos find each other; without <see cref="Redis"/> each is a cluster of its own.</summary>
    public ClusterSettings Cluster { get; init; } = new();

    /// <summary>Gets the port that shows the meters, and nothing else, to every address.</summary>
    /// <value>1 to 65535; default none: they are at <c>/metrics</c> of the API alone.</value>
    public int? MetricsPort { get; init; }

    /// <summary>Gets after what idle time an activation outside the roster is put to sleep.</summary>
    /// <value>2 s to 7 days; default 15 min.</value>
    public TimeSpan CollectionAge { get; init; } = TimeSpan.FromMinutes(15);
}

/// <summary>A checked address to listen on. Immutable.</summary>
/// <param name="Url">As it was written.</param>
/// <param name="Host">A loopback address or <c>localhost</c>.</param>
/// <param name="Port">0 to 65535; 0 takes a free one.</param>
public sealed record ListenAddress(string Url, string Host, int Port);
