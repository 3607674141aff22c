using Guardian.Contracts;
using Guardian.Storage;
using Guardian.Storage.GrainStorage;
using Guardian.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Runtime;

namespace Guardian.Benchmarks.Postgres;

/// <summary>Orleans' grain storage on PostgreSQL, as the silo has it.</summary>
internal static class GrainStorage
{
    /// <summary>One way to it.</summary>
    internal sealed class Door(PostgresDatabase database, IServiceProvider services) : IAsyncDisposable
    {
        private readonly GrainStorageDoor _door = new(
            new PostgresGrainStorage(database, "bench", services),
            new StorageOptions(),
            TimeProvider.System,
            NullLogger<GrainStorageDoor>.Instance);

        /// <summary>Waits until the server has answered.</summary>
        public async Task OpenAsync()
        {
            _door.Start();
            while (!_door.Health().Healthy) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        /// <summary>Writes one event as a state of its own.</summary>
        public Task WriteAsync(GrainId id) => _door.WriteStateAsync(
            "event", id, new GrainState<GuardianLimits> { State = new GuardianLimits { Profile = "feed" } });

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => _door.DisposeAsync();
    }
}
