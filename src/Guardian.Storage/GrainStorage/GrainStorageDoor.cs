using Guardian.Contracts;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;

namespace Guardian.Storage.GrainStorage;

/// <summary>A grain storage that may be away: the silo starts without it, and calls fail at once meanwhile.</summary>
/// <remarks>
/// Thread-safe. A loop opens the storage and looks after it; a call that finds it away closes the door, and the loop
/// opens it again. Whatever the storage throws becomes a <see cref="StorageUnavailableException"/> of words alone, so
/// that no exception of a driver travels to another silo; conflicts pass as they are.
/// </remarks>
/// <param name="inner">Opens the storage and looks whether it answers.</param>
/// <param name="options">Valid options.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
public sealed class GrainStorageDoor(
    IGrainStorageOpening inner,
    StorageOptions options,
    TimeProvider time,
    ILogger<GrainStorageDoor> logger) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly BackOff _backOff = new(options.RetryFirst, options.RetryLongest);
    private volatile IGrainStorage? _storage;
    private volatile string? _problem = "it has not answered since the start";
    private Task _loop = Task.CompletedTask;
    private long _refused;
    private long _conflicts;

    /// <summary>Gets how long a call may take before the storage counts as away: 5 s.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets how often a storage that is open is looked at: once a second.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets the calls that failed because the storage was away.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Gets the writes that were refused because a newer activation had written.</summary>
    public long Conflicts => Interlocked.Read(ref _conflicts);

    /// <summary>Says how the storage is now.</summary>
    public TierHealth Health() => new()
    {
        Tier = TierNames.Records, Store = inner.Store, Healthy = _problem is null, LastError = _problem,
    };

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(
        nameof(GrainStorageDoor),
        ServiceLifecycleStage.RuntimeStorageServices,
        _ =>
        {
            Start();
            return Task.CompletedTask;
        },
        async _ => await StopAsync());

    /// <summary>Starts to open the storage; waits for nothing.</summary>
    public void Start()
    {
        if (_loop.IsCompleted) _loop = Task.Run(KeepAsync);
    }

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        CallAsync(storage => storage.ReadStateAsync(stateName, grainId, grainState));

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        CallAsync(storage => storage.WriteStateAsync(stateName, grainId, grainState));

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        CallAsync(storage => storage.ClearStateAsync(stateName, grainId, grainState));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task StopAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _loop;
    }

    private async Task CallAsync(Func<IGrainStorage, Task> call)
    {
        if (_problem is not null || _storage is not { } storage)
        {
            Interlocked.Increment(ref _refused);
            throw Unavailable(_problem ?? "it is being opened");
        }

        try
        {
            await call(storage).WaitAsync(Patience, time);
        }
        catch (InconsistentStateException)
        {
            Interlocked.Increment(ref _conflicts);
            throw;
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _refused);
            string? away = inner.WhyAway(e);
            if (away is not null) Close(away);
            throw Unavailable(away ?? e.Message);
        }
    }

    private void Close(string problem)
    {
        if (_problem is null) StorageLog.GrainStorageAway(logger, inner.Store, problem);
        _problem = problem;
    }

    private async Task KeepAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan pause = Period;
            try
            {
                await LookAsync();
                _backOff.Succeeded();
                if (_problem is not null) StorageLog.GrainStorageOpen(logger, inner.Store);
                _problem = null;
            }
            catch (Exception e)
            {
                if (_stop.IsCancellationRequested) return;
                Close(e is TimeoutException or OperationCanceledException
                    ? $"it did not answer within {Patience}"
                    : e.Message);
                pause = _backOff.Failed();
            }

            try
            {
                await Task.Delay(pause, time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return; // The silo stops.
            }
        }
    }

    private async Task LookAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, patience.Token);
        if (_storage is null) _storage = await inner.OpenAsync(stop.Token).WaitAsync(stop.Token);
        else await inner.LookAsync(stop.Token).WaitAsync(stop.Token);
    }

    // Words only: an inner exception would travel with it.
    private StorageUnavailableException Unavailable(string problem) => new(
        $"Condition failed: grain storage in {inner.Store} can't be used ({problem}). It is tried again by itself.");
}

/// <summary>How a grain storage behind a <see cref="GrainStorageDoor"/> is opened.</summary>
/// <remarks>Thread-safe.</remarks>
public interface IGrainStorageOpening
{
    /// <summary>Gets what it is made of, such as <c>postgresql</c>.</summary>
    string Store { get; }

    /// <summary>Opens the storage; called until it succeeds once.</summary>
    Task<IGrainStorage> OpenAsync(CancellationToken cancellation);

    /// <summary>Asks the opened storage for a sign of life.</summary>
    Task LookAsync(CancellationToken cancellation);

    /// <summary>Says in words why the storage is away; null: the call failed on its own account.</summary>
    string? WhyAway(Exception error);
}
