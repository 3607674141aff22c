using System.Globalization;
using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.Journal;
using DetectionReason = Guardian.Detection.Events.Reason;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Contracts.ObservationKind;
using Reason = Guardian.Contracts.Reason;
using TradingState = Guardian.Contracts.TradingState;

namespace Guardian.Storage.History;

/// <summary>
/// Makes history events of the fold's events: the one mapper between detection and contracts for history.
/// </summary>
public static class HistoryMapper
{
    /// <summary>Unpacks a journal entry into history events, in order.</summary>
    /// <exception cref="Guardian.Detection.Encoding.StateFormatException">The payload is not packed events.</exception>
    public static IReadOnlyList<HistoryEvent> Map(JournalEntry entry)
    {
        var sink = new Sink(entry);
        int count = EventUnpacker.Unpack(entry.Payload, entry.FirstSequence, sink);
        return count == entry.Count
            ? sink.Events
            : throw new Guardian.Detection.Encoding.StateFormatException(
                $"Condition failed: an entry of {entry.Symbol} says {entry.Count} events and holds {count}.");
    }

    /// <summary>Makes a history event of a transition that is told before it is stored.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="epoch">The epoch it was folded in.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="receivedAt">Wall time of folding, Unix nanoseconds.</param>
    /// <param name="transition">The transition.</param>
    public static HistoryEvent Map(
        string symbol, Epoch epoch, long sequence, long receivedAt, Transition transition) =>
        Fill(Begin(symbol, epoch, sequence, transition.At, receivedAt), transition);

    /// <summary>Makes the contract's reason of the fold's.</summary>
    public static Reason ToContract(in DetectionReason reason) => new()
    {
        Code = reason.Code,
        Guardrail = reason.Guardrail,
        Subject = reason.Subject,
        Value = Finite(reason.Value),
        Limit = Finite(reason.Limit),
        Unit = reason.Unit,
        Since = new Timestamp(reason.Since),
        Until = new Timestamp(reason.Until),
        SampleCount = reason.SampleCount,
        NoiseLine = Finite(reason.NoiseLine),
        Text = reason.Text,
    };

    private static HistoryEvent Begin(string symbol, Epoch epoch, long sequence, long at, long receivedAt) => new()
    {
        Symbol = symbol,
        Epoch = epoch,
        Sequence = sequence,
        At = new Timestamp(at),
        ReceivedAt = new Timestamp(receivedAt),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static HistoryEvent Fill(HistoryEvent e, in Observation o)
    {
        bool times = o.Sent != 0 && o.Received != 0;
        double value = o.Value;
        bool derived = double.IsNaN(value) && times && o.Kind == Detection.Events.ObservationKind.Latency;
        if (derived) value = LatencySeries.Milliseconds(o.Sent, o.Received);
        return e with
        {
            Kind = HistoryKind.Observation,
            Observed = (ObservationKind)o.Kind,
            Subject = o.Subject,
            Value = Finite(value),
            Quantity = o.Quantity != 0 ? Finite(o.Quantity) : null,
            Sent = times ? new Timestamp(o.Sent) : null,
            Received = times ? new Timestamp(o.Received) : null,
            // What JSON can't carry is said in words, so that it is not lost: NaN is a datum of drift.
            Text = o.Text ?? (double.IsFinite(value) || o.Kind == Detection.Events.ObservationKind.Time
                ? null
                : value.ToString(CultureInfo.InvariantCulture)),
        };
    }

    private static HistoryEvent FillReset(HistoryEvent e, string subject, long episode, string actor, string reason) =>
        e with
        {
            Kind = HistoryKind.Reset,
            Subject = subject,
            Episode = episode,
            Actor = actor,
            Text = reason,
        };

    private static HistoryEvent Fill(HistoryEvent e, GuardianEvent source) => source switch
    {
        Transition t => Fill(e, t),
        PermitGranted p => e with
        {
            Kind = HistoryKind.Decision,
            Subject = p.PermitId,
            Text = $"permit of epoch {p.EpochNumber}.{p.EpochGeneration}",
        },
        HoldPlaced h => e with
        {
            Kind = HistoryKind.Hold,
            Subject = h.Id,
            TradingState = (TradingState)h.State,
            Actor = h.Actor,
            Text = h.Reason,
        },
        HoldReleased r => e with { Kind = HistoryKind.Release, Subject = r.Id, Actor = r.Actor, Text = r.Reason },
        BreakerReset r => FillReset(e, "breaker", r.Episode, r.Actor, r.Reason),
        ResumeApproved r => FillReset(e, "approval", r.Episode, r.Actor, r.Reason),
        Vouched v => e with { Kind = HistoryKind.Reset, Subject = "verified", Actor = v.Actor, Text = v.Reason },
        LatchRestored l => e with
        {
            Kind = HistoryKind.Lifecycle,
            Subject = "latched",
            Episode = l.Episode,
            Text = $"latched again from the halt board: {l.Reason}",
        },
        LimitsChanged l => e with
        {
            Kind = HistoryKind.Limits,
            Subject = l.Profile,
            Actor = l.Actor,
            Text = Describe(l),
        },
        Rebaselined b => e with
        {
            Kind = HistoryKind.Limits,
            Subject = b.Feature,
            Value = b.Values?.Length,
            Actor = b.Actor,
            Text = $"rebaseline: {b.Reason}",
        },
        Activated a => e with
        {
            Kind = HistoryKind.Lifecycle,
            Subject = "activated",
            Value = a.Replayed,
            Text = $"recovered from {a.RecoveredFrom}, {a.Replayed} replayed, engine {a.EngineVersion}, "
                + $"options {a.OptionsHash}",
        },
        GapRecorded g => e with
        {
            Kind = HistoryKind.Lifecycle,
            Subject = "gap",
            Value = g.Count,
            Text = $"{g.Source} {g.From} to {g.To}",
        },
        _ => throw new InvalidOperationException($"Invariant: {source.GetType().Name} has no history form."),
    };

    private static HistoryEvent Fill(HistoryEvent e, Transition t) => e with
    {
        Kind = HistoryKind.Transition,
        Guardrail = t.Guardrail.ToString().ToLowerInvariant(),
        Subject = t.Subject,
        From = t.From,
        To = t.To,
        TradingState = (TradingState)t.TradingState,
        Episode = t.Episode,
        Shadow = t.Shadow,
        Value = t.Reasons.Length > 0 ? Finite(t.Reasons[0].Value) : null,
        Reasons = [.. t.Reasons.Select(reason => ToContract(reason))],
    };

    private static string Describe(LimitsChanged limits)
    {
        if (limits.Overrides.Length == 0) return limits.Reason;
        string changed = string.Join(", ", limits.Overrides.Select(pair => $"{pair.Key} = {pair.Value}"));
        return $"{limits.Reason} ({changed})";
    }

    private sealed class Sink(JournalEntry entry) : IFoldSink
    {
        internal List<HistoryEvent> Events { get; } = new(entry.Count);

        public void Write(long sequence, in Observation observation) =>
            Events.Add(Fill(Begin(entry.Symbol, entry.Epoch, sequence, observation.At, entry.ReceivedAt), observation));

        public void Write(long sequence, GuardianEvent guardianEvent) =>
            Events.Add(
                Fill(Begin(entry.Symbol, entry.Epoch, sequence, guardianEvent.At, entry.ReceivedAt), guardianEvent));
    }
}
