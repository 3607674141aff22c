namespace Guardian.Detection.Breaker;

/// <content>What tells one latch from another, and how one comes back that was known elsewhere.</content>
public sealed partial class CircuitBreaker
{
    /// <summary>Gets the latch that is in force beneath any hold; null where there is none.</summary>
    public Latch? Latch => Beneath == BreakerState.Latched ? new Latch(_latchEpisode, _latchedAt) : null;

    /// <summary>Gets the session time up to which every latch has been reset, Unix nanoseconds; 0: none.</summary>
    public long ResetThrough => _resetAt;

    /// <summary>Says whether a hold was released: its id never holds again.</summary>
    public bool WasReleased(string holdId) => _holds.WasReleased(holdId);

    /// <summary>Latches again what the halt board knows as latched; one that was reset stays reset.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="episode">The episode it latched in.</param>
    /// <param name="since">When it latched, Unix nanoseconds.</param>
    public BreakerResult RestoreLatch(long now, long episode, long since)
    {
        Advance(now);
        if (episode < 1)
        {
            return BreakerResult.Refused(
                "breaker.latch-episode", $"Condition failed: a latch's episode is {episode}; it is 1 or above.");
        }

        if (since <= _resetAt)
        {
            return BreakerResult.Refused(
                "breaker.reset-latch",
                $"Condition failed: the latch of episode {episode} was reset; a new trip latches anew.");
        }

        if (Beneath == BreakerState.Latched)
        {
            if (since > _latchedAt) (_latchEpisode, _latchedAt, Episode) = (episode, since, Math.Max(Episode, episode));
            return BreakerResult.Done("breaker.already-latched");
        }

        PendingRequest = null;
        // A closed breaker begins its next episode with the move: numbers go on where the latch's own was.
        Episode = State == BreakerState.Closed ? Math.Max(Episode, episode - 1) : Math.Max(Episode, episode);
        BreakerResult result = Move(BreakerTrigger.LatchingTrip);
        if (result.Accepted) (_latchEpisode, _latchedAt) = (episode, since);
        return result;
    }
}

/// <summary>One latch of a symbol.</summary>
/// <param name="Episode">The episode it latched in, ≥ 1.</param>
/// <param name="Since">When it latched, Unix nanoseconds; no two latches of a symbol share it.</param>
public readonly record struct Latch(long Episode, long Since);
