using Guardian.Grains.Alerting;
using Guardian.Grains.Auditing;
using Guardian.Grains.Clients;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.History;
using Guardian.Grains.Placement;
using Guardian.Grains.Roster;
using Guardian.Grains.Streams;
using Guardian.Grains.Telemetry;
using Guardian.Storage;
using Guardian.Storage.GrainStorage;
using Guardian.Storage.Postgres;
using Guardian.Storage.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Streams;

namespace Guardian.Grains.Hosting;

/// <summary>Puts guardians on a silo.</summary>
public static class GuardianHosting
{
    /// <summary>
    /// Most calls that wait at one grain; more are refused at once instead of queueing without bound.
    /// </summary>
    public const int MaximumEnqueuedRequests = 10_000;

    /// <summary>Adds guardian, portfolio, aggregator and alert grains with their stores and streams.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="storage">Where events rest.</param>
    /// <param name="grains">How guardians run.</param>
    /// <param name="redis">Where Redis is; null: L1 is in memory, and records are elsewhere.</param>
    /// <param name="postgres">Where PostgreSQL is; null: history and records are in Redis or the local files.</param>
    public static ISiloBuilder AddGuardian(
        this ISiloBuilder silo,
        StorageOptions storage,
        GuardianGrainOptions grains,
        RedisOptions? redis = null,
        PostgresOptions? postgres = null)
    {
        if (postgres is not null) silo.AddPostgresGrainStorage(EpochFence.StorageName);
        else if (redis is not null) silo.AddRedisGrainStorage(EpochFence.StorageName);
        else silo.AddLocalGrainStorage(EpochFence.StorageName);
        // Whoever tells that Redis is away must come up without it.
        silo.AddLocalGrainStorage(AlertGrain.StorageName);
        silo.AddMemoryStreams(StreamNames.Provider, streams =>
            streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly));
        // What was told is of no use for long, and by default 30 minutes of it stay in memory.
        silo.Services.Configure<StreamCacheEvictionOptions>(StreamNames.Provider, o =>
        {
            o.DataMinTimeInCache = TimeSpan.FromSeconds(10);
            o.DataMaxAgeInCache = TimeSpan.FromSeconds(30);
            o.MetadataMinTimeInCache = TimeSpan.FromSeconds(60);
        });
        silo.Configure<SiloMessagingOptions>(o =>
        {
            o.ResponseTimeout = TimeSpan.FromSeconds(5);
            o.MaxEnqueuedRequestsHardLimit = MaximumEnqueuedRequests;
        });
        IServiceCollection services = silo.Services;
        AddTime(services);
        services.AddGuardianStorage(storage);
        if (redis is not null) services.AddGuardianRedis(redis, storage);
        if (postgres is not null) services.AddGuardianPostgres(postgres, storage);
        services.AddSingleton(grains);
        services.AddSingleton<HaltBoard>();
        services.AddSingleton<KillFile>();
        silo.AddPlacementDirector<GuardianPlacement, GuardianPlacementDirector>();
        services.AddSingleton<SiloShare>();
        services.AddSingleton<SessionDirectory>();
        services.AddSingleton<SharedDurability>();
        services.AddSingleton<GuardianParts>();
        services.AddHosted<GuardianTicker>();
        services.AddSingleton<GuardianRecovery>();
        services.AddSingleton<EpochFence>();
        services.AddSingleton<GuardianServices>();
        services.AddSingleton<HumanActions>();
        services.AddSingleton<SessionHolds>();
        services.AddHosted<HaltKeeper>();
        services.AddHosted<SummaryPublisher>();
        services.AddHosted<RosterKeeper>();
        services.AddHosted<ClientsKeeper>();
        services.AddHosted<LoadKeeper>();
        services.AddMetrics();
        services.AddHosted<GuardianMetrics>();
        services.AddSingleton<LocalConditions>();
        services.AddHosted<TierReporter>();
        services.AddSingleton<IReadiness>(provider => provider.GetRequiredService<RosterKeeper>());
        services.AddHostedService<TierWriterService>();
        services.AddHostedService<ConsistencyKeeper>();
        return silo;
    }

    private static void AddHosted<T>(this IServiceCollection services)
        where T : class, Microsoft.Extensions.Hosting.IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }

    private static void AddTime(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<SiloClock>();
        services.AddSingleton<SteadyTime>();
        services.AddKeyedSingleton<TimeProvider>(
            TimeProviderNames.ActivationManagement, (provider, _) => provider.GetRequiredService<SteadyTime>());
    }
}
