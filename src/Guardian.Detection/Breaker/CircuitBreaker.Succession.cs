using Guardian.Detection.Encoding;

namespace Guardian.Detection.Breaker;

/// <content>What happens to the machine when its settings or its guardian's life change.</content>
public sealed partial class CircuitBreaker
{
    /// <summary>Finds a permit that is out.</summary>
    /// <param name="id">The permit's id.</param>
    /// <param name="permit">The permit, when it is out.</param>
    /// <returns>Whether it is out.</returns>
    public bool TryFindPermit(string id, out ProbePermit permit) => _permits.TryFind(id, out permit);

    /// <summary>Voids every permit that is out: another life of the guardian granted it.</summary>
    public void VoidPermits() => _permits.BeginRamp();

    /// <summary>Makes a breaker in the same state that goes on by other settings.</summary>
    /// <remarks>
    /// State, episode, holds and counted episodes stay. A running break keeps its end. On a ramp the step is kept as
    /// far as there is one, its good probes are kept as far as they do not complete it, and permits that are out are
    /// void.
    /// </remarks>
    public CircuitBreaker With(BreakerPolicy policy)
    {
        var next = new CircuitBreaker(policy)
        {
            _now = _now,
            Beneath = Beneath,
            Episode = Episode,
            EpisodeSince = EpisodeSince,
            Since = Since,
            _blocking = _blocking,
            _breakEnd = _breakEnd,
            _quietFrom = _quietFrom,
            _doublings = _doublings,
            _returns = Math.Min(_returns, policy.LatchingReturn),
            _step = Math.Min(_step, policy.Ramp.Length - 1),
            _good = Math.Min(_good, policy.ProbesPerStep - 1),
            _latchedAt = _latchedAt,
            _latchEpisode = _latchEpisode,
            _resetAt = _resetAt,
            PendingRequest = PendingRequest,
        };
        next._permits.Follow(_permits);
        next._soft.Follow(_soft);
        var writer = new StateWriter();
        _holds.Write(writer);
        var reader = new StateReader(writer.Written);
        next._holds.Read(ref reader);
        while (_transitions.TryDequeue(out BreakerTransition? transition)) next._transitions.Enqueue(transition);
        return next;
    }
}
