namespace Guardian.Grains.Placement;

/// <summary>What one guardian on this silo has had to do, and whether it is to move.</summary>
/// <remarks>Counted on the guardian's turn and read by the silo's <see cref="LoadKeeper"/>.</remarks>
/// <param name="isGuest">Whether it was given to this silo by one with more to do.</param>
public sealed class GuardianWork(bool isGuest)
{
    // Whoever has just come is not cold for what it had no time to do.
    private const int LooksOfGrace = 3;

    private long _events;
    private long _seen;
    private int _looks;
    private volatile SiloAddress? _target;
    private double _rate;

    /// <summary>Gets the silo it is to move to for its load; null: none.</summary>
    public SiloAddress? Target => _target;

    /// <summary>Gets whether it stays on this silo though its home is another.</summary>
    public bool IsGuest { get; private set; } = isGuest;

    /// <summary>Gets checks and observations a second, averaged over the last looks.</summary>
    public double EventsPerSecond => Volatile.Read(ref _rate);

    /// <summary>Counts checks or observations; on the guardian's turn only.</summary>
    public void Did(int events) => Volatile.Write(ref _events, _events + events);

    /// <summary>Takes in what was done since the last look; by one looker only.</summary>
    /// <param name="seconds">Since the last look.</param>
    public void Look(double seconds)
    {
        long events = Volatile.Read(ref _events);
        Volatile.Write(ref _rate, (_rate + ((events - _seen) / seconds)) / 2);
        _seen = events;
        if (++_looks > LooksOfGrace && _rate < LoadRule.Cold) IsGuest = false;
    }

    /// <summary>Says that it is to move.</summary>
    public void Give(SiloAddress target) => _target = target;

    /// <summary>Says that it did not move after all.</summary>
    public void Keep() => _target = null;
}
