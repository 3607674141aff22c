using Guardian.Storage.GrainStorage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Guardian.Storage.Postgres;

/// <summary>Opens Orleans' ADO.NET grain storage on PostgreSQL, with our own SQL and the binary serializer.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="database">The database.</param>
/// <param name="name">The provider's name.</param>
/// <param name="services">The silo's services.</param>
public sealed class PostgresGrainStorage(PostgresDatabase database, string name, IServiceProvider services)
    : IGrainStorageOpening
{
    /// <inheritdoc/>
    public string Store => database.Store;

    /// <inheritdoc/>
    public async Task<IGrainStorage> OpenAsync(CancellationToken cancellation)
    {
        await LookAsync(cancellation);
        var options = new AdoNetGrainStorageOptions
        {
            Invariant = "Npgsql",
            DataSource = database.Records,
            GrainStorageSerializer = ActivatorUtilities.CreateInstance<OrleansGrainStorageSerializer>(services),
        };
        new DefaultAdoNetGrainStorageOptionsHashPickerConfigurator().PostConfigure(name, options);
        var storage = new AdoNetGrainStorage(
            services.GetRequiredService<IActivatorProvider>(),
            services.GetRequiredService<ILogger<AdoNetGrainStorage>>(),
            Options.Create(options),
            services.GetRequiredService<IOptions<ClusterOptions>>(),
            name);
        var captured = new CapturedLifecycle();
        storage.Participate(captured);
        await captured.StartAsync(cancellation);
        return new ByName(storage);
    }

    /// <inheritdoc/>
    public Task LookAsync(CancellationToken cancellation) => database.UseAsync(
        async () =>
        {
            await using NpgsqlCommand command = database.Records.CreateCommand("select count(*) from orleansquery");
            return await command.ExecuteScalarAsync(cancellation);
        },
        cancellation);

    /// <inheritdoc/>
    public string? WhyAway(Exception error)
    {
        if (error is TimeoutException) return "it did not answer in time";
        return PostgresErrors.IsAway(error) ? database.Away(error).Message : null;
    }

    /// <summary>Keeps Orleans from reading a number out of a symbol: ADA and 0ADA would be one.</summary>
    private sealed class ByName(IGrainStorage inner) : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            inner.ReadStateAsync(stateName, Name(grainId), grainState);

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            inner.WriteStateAsync(stateName, Name(grainId), grainState);

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            inner.ClearStateAsync(stateName, Name(grainId), grainState);

        private static GrainId Name(GrainId id) => GrainId.Create(id.Type, id.ToString());
    }

    /// <summary>Lets the provider be started when the server is there, not when the silo starts.</summary>
    private sealed class CapturedLifecycle : ISiloLifecycle
    {
        private readonly List<ILifecycleObserver> _observers = [];

        public int HighestCompletedStage => int.MinValue;

        public int LowestStoppedStage => int.MaxValue;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            _observers.Add(observer);
            return new Nothing();
        }

        internal async Task StartAsync(CancellationToken cancellation)
        {
            foreach (ILifecycleObserver observer in _observers) await observer.OnStart(cancellation);
        }

        private sealed class Nothing : IDisposable
        {
            public void Dispose()
            {
            }
        }
    }
}
