using Guardian.Detection.Breaker;
using Guardian.Detection.Events;
using Guardian.Detection.Options;

namespace Guardian.Detection.Engine;

/// <summary>
/// The one pure fold of a guardian: state' = Apply(state, event), with time only through events and Advance.
/// </summary>
/// <remarks>
/// The same fold runs live, in recovery, in what-if and in verification. The engine numbers inputs and what it brings
/// forth alike, so a fold over the same inputs gives the same numbers. <c>Advance(a); Advance(b)</c> equals
/// <c>Advance(b)</c>; an observation at t equals <c>Advance(t)</c> followed by the observation; time never runs back:
/// an earlier time is taken as the present one. Nothing is allocated per observation of a known subject. Nothing throws
/// on any number. Not thread-safe: one caller at a time.
/// </remarks>
public sealed partial class GuardianEngine
{
    /// <summary>Version of the rules in code; rises when the same events would fold to another state.</summary>
    public const int Version = 1;

    /// <summary>Most stages, features, sources and gateways a guardian watches, each.</summary>
    public const int MaximumSubjects = 64;

    private readonly List<GuardrailSlot> _slots = [];
    private GuardianPolicy _policy;
    private CircuitBreaker _breaker;
    private long _now;
    private long _nextDeadline = long.MaxValue;
    private long _epochNumber;
    private int _epochGeneration;

    /// <summary>Initializes an engine that has seen nothing.</summary>
    /// <param name="policy">By which limits it judges until a <see cref="LimitsChanged"/> says otherwise.</param>
    public GuardianEngine(GuardianPolicy policy)
    {
        _policy = policy;
        _breaker = new CircuitBreaker(policy.Breaker);
    }

    /// <summary>Gets the session time, Unix nanoseconds; 0 before the first event.</summary>
    public long Now => _now;

    /// <summary>Gets the number of the last event in this epoch.</summary>
    public long Sequence { get; private set; }

    /// <summary>Gets the limits in force.</summary>
    public GuardianPolicy Policy => _policy;

    /// <summary>
    /// Gets when <see cref="Advance"/> could next change something; <see cref="long.MaxValue"/> for never.
    /// </summary>
    public long NextDeadline => _nextDeadline;

    /// <summary>Gets how many observations could not be judged: not a number where one is needed, or no room.</summary>
    public long Unjudged { get; private set; }

    /// <summary>Begins an epoch: the next event has sequence 1.</summary>
    /// <param name="number">The epoch's number.</param>
    /// <param name="generation">The silo's generation.</param>
    public void BeginEpoch(long number, int generation)
    {
        _epochNumber = number;
        _epochGeneration = generation;
        Sequence = 0;
    }

    /// <summary>Takes over where a stored fold stood, before its tail is replayed.</summary>
    /// <param name="number">The epoch's number.</param>
    /// <param name="generation">The silo's generation.</param>
    /// <param name="sequence">The number of the last event that is in the state.</param>
    public void ContinueEpoch(long number, int generation, long sequence)
    {
        _epochNumber = number;
        _epochGeneration = generation;
        Sequence = sequence;
    }

    /// <summary>Raises the number of the last event where a replay found that the stored one is higher.</summary>
    /// <param name="sequence">The stored number; a lower one than <see cref="Sequence"/> changes nothing.</param>
    public void SkipTo(long sequence) => Sequence = Math.Max(Sequence, sequence);

    /// <summary>Fires every deadline due up to a time, in order.</summary>
    /// <param name="at">Session time, Unix nanoseconds; an earlier one than <see cref="Now"/> changes nothing.</param>
    /// <param name="sink">Takes what is brought forth.</param>
    public void Advance(long at, IFoldSink sink)
    {
        if (at <= _now) return;
        if (at >= _nextDeadline) FireDeadlines(at, sink);
        _now = at;
    }

    /// <summary>Folds an observation.</summary>
    /// <param name="observation">The observation; its time is raised to <see cref="Now"/> where it is earlier.</param>
    /// <param name="sink">Takes the observation as folded, and what is brought forth.</param>
    public void Apply(in Observation observation, IFoldSink sink)
    {
        Advance(observation.At, sink);
        Observation folded = observation.At == _now ? observation : observation with { At = _now };
        sink.Write(++Sequence, in folded);
        if (string.IsNullOrWhiteSpace(folded.Subject)) Unjudged++;
        else Fold(in folded, sink);
    }

    /// <summary>Folds an event that is not an observation.</summary>
    /// <param name="guardianEvent">The event; one that the fold brings forth itself only moves the time.</param>
    /// <param name="sink">Takes the event as folded, and what is brought forth.</param>
    /// <returns>Null when it was folded; otherwise why it was refused, in which case nothing was written.</returns>
    public string? Apply(GuardianEvent guardianEvent, IFoldSink sink)
    {
        Advance(guardianEvent.At, sink);
        if (guardianEvent.IsDerived) return null;
        if (Act(guardianEvent) is { } refusal) return refusal;
        sink.Write(++Sequence, guardianEvent.At == _now ? guardianEvent : guardianEvent with { At = _now });
        Settle(sink);
        foreach (GuardrailSlot slot in _slots) Judge(slot, sink);
        return null;
    }

    private void FireDeadlines(long at, IFoldSink sink)
    {
        while (true)
        {
            long due = _breaker.NextDeadline;
            foreach (GuardrailSlot slot in _slots) due = Math.Min(due, slot.Guardrail.NextDeadline);
            if (due > at || due == long.MaxValue)
            {
                _nextDeadline = due;
                return;
            }

            _now = Math.Max(_now, due);
            for (int i = 0; i < _slots.Count; i++)
            {
                GuardrailSlot slot = _slots[i];
                if (slot.Guardrail.NextDeadline > _now) continue;
                slot.Guardrail.Advance(_now);
                Judge(slot, sink);
            }

            if (_breaker.NextDeadline <= _now)
            {
                _breaker.Advance(_now);
                Settle(sink);
            }
        }
    }
}
