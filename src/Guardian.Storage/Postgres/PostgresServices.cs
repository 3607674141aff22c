using Guardian.Storage.GrainStorage;
using Guardian.Storage.Halts;
using Guardian.Storage.History;
using Guardian.Storage.Local;
using Guardian.Storage.Recovery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime.Hosting;

namespace Guardian.Storage.Postgres;

/// <summary>Registers L2, grain storage and the halt board's place on PostgreSQL.</summary>
public static class PostgresServices
{
    /// <summary>
    /// Adds the database, the history in place of the embedded one, and the halt board's place. Nothing connects
    /// before it is used, and nothing ever waits for the connection.
    /// </summary>
    /// <param name="services">The services; <c>AddGuardianStorage</c> has been called on them.</param>
    /// <param name="postgres">Valid options.</param>
    /// <param name="storage">The options of the embedded tiers.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddGuardianPostgres(
        this IServiceCollection services, PostgresOptions postgres, StorageOptions storage)
    {
        services.AddSingleton(postgres);
        services.AddSingleton<PostgresDatabase>();
        // Neither opened nor made: what an earlier start left in it stays as it is.
        services.RemoveAll<SqliteHistoryStore>();
        string identity = Path.Combine(storage.DataFolder, SiloIdentity.FileName);
        services.AddSingleton(provider => new PostgresHistoryStore(
            provider.GetRequiredService<PostgresDatabase>(),
            () => File.ReadAllText(identity).Trim(),
            provider.GetRequiredService<PostgresUpkeep>()));
        services.AddSingleton<ISharedTail, PostgresTail>();
        services.AddSingleton<PostgresUpkeep>();
        services.AddHostedService(provider => provider.GetRequiredService<PostgresUpkeep>());
        services.Replace(ServiceDescriptor.Singleton<IHistoryStore>(
            provider => provider.GetRequiredService<PostgresHistoryStore>()));
        services.AddSingleton(provider =>
        {
            var place = ActivatorUtilities.CreateInstance<PostgresHaltPlace>(provider);
            place.Start();
            return place;
        });
        services.AddSingleton<IHaltPlace>(provider => provider.GetRequiredService<PostgresHaltPlace>());
        services.AddSingleton<IHaltSource>(provider => provider.GetRequiredService<PostgresHaltPlace>());
        return services;
    }

    /// <summary>Adds grain storage on PostgreSQL under a name, behind a <see cref="GrainStorageDoor"/>.</summary>
    /// <param name="silo">The silo; <see cref="AddGuardianPostgres"/> has been or will be called on its services.
    /// </param>
    /// <param name="name">The provider's name.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddPostgresGrainStorage(this ISiloBuilder silo, string name)
    {
        silo.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<GrainStorageDoor>(
            provider, ActivatorUtilities.CreateInstance<PostgresGrainStorage>(provider, name)));
        silo.Services.AddGrainStorage(
            name, static (services, _) => services.GetRequiredService<GrainStorageDoor>());
        return silo;
    }
}
