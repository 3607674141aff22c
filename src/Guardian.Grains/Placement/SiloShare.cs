using System.Globalization;

namespace Guardian.Grains.Placement;

/// <summary>Which guardians are this silo's, as the cluster is now. Thread-safe.</summary>
/// <remarks>
/// Guardians stay where they are when a silo goes that had none of them. When one comes they move to it, a few at a
/// time, once it has been there for <see cref="Settling"/>.
/// </remarks>
public sealed class SiloShare : ISiloStatusListener, IDisposable
{
    private const int MovesPerSecond = 50;

    private readonly ISiloStatusOracle _oracle;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private volatile SiloAddress[] _active = [];
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _changedAt;
    private long _secondOfMoves;
    private int _moves;
    private volatile int _version;

    /// <summary>Initializes the share and listens to the membership.</summary>
    public SiloShare(ISiloStatusOracle oracle, TimeProvider time)
    {
        (_oracle, _time) = (oracle, time);
        _changedAt = time.GetTimestamp();
        oracle.SubscribeToSiloStatusEvents(this);
        Look();
    }

    /// <summary>Gets how long the cluster must have been the same before guardians move.</summary>
    public static TimeSpan Settling { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets the active silos.</summary>
    public IReadOnlyList<SiloAddress> Active => _active;

    /// <summary>Gets a number that rises whenever the active silos change.</summary>
    public int Version => _version;

    /// <summary>Gets this silo.</summary>
    public SiloAddress Here => _oracle.SiloAddress;

    /// <summary>Gets whether the cluster has been the same for <see cref="Settling"/>.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_gate) return _time.GetElapsedTime(_changedAt) >= Settling;
        }
    }

    /// <summary>Gets whether no other silo is active.</summary>
    public bool IsAlone => _active.Length <= 1;

    /// <summary>Gets this silo's address as text: what it tells is told apart by it.</summary>
    public string SiloName => string.Create(CultureInfo.InvariantCulture, $"{_oracle.SiloAddress.Endpoint}");

    /// <summary>Gets what ends with the next change of the cluster.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Gets whether a guardian belongs here.</summary>
    public bool IsMine(string key)
    {
        SiloAddress[] active = _active;
        return active.Length <= 1 || Rendezvous.Choose(key, active).Equals(_oracle.SiloAddress);
    }

    /// <summary>Gets whether a guardian that is here is to move now; each yes is one of a second's moves.</summary>
    public bool MayMove(string key)
    {
        if (_active.Length <= 1 || IsMine(key)) return false;
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            if (_time.GetElapsedTime(_changedAt, now) < Settling) return false;
            long second = now / _time.TimestampFrequency;
            if (second != _secondOfMoves) (_secondOfMoves, _moves) = (second, 0);
            return ++_moves <= MovesPerSecond;
        }
    }

    /// <inheritdoc/>
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status) => Look();

    /// <inheritdoc/>
    public void Dispose() => _oracle.UnSubscribeFromSiloStatusEvents(this);

    private void Look()
    {
        lock (_gate)
        {
            SiloAddress[] active = [.. _oracle.GetApproximateSiloStatuses(onlyActive: true).Keys.Order()];
            if (active.SequenceEqual(_active)) return;
            _active = active;
            _version++;
            _changedAt = _time.GetTimestamp();
            TaskCompletionSource changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.TrySetResult();
        }
    }
}
