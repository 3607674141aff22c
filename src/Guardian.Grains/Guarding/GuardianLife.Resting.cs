namespace Guardian.Grains.Guarding;

/// <content>When a tick has nothing to do: between two events most guardians rest.</content>
public sealed partial class GuardianLife
{
    private long _restsUntil; // By the silo's clock; 0: the next tick has something to do.
    private long _restedAt; // The number of the last event that a tick has seen.
    private long _restedOn; // The version of the halt board that a tick has seen.

    /// <summary>Tells whether a tick has something to do. Thread-safe: it may be asked beside a turn.</summary>
    /// <remarks>
    /// What it reads may be a moment old; whoever asks again and again finds every deadline, event and halt.
    /// </remarks>
    /// <param name="now">Now, by the silo's clock; Unix nanoseconds.</param>
    public bool IsDue(long now) => now >= Volatile.Read(ref _restsUntil)
        || _core.Sequence != Volatile.Read(ref _restedAt)
        || Board.Version != Volatile.Read(ref _restedOn);

    // At the end of each tick, from what it left.
    private void Rest()
    {
        Volatile.Write(ref _restedAt, _core.Sequence);
        Volatile.Write(ref _restedOn, _reconciled);
        Volatile.Write(ref _restsUntil, _forgotten ? long.MaxValue : NextTick());
    }

    // Something changed that is neither an event nor a halt.
    private void Stir() => Volatile.Write(ref _restsUntil, 0);

    private long NextTick()
    {
        if (_core.HasHole || _core.WantsCheckpoint || _core.Provenance.Provisional || WantsSharing) return 0;
        long next = _core.NextDeadline;
        if (_unread) return Math.Min(next, _lookedAt + (UnreadPeriod.Ticks * 100));
        if (_core.Sequence != _checkpointed)
            next = Math.Min(next, _checkpointedAt + (_services.Options.CheckpointPeriod.Ticks * 100));
        if (_core.Sequence != _recorded)
            next = Math.Min(next, _recordedAt + (_services.Options.RecordPeriod.Ticks * 100));
        return next;
    }
}
