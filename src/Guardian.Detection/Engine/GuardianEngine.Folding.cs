using Guardian.Detection.Breaker;
using Guardian.Detection.Clock;
using Guardian.Detection.Drift;
using Guardian.Detection.Errors;
using Guardian.Detection.Events;
using Guardian.Detection.Latency;
using Guardian.Detection.Options;
using Guardian.Detection.Pending;
using Guardian.Detection.Staleness;

namespace Guardian.Detection.Engine;

/// <content>What each kind of event does to the state.</content>
public sealed partial class GuardianEngine
{
    private const string DefaultSource = "default";
    private const string AllOrders = "orders";

    private readonly Dictionary<string, StageGuard> _stages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GuardrailSlot> _clocks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GuardrailSlot> _gateways = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GuardrailSlot> _features = new(StringComparer.Ordinal);
    private GuardrailSlot? _errors;
    private long _lastSlowOrder = long.MinValue;

    /// <summary>Says why an observation would not be judged for want of room, or null.</summary>
    /// <param name="kind">What is observed.</param>
    /// <param name="subject">The stage, feature or gateway.</param>
    public string? WhyNoRoom(ObservationKind kind, string subject)
    {
        (int count, bool known) = kind switch
        {
            ObservationKind.Latency => (_stages.Count, _stages.ContainsKey(subject)),
            ObservationKind.Pending => (_gateways.Count, _gateways.ContainsKey(subject)),
            ObservationKind.Feature => (_features.Count, _features.ContainsKey(subject)),
            _ => (0, true),
        };
        return known || count < MaximumSubjects ? null : $"at most {MaximumSubjects} subjects of one kind per symbol";
    }

    private void Fold(in Observation o, IFoldSink sink)
    {
        switch (o.Kind)
        {
            case ObservationKind.Latency: FoldLatency(in o, sink); break;
            case ObservationKind.Feature: FoldFeature(in o, sink); break;
            case ObservationKind.Outcome: FoldOutcome(in o, sink); break;
            case ObservationKind.Pending: FoldPending(in o, sink); break;
            default: break; // Orders, fills, prices and positions are the order gate's; time has been advanced already.
        }
    }

    private void FoldLatency(in Observation o, IFoldSink sink)
    {
        if (!_stages.TryGetValue(o.Subject, out StageGuard? stage) && !TryAddStage(o.Subject, out stage))
        {
            Unjudged++;
            return;
        }

        if (stage.Silence is { } silence)
        {
            ((StalenessGuardrail)silence.Guardrail).Touch(_now);
            Judge(silence, sink);
        }

        long microseconds;
        bool suspect = false;
        if (o.Sent != 0 && o.Received != 0)
        {
            if (!CorrectClock(in o, sink, out microseconds, out suspect)) return;
        }
        else if (!TryMicroseconds(o.Value, out microseconds))
        {
            Unjudged++;
            return;
        }

        if (stage.Latency is not { } slot) return;
        var latency = (LatencyGuardrail)slot.Guardrail;
        latency.Record(_now, microseconds, suspect);
        if (latency.FedByOrders && microseconds >= stage.Limit) _lastSlowOrder = _now;
        Judge(slot, sink);
    }

    private bool CorrectClock(in Observation o, IFoldSink sink, out long microseconds, out bool suspect)
    {
        string source = string.IsNullOrWhiteSpace(o.Text) ? DefaultSource : o.Text;
        if (!_clocks.TryGetValue(source, out GuardrailSlot? slot))
        {
            if (_clocks.Count >= MaximumSubjects)
            {
                Unjudged++;
                (microseconds, suspect) = (0, false);
                return false;
            }

            slot = Add(new ClockGuardrail(source, _policy.Clock));
            _clocks[source] = slot;
        }

        ClockCorrection correction = ((ClockGuardrail)slot.Guardrail).Observe(_now, o.Sent, o.Received);
        Judge(slot, sink);
        (microseconds, suspect) = (correction.Microseconds, correction.Suspect);
        return correction.MustRecord;
    }

    private static bool TryMicroseconds(double milliseconds, out long microseconds)
    {
        microseconds = 0;
        if (!double.IsFinite(milliseconds) || milliseconds < 0) return false;
        microseconds = (long)Math.Floor(Math.Min(milliseconds * 1_000, 1e15));
        return true;
    }

    private void FoldFeature(in Observation o, IFoldSink sink)
    {
        if (!_features.TryGetValue(o.Subject, out GuardrailSlot? slot))
        {
            if (_policy.Drift.Mode == GuardrailMode.Off) return;
            if (_features.Count >= MaximumSubjects)
            {
                Unjudged++;
                return;
            }

            slot = Add(new DriftGuardrail(o.Subject, _policy.Drift));
            _features[o.Subject] = slot;
        }

        ((DriftGuardrail)slot.Guardrail).Record(_now, o.Value);
        Judge(slot, sink);
    }

    private void FoldOutcome(in Observation o, IFoldSink sink)
    {
        var outcome = (OutcomeKind)(byte)Math.Clamp(double.IsNaN(o.Value) ? 2 : o.Value, 0, 3);
        if (_errors is null && _policy.Errors.Mode != GuardrailMode.Off)
            _errors = Add(new ErrorGuardrail(AllOrders, _policy.Errors));
        if (_errors is not null)
        {
            ((ErrorGuardrail)_errors.Guardrail).Record(_now, outcome);
            Judge(_errors, sink);
        }

        ReportProbe(o.Subject, outcome, sink);
    }

    // A refusal for the order's own sake shows that the venue answers, hence good. A good outcome counts for nothing
    // when an order was slow since the probe went out: it neither closes nor opens.
    private void ReportProbe(string id, OutcomeKind outcome, IFoldSink sink)
    {
        if (_breaker.Beneath != BreakerState.HalfOpen || !_breaker.TryFindPermit(id, out ProbePermit permit)) return;
        bool good = outcome is OutcomeKind.Ok or OutcomeKind.Rejected;
        if (good && _lastSlowOrder >= permit.ExpiresAt - _policy.Breaker.PermitLease) return;
        _breaker.ReportProbe(_now, id, permit.Epoch, good);
        Settle(sink);
    }

    private void FoldPending(in Observation o, IFoldSink sink)
    {
        if (!_gateways.TryGetValue(o.Subject, out GuardrailSlot? slot))
        {
            if (_policy.Pending.Mode == GuardrailMode.Off) return;
            if (_gateways.Count >= MaximumSubjects)
            {
                Unjudged++;
                return;
            }

            slot = Add(new PendingGuardrail(o.Subject, _policy.Pending));
            _gateways[o.Subject] = slot;
        }

        if (!((PendingGuardrail)slot.Guardrail).Report(_now, o.Value)) Unjudged++;
        Judge(slot, sink);
    }

    // The breaker keeps what it brings forth until it is settled, so the event itself is numbered before its effects.
    private string? Act(GuardianEvent guardianEvent)
    {
        BreakerResult result = guardianEvent switch
        {
            PermitGranted e => _breaker.GrantPermit(_now, e.PermitId).Result,
            HoldPlaced e => _breaker.Place(_now, e.Id, e.Actor, e.Reason, e.State),
            HoldReleased e => _breaker.Release(_now, e.Id, e.Actor, e.Reason),
            BreakerReset e => _breaker.Reset(_now, e.Actor, e.Reason, e.Episode),
            ResumeApproved e => _breaker.Approve(_now, e.Actor, e.Episode),
            LimitsChanged e => ChangeLimits(e),
            Rebaselined e => Rebaseline(e),
            LatchRestored e => RestoreLatch(e),
            _ => BreakerResult.Done(), // A gap is for whoever reads the history; the state does not know it.
        };
        if (guardianEvent is Activated) _breaker.VoidPermits();
        return result.Accepted ? null : result.Message;
    }

    // The breaches behind it are not known any more: its reason is what the halt board says.
    private BreakerResult RestoreLatch(LatchRestored e)
    {
        Latch? before = _breaker.Latch;
        BreakerResult result = _breaker.RestoreLatch(_now, e.Episode, e.Since);
        if (result.Accepted && before is null)
        {
            _tripReasons =
            [
                new Reason(
                    "breaker.latch-restored", BreakerName, BreakerName, double.NaN, double.NaN, string.Empty, 0,
                    double.NaN, e.Since, 0, e.Reason),
            ];
        }

        return result;
    }

    // All that could be refused is refused before anything changes. An open episode stays with the breaker: the breach
    // that opened it no longer holds it open, and only its break and probes lead out.
    private BreakerResult Rebaseline(Rebaselined e)
    {
        DriftPolicy drift = _policy.Drift;
        if (string.IsNullOrWhiteSpace(e.Feature))
            return BreakerResult.Refused("limits.feature", "Condition failed: feature is blank; it takes a name.");
        if (drift.Mode == GuardrailMode.Off)
        {
            return BreakerResult.Refused(
                "limits.off",
                $"Condition failed: feature {e.Feature} has no reference: Drift:Mode is Off. Set Enforce or Shadow.");
        }

        if (e.Values is { } values && FrozenReference.Refusal(e.Feature, values, drift.Bins) is { } unfit)
            return BreakerResult.Refused("reference.unfit", unfit);
        if (!_features.TryGetValue(e.Feature, out GuardrailSlot? slot))
        {
            if (WhyNoRoom(ObservationKind.Feature, e.Feature) is { } full)
                return BreakerResult.Refused("limits.subjects", $"Condition failed: feature {e.Feature}: {full}.");
            slot = Add(new DriftGuardrail(e.Feature, drift));
            _features[e.Feature] = slot;
        }

        ((DriftGuardrail)slot.Guardrail).Rebaseline(_now, e.Values);
        return BreakerResult.Done();
    }

    // Windows count against their limits, so changed limits start them anew. A stage that was seen stays seen: its
    // silence counts from the change. A frozen reference stays too, unless the settings it was frozen by have changed:
    // only a person gives a feature a new one.
    private BreakerResult ChangeLimits(LimitsChanged e)
    {
        GuardianPolicy? policy = GuardianPolicy.TryMake(e.Profile, e.Overrides, out IReadOnlyList<OptionError> errors);
        if (policy is null)
            return BreakerResult.Refused("limits.invalid", $"Condition failed: {string.Join("; ", errors)}.");
        (string Feature, FrozenReference Reference)[] frozen = KeptReferences(policy.Drift);
        _policy = policy;
        string[] seen = [.. _stages.Keys];
        _slots.Clear();
        _stages.Clear();
        _clocks.Clear();
        _gateways.Clear();
        _features.Clear();
        _errors = null;
        foreach (string stage in seen)
        {
            if (TryAddStage(stage, out StageGuard? guard) && guard.Silence is { } silence)
                ((StalenessGuardrail)silence.Guardrail).Touch(_now);
        }

        foreach ((string feature, FrozenReference reference) in frozen)
            _features[feature] = Add(new DriftGuardrail(feature, policy.Drift, reference));
        _breaker = _breaker.With(policy.Breaker);
        _breaker.SetBlocking(_now, IsBlocked());
        _nextDeadline = long.MinValue;
        return BreakerResult.Done();
    }

    private (string Feature, FrozenReference Reference)[] KeptReferences(DriftPolicy next)
    {
        DriftPolicy present = _policy.Drift;
        if (next.Mode == GuardrailMode.Off || next.Bins != present.Bins || next.Window != present.Window) return [];
        return
        [
            .. _features.Select(f => (f.Key, ((DriftGuardrail)f.Value.Guardrail).Reference))
                .Where(f => f.Reference is not null).Select(f => (f.Key, f.Reference!)),
        ];
    }

    private bool TryAddStage(string stage, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out StageGuard? guard)
    {
        guard = null;
        if (_stages.Count >= MaximumSubjects) return false;
        LatencyPolicy latency = _policy.Latency(stage);
        guard = new StageGuard
        {
            Latency = latency.Mode == GuardrailMode.Off ? null : Add(new LatencyGuardrail(latency)),
            Limit = latency.Limit,
        };
        if (_policy.Staleness.Mode != GuardrailMode.Off
            && _policy.Staleness.TryGetLimits(stage, out SilenceLimits limits))
            guard.Silence = Add(new StalenessGuardrail(stage, limits, _policy.Staleness));
        _stages[stage] = guard;
        return true;
    }

    private GuardrailSlot Add(IGuardrail guardrail)
    {
        var slot = new GuardrailSlot(guardrail);
        _slots.Add(slot);
        return slot;
    }

    private sealed class StageGuard
    {
        internal GuardrailSlot? Latency { get; init; }

        internal GuardrailSlot? Silence { get; set; }

        internal long Limit { get; init; }
    }
}
