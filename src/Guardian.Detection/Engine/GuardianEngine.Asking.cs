using Guardian.Detection.Breaker;
using Guardian.Detection.Drift;
using Guardian.Detection.Events;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Engine;

/// <content>What can be asked of the state.</content>
public sealed partial class GuardianEngine
{
    private static readonly Answer Allowed = new(AnswerKind.Allowed, 1, null, 0);

    /// <summary>Gets the breaker's state as seen from outside.</summary>
    public BreakerState Breaker => _breaker.State;

    /// <summary>Gets the number of the running or last episode; 0 before the first.</summary>
    public long Episode => _breaker.Episode;

    /// <summary>Gets what trading may do, as far as the symbol itself goes.</summary>
    public TradingState TradingState => _breaker.TradingState;

    /// <summary>Gets the fraction of size an opening order may have, 0 to 1.</summary>
    public double SizeFactor => _breaker.SizeFactor;

    /// <summary>Gets when the state could lift by itself, Unix nanoseconds; 0 when only a person can lift it.</summary>
    public long Until => _breaker.EarliestRelease(_now);

    /// <summary>Gets the open holds of the symbol.</summary>
    public IReadOnlyList<Hold> Holds => _breaker.Holds;

    /// <summary>Gets how many guardrails watch a subject each.</summary>
    public int Guardrails => _slots.Count;

    /// <summary>Gets the latch that is in force; null where there is none.</summary>
    public Latch? Latch => _breaker.Latch;

    /// <summary>Gets the session time up to which every latch has been reset, Unix nanoseconds; 0: none.</summary>
    public long ResetThrough => _breaker.ResetThrough;

    /// <summary>Says whether a hold of the symbol was released: its id never holds again.</summary>
    public bool WasReleased(string holdId) => _breaker.WasReleased(holdId);

    /// <summary>Gets the worst level of all guardrails; Unknown where there is none.</summary>
    public Level Level
    {
        get
        {
            var worst = Level.Unknown;
            foreach (GuardrailSlot slot in _slots)
            {
                if (slot.Level > worst) worst = slot.Level;
            }

            return worst;
        }
    }

    /// <summary>Gets the request to resume that waits for a second person; null where there is none.</summary>
    public ResumeRequest? PendingRequest => _breaker.PendingRequest;

    private long OpenEpisode => _breaker.State == BreakerState.Closed ? 0 : _breaker.Episode;

    /// <summary>Answers an order, as far as the symbol itself goes.</summary>
    /// <param name="orderId">The order's id; a probe's permit is bound to it; null: one is made.</param>
    /// <param name="mayShrinkOnly">Whether the order can only shrink the position.</param>
    /// <param name="at">Session time, Unix nanoseconds.</param>
    /// <param name="sink">Takes the permit, where one is granted, and what is brought forth.</param>
    public Answer Ask(string? orderId, bool mayShrinkOnly, long at, IFoldSink sink)
    {
        Advance(at, sink);
        switch (_breaker.State)
        {
            case BreakerState.Closed: return Allowed;
            case BreakerState.HalfOpen when mayShrinkOnly: return new Answer(AnswerKind.AllowedReducing, 1, null, 0);
            case BreakerState.HalfOpen: return AskProbe(orderId, sink);
            default:
                return TradingState switch
                {
                    TradingState.Active => Allowed,
                    TradingState.Reducing when mayShrinkOnly => new Answer(AnswerKind.AllowedReducing, 1, null, 0),
                    TradingState.Reducing => new Answer(AnswerKind.DeniedReducing, 0, null, 0),
                    _ => new Answer(AnswerKind.DeniedHalted, 0, null, 0),
                };
        }
    }

    /// <summary>Tells why the symbol may not trade freely; empty when it may.</summary>
    public Reason[] Reasons()
    {
        if (_breaker.State == BreakerState.Closed) return [];
        var reasons = new List<Reason>();
        foreach (Hold hold in _breaker.Holds)
        {
            reasons.Add(new Reason(
                "hold", "hold", hold.Id, double.NaN, double.NaN, string.Empty, 0, double.NaN, hold.Since, 0,
                $"{hold.Actor}: {hold.Reason}"));
        }

        long until = Until;
        int before = reasons.Count;
        foreach (Reason breach in EnforcedBreaches()) reasons.Add(breach with { Until = until });
        if (reasons.Count == before && _breaker.Beneath != BreakerState.Closed)
        {
            foreach (Reason trip in _tripReasons) reasons.Add(trip with { Until = until });
        }

        return [.. reasons];
    }

    /// <summary>Tells what each guardrail says now, in the order in which its subject appeared.</summary>
    public IEnumerable<(Reading Reading, GuardrailMode Mode)> Readings()
    {
        SettleTime();
        foreach (GuardrailSlot slot in _slots) yield return (slot.Guardrail.Read(), slot.Guardrail.Mode);
    }

    /// <summary>Gives the latency window of each stage, ready to be merged.</summary>
    public IEnumerable<(string Stage, LatencyHistogram Window)> LatencyWindows()
    {
        foreach ((string stage, StageGuard guard) in _stages)
        {
            if (guard.Latency?.Guardrail is LatencyGuardrail latency) yield return (stage, latency.Window());
        }
    }

    /// <summary>Gives the counts by bin of each feature that is judged, ready to be merged.</summary>
    public IEnumerable<(string Feature, long[] Reference, long[] Window)> DriftCounts()
    {
        foreach ((string feature, GuardrailSlot slot) in _features)
        {
            var drift = (DriftGuardrail)slot.Guardrail;
            if (drift.Reference is { } reference)
                yield return (feature, reference.Counts.ToArray(), drift.WindowCounts.ToArray());
        }
    }

    /// <summary>
    /// Tells why a feature can't be learned anew, or null: one that was never seen has nothing to forget.
    /// </summary>
    /// <remarks>Asked before the event is made: a fold of old records takes what was taken then.</remarks>
    /// <param name="feature">The feature's name as it was given.</param>
    public string? WhyNotRelearned(string feature)
    {
        if (_features.ContainsKey(feature)) return null;
        string known = _features.Count == 0
            ? "none is known"
            : "known are " + string.Join(", ", _features.Keys.Order(StringComparer.Ordinal));
        return $"Condition failed: feature {feature} was never seen, so it can't be learned anew; {known}. "
            + "Name one that is known, or send values as its reference.";
    }

    private Answer AskProbe(string? orderId, IFoldSink sink)
    {
        string id = orderId ?? string.Create(null, $"p{_epochNumber}-{_epochGeneration}-{Sequence + 1}");
        double factor = _breaker.SizeFactor;
        string? refusal = Apply(new PermitGranted(_now, id, _epochNumber, _epochGeneration), sink);
        return refusal is null && _breaker.TryFindPermit(id, out ProbePermit permit)
            ? new Answer(AnswerKind.AllowedProbe, factor, id, permit.ExpiresAt)
            : new Answer(AnswerKind.DeniedProbes, factor, null, 0);
    }
}

/// <summary>What an order is answered.</summary>
public enum AnswerKind : byte
{
    /// <summary>It may go out.</summary>
    Allowed = 0,

    /// <summary>It may go out since it can only shrink the position.</summary>
    AllowedReducing = 1,

    /// <summary>It may go out as a probe, at a fraction of its size.</summary>
    AllowedProbe = 2,

    /// <summary>No new orders.</summary>
    DeniedHalted = 3,

    /// <summary>Only orders that shrink the position.</summary>
    DeniedReducing = 4,

    /// <summary>Enough probes are out.</summary>
    DeniedProbes = 5,
}

/// <summary>The symbol's own answer to an order.</summary>
/// <param name="Kind">The answer.</param>
/// <param name="SizeFactor">Fraction of its size the order may have, 0 to 1.</param>
/// <param name="PermitId">The probe's permit; null elsewhere.</param>
/// <param name="PermitUntil">When the permit's lease ends, Unix nanoseconds; 0 elsewhere.</param>
public readonly record struct Answer(AnswerKind Kind, double SizeFactor, string? PermitId, long PermitUntil);
