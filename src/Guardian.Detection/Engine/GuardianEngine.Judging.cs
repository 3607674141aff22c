using Guardian.Detection.Breaker;
using Guardian.Detection.Events;

namespace Guardian.Detection.Engine;

/// <content>From levels to transitions, and from confirmed breaches to the breaker.</content>
public sealed partial class GuardianEngine
{
    private const string BreakerName = "breaker";

    private Reason[] _tripReasons = [];

    private void Judge(GuardrailSlot slot, IFoldSink sink)
    {
        IGuardrail guardrail = slot.Guardrail;
        long deadline = guardrail.NextDeadline;
        if (deadline < _nextDeadline) _nextDeadline = deadline;
        Level level = guardrail.Level;
        bool confirmed = guardrail.Confirmed;
        if (level == slot.Level && confirmed == slot.Confirmed) return;
        JudgeChange(slot, level, confirmed, sink);
    }

    private void JudgeChange(GuardrailSlot slot, Level level, bool confirmed, IFoldSink sink)
    {
        IGuardrail guardrail = slot.Guardrail;
        Level from = slot.Level;
        bool confirmedNow = confirmed && !slot.Confirmed;
        slot.Level = level;
        slot.Confirmed = confirmed;
        if (level != from)
        {
            Emit(sink, new Transition(
                _now, guardrail.Kind, guardrail.Subject, from.ToString(), level.ToString(), TradingState, OpenEpisode,
                guardrail.Mode == GuardrailMode.Shadow, [ReasonOf(guardrail.Read())]));
        }

        if (guardrail.Mode != GuardrailMode.Enforce) return;
        if (!guardrail.FedByOrders) _breaker.SetBlocking(_now, IsBlocked());
        if (confirmedNow) Trip(slot);
        Settle(sink);
    }

    private void Trip(GuardrailSlot slot)
    {
        if (slot.Guardrail.Kind == GuardrailKind.Drift)
        {
            slot.Breaches.Enqueue(_now);
            long before = _now - _policy.Drift.LatchWindow;
            while (slot.Breaches.Count > 0 && slot.Breaches.Peek() <= before) slot.Breaches.Dequeue();
            if (slot.Breaches.Count >= _policy.Drift.LatchingBreaches)
            {
                slot.Breaches.Clear();
                _breaker.TripLatching(_now);
                return;
            }
        }

        _breaker.Trip(_now);
    }

    private bool IsBlocked()
    {
        foreach (GuardrailSlot slot in _slots)
        {
            if (slot.Blocks) return true;
        }

        return false;
    }

    /// <summary>Tells what the breaker did, and starts order-fed guardrails anew where its ramp begins.</summary>
    private void Settle(IFoldSink sink)
    {
        while (_breaker.TryTake(out BreakerTransition move))
        {
            if (move.Trigger is BreakerTrigger.Trip or BreakerTrigger.LatchingTrip or BreakerTrigger.EpisodeLimit
                or BreakerTrigger.Return or BreakerTrigger.ReturnLimit)
                RememberReasons();
            Emit(sink, new Transition(
                move.At, GuardrailKind.Breaker, BreakerName, NameOf(move.From), NameOf(move.To), move.TradingState,
                move.Episode, Shadow: false, ReasonsOf(move)));
            if (move.EndsEpisode) _tripReasons = [];
            if (move.StartsOrderFedAnew) StartOrderFedAnew(sink);
        }

        long deadline = _breaker.NextDeadline;
        if (deadline < _nextDeadline) _nextDeadline = deadline;
    }

    private void StartOrderFedAnew(IFoldSink sink)
    {
        foreach (GuardrailSlot slot in _slots)
        {
            if (!slot.Guardrail.FedByOrders) continue;
            slot.Guardrail.StartAnew(_now);
            Judge(slot, sink);
        }
    }

    private void RememberReasons()
    {
        Reason[] breaches = [.. EnforcedBreaches()];
        if (breaches.Length > 0) _tripReasons = breaches;
    }

    private IEnumerable<Reason> EnforcedBreaches()
    {
        foreach (GuardrailSlot slot in _slots)
        {
            if (slot.Level == Level.Breach && slot.Confirmed && slot.Guardrail.Mode == GuardrailMode.Enforce)
                yield return ReasonOf(slot.Guardrail.Read());
        }
    }

    private Reason[] ReasonsOf(BreakerTransition move)
    {
        if (move.Actor is not null)
        {
            return
            [
                new Reason(
                    "breaker." + Kebab(move.Trigger), "hold", move.HoldId ?? BreakerName, double.NaN, double.NaN,
                    string.Empty, 0, double.NaN, move.At, 0, $"{move.Actor}: {move.Reason}"),
            ];
        }

        bool trips = move.Trigger is BreakerTrigger.Trip or BreakerTrigger.LatchingTrip or BreakerTrigger.EpisodeLimit
            or BreakerTrigger.Return or BreakerTrigger.ReturnLimit;
        return trips
            ? _tripReasons
            :
            [
                new Reason(
                    "breaker." + Kebab(move.Trigger), BreakerName, BreakerName, move.SizeFactor, 1, "ratio", 0,
                    double.NaN, move.At, 0, null),
            ];
    }

    private static string NameOf(BreakerState state) => state.ToString();

    private static string Kebab(BreakerTrigger trigger) => trigger switch
    {
        BreakerTrigger.Trip => "trip",
        BreakerTrigger.EpisodeLimit => "episode-limit",
        BreakerTrigger.LatchingTrip => "latching-trip",
        BreakerTrigger.BreakOver => "break-over",
        BreakerTrigger.Return => "return",
        BreakerTrigger.ReturnLimit => "return-limit",
        BreakerTrigger.RampStep => "ramp-step",
        BreakerTrigger.RampDone => "ramp-done",
        BreakerTrigger.Quiet => "quiet",
        BreakerTrigger.Reset => "reset",
        BreakerTrigger.Hold => "hold",
        BreakerTrigger.Release => "release",
        _ => "release-last",
    };

    private static Reason ReasonOf(in Reading r) => new(
        r.Code, NameOf(r.Guardrail), r.Subject, r.Value, r.Limit, r.Unit, r.SampleCount, r.NoiseLine, r.Since, 0, null);

    /// <summary>Writes a guardrail's name as programs rely on it: in lower case.</summary>
    public static string NameOf(GuardrailKind kind) => kind switch
    {
        GuardrailKind.Latency => "latency",
        GuardrailKind.Clock => "clock",
        GuardrailKind.Staleness => "staleness",
        GuardrailKind.Pending => "pending",
        GuardrailKind.Drift => "drift",
        GuardrailKind.Errors => "errors",
        _ => BreakerName,
    };

    private void Emit(IFoldSink sink, Transition transition) => sink.Write(++Sequence, transition);
}
