using Guardian.Detection.Clock;

namespace Guardian.Detection.Breaker;

/// <content>Probes of the ramp: permits and reports.</content>
public sealed partial class CircuitBreaker
{
    /// <summary>Grants a permit for one probe order; the same id gets the permit it has.</summary>
    /// <remarks>
    /// As many may be out at once as the step still needs good probes. A permit that is not reported within its lease
    /// is worth nothing: it neither closes the breaker nor blocks it, and its place is free again.
    /// </remarks>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="id">The caller's id of the probe, such as the order's.</param>
    public ProbeGrant GrantPermit(long now, string id)
    {
        Advance(now);
        if (State != BreakerState.HalfOpen)
        {
            return Refuse("breaker.not-half-open", State switch
            {
                BreakerState.Closed => "Condition failed: probes are for the ramp; a closed breaker needs none.",
                BreakerState.Held => "Condition failed: the symbol is held; a person must release it first.",
                _ => "Condition failed: the breaker is stopped; wait for its ramp.",
            });
        }

        if (string.IsNullOrWhiteSpace(id)) return new ProbeGrant(Blank("breaker.permit-id", "id"), default);
        if (_permits.TryFind(id, out ProbePermit known)) return new ProbeGrant(BreakerResult.Done(), known);
        if (_permits.Count + _good >= _policy.ProbesPerStep)
        {
            return Refuse(
                "breaker.no-slot",
                "Condition failed: all probes of this step are out; wait for a report or the end of a lease.");
        }

        ProbePermit permit = _permits.Add(id, Nanoseconds.Add(_now, _policy.PermitLease), _policy.Ramp[_step]);
        return new ProbeGrant(BreakerResult.Done(), permit);
    }

    /// <summary>Takes the end of a probe; one of an earlier ramp, or after its lease, counts for nothing.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="permitId">The permit's id.</param>
    /// <param name="epoch">The permit's epoch.</param>
    /// <param name="good">Whether the order ended well.</param>
    public BreakerResult ReportProbe(long now, string permitId, long epoch, bool good)
    {
        Advance(now);
        if (epoch != _permits.Epoch)
        {
            return BreakerResult.Refused(
                "breaker.stale-permit",
                $"Condition failed: permit epoch {epoch} is not that of the latest ramp ({_permits.Epoch}).");
        }

        if (!_permits.TryTake(permitId))
        {
            return BreakerResult.Refused(
                "breaker.unknown-permit",
                $"Condition failed: no permit {permitId} is out: never granted, reported already or its lease over.");
        }

        if (!good) return ComeBack();
        _quietFrom = _now;
        _good++;
        if (_good < _policy.ProbesPerStep) return BreakerResult.Done();
        if (_step + 1 < _policy.Ramp.Length) return Move(BreakerTrigger.RampStep);
        if (!_blocking) return Move(BreakerTrigger.RampDone);

        // A breach stands that may yet be confirmed: the last probe's place stays open, so that a later one closes.
        _good--;
        return BreakerResult.Done();
    }

    private static ProbeGrant Refuse(string code, string message) =>
        new(BreakerResult.Refused(code, message), default);
}
