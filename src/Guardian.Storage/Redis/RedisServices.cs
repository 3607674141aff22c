using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Hot;
using Guardian.Storage.Local;
using Guardian.Storage.Roster;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Redis;

/// <summary>Registers L1 on Redis.</summary>
public static class RedisServices
{
    /// <summary>
    /// Adds the way to Redis, the hot store in place of the one in memory, the writer of newest events, and the halt
    /// board's place. Nothing connects before it is used, and nothing ever waits for the connection.
    /// </summary>
    /// <param name="services">The services; <c>AddGuardianStorage</c> has been called on them.</param>
    /// <param name="redis">Valid options.</param>
    /// <param name="storage">The options of the embedded tiers.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddGuardianRedis(
        this IServiceCollection services, RedisOptions redis, StorageOptions storage)
    {
        services.AddSingleton(redis);
        services.AddSingleton<RedisConnection>();
        services.AddSingleton(provider =>
        {
            var store = new RedisHotStore(
                provider.GetRequiredService<RedisConnection>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<RedisHotStore>>(),
                provider.GetRequiredService<ICheckpointStore>());
            store.Start();
            return store;
        });
        services.Replace(ServiceDescriptor.Singleton<IHotStore>(p => p.GetRequiredService<RedisHotStore>()));
        services.AddSingleton(provider =>
        {
            var place = ActivatorUtilities.CreateInstance<RedisHaltPlace>(provider);
            place.Start();
            return place;
        });
        services.AddSingleton<IHaltPlace>(provider => provider.GetRequiredService<RedisHaltPlace>());
        services.AddSingleton<IHaltSource>(provider => provider.GetRequiredService<RedisHaltPlace>());
        services.AddSingleton<ISharedDirectory, RedisDirectory>();
        string identity = Path.Combine(storage.DataFolder, SiloIdentity.FileName);
        services.AddSingleton(provider => new RedisEventStore(
            provider.GetRequiredService<RedisConnection>(), () => File.ReadAllText(identity).Trim()));
        services.AddSingleton<ITierStore>(provider => provider.GetRequiredService<RedisEventStore>());
        return services;
    }
}
