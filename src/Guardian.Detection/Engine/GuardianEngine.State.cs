using Guardian.Detection.Clock;
using Guardian.Detection.Drift;
using Guardian.Detection.Encoding;
using Guardian.Detection.Errors;
using Guardian.Detection.Events;
using Guardian.Detection.Options;
using Guardian.Detection.Pending;

namespace Guardian.Detection.Engine;

/// <content>The state as bytes: equal states have equal bytes.</content>
public sealed partial class GuardianEngine
{
    private const byte Format = 1;

    /// <summary>Writes the whole state, without epoch and sequence: equal states give equal bytes.</summary>
    public void WriteState(StateWriter writer)
    {
        SettleTime();
        writer.WriteByte(Format);
        writer.WriteSigned(Version);
        writer.WriteString(_policy.Profile);
        writer.WriteUnsigned((ulong)_policy.Overrides.Length);
        foreach ((string path, string value) in _policy.Overrides)
        {
            writer.WriteString(path);
            writer.WriteString(value);
        }

        writer.WriteSigned(_now);
        writer.WriteSigned(Unjudged);
        writer.WriteSigned(_lastSlowOrder);
        writer.WriteUnsigned((ulong)_tripReasons.Length);
        foreach (Reason reason in _tripReasons) EventCodec.WriteReason(writer, reason);
        _breaker.WriteState(writer);
        writer.WriteUnsigned((ulong)_slots.Count);
        foreach (GuardrailSlot slot in _slots) WriteSlot(writer, slot);
        writer.WriteUnsigned((ulong)_stages.Count);
        foreach (string stage in _stages.Keys) writer.WriteString(stage);
    }

    /// <summary>Makes an engine from a written state.</summary>
    /// <exception cref="StateFormatException">The bytes are not a state of this or an older format.</exception>
    public static GuardianEngine ReadState(ref StateReader reader)
    {
        byte format = reader.ReadByte();
        if (format != Format)
            throw new StateFormatException($"Condition failed: state format {format} is not {Format}.");
        long version = reader.ReadSigned();
        if (version > Version)
            throw new StateFormatException($"Condition failed: rules of version {version} are newer than {Version}.");
        GuardianPolicy policy = ReadPolicy(ref reader);
        var engine = new GuardianEngine(policy)
        {
            _now = reader.ReadSigned(),
            Unjudged = reader.ReadSigned(),
            _lastSlowOrder = reader.ReadSigned(),
        };
        engine._tripReasons = new Reason[reader.ReadCount(8 * MaximumSubjects)];
        for (int i = 0; i < engine._tripReasons.Length; i++)
            engine._tripReasons[i] = EventCodec.ReadReason(ref reader);
        engine._breaker.ReadState(ref reader);
        int slots = reader.ReadCount(8 * MaximumSubjects);
        for (int i = 0; i < slots; i++) engine.ReadSlot(ref reader);
        engine.ReadStages(ref reader);
        engine._nextDeadline = long.MinValue;
        return engine;
    }

    // In the order in which they appeared, those without any guardrail included.
    private void ReadStages(ref StateReader reader)
    {
        var known = new Dictionary<string, StageGuard>(_stages, StringComparer.Ordinal);
        _stages.Clear();
        int count = reader.ReadCount(MaximumSubjects);
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString() ?? string.Empty;
            if (string.IsNullOrWhiteSpace(name)) throw Misplaced(GuardrailKind.Latency, name);
            if (known.TryGetValue(name, out StageGuard? stage)) _stages[name] = stage;
            else if (!TryAddStage(name, out _)) throw Misplaced(GuardrailKind.Latency, name);
        }
    }

    // Parts move when something is due for them. Whoever asks, or is refused, moves the time of some and nothing else:
    // with all at the same time, equal states have equal bytes and readings are of now.
    private void SettleTime()
    {
        _breaker.Advance(_now);
        foreach (GuardrailSlot slot in _slots) slot.Guardrail.Advance(_now);
    }

    private static GuardianPolicy ReadPolicy(ref StateReader reader)
    {
        string profile = reader.ReadString() ?? string.Empty;
        var overrides = new KeyValuePair<string, string>[reader.ReadCount(4_096)];
        for (int i = 0; i < overrides.Length; i++)
            overrides[i] = new(reader.ReadString() ?? string.Empty, reader.ReadString() ?? string.Empty);
        return GuardianPolicy.TryMake(profile, overrides, out IReadOnlyList<OptionError> errors)
            ?? throw new StateFormatException($"Condition failed: the limits in the state are not valid: {errors[0]}.");
    }

    private static void WriteSlot(StateWriter writer, GuardrailSlot slot)
    {
        writer.WriteByte((byte)slot.Guardrail.Kind);
        writer.WriteString(slot.Guardrail.Subject);
        writer.WriteUnsigned((ulong)slot.Breaches.Count);
        foreach (long at in slot.Breaches) writer.WriteSigned(at);
        slot.Guardrail.WriteState(writer);
    }

    private void ReadSlot(ref StateReader reader)
    {
        var kind = (GuardrailKind)reader.ReadByte();
        string subject = reader.ReadString() ?? string.Empty;
        if (string.IsNullOrWhiteSpace(subject)) throw Misplaced(kind, subject);
        Span<long> breaches = stackalloc long[reader.ReadCount(DriftOptions.MaxLatchingBreaches)];
        for (int i = 0; i < breaches.Length; i++) breaches[i] = reader.ReadSigned();
        GuardrailSlot slot = SlotFor(kind, subject);
        foreach (long at in breaches) slot.Breaches.Enqueue(at);
        slot.Guardrail.ReadState(ref reader);
        slot.Level = slot.Guardrail.Level;
        slot.Confirmed = slot.Guardrail.Confirmed;
    }

    // A stage's latency and staleness are added together, in the order in which they were written.
    private GuardrailSlot SlotFor(GuardrailKind kind, string subject)
    {
        switch (kind)
        {
            case GuardrailKind.Latency or GuardrailKind.Staleness:
                if (!_stages.TryGetValue(subject, out StageGuard? stage) && !TryAddStage(subject, out stage)) break;
                return (kind == GuardrailKind.Latency ? stage.Latency : stage.Silence)
                    ?? throw Misplaced(kind, subject);
            case GuardrailKind.Clock:
                return _clocks[subject] = Add(new ClockGuardrail(subject, _policy.Clock));
            case GuardrailKind.Pending:
                return _gateways[subject] = Add(new PendingGuardrail(subject, _policy.Pending));
            case GuardrailKind.Drift:
                return _features[subject] = Add(new DriftGuardrail(subject, _policy.Drift));
            case GuardrailKind.Errors:
                return _errors = Add(new ErrorGuardrail(subject, _policy.Errors));
            default: break;
        }

        throw Misplaced(kind, subject);
    }

    private static StateFormatException Misplaced(GuardrailKind kind, string subject) =>
        new($"Condition failed: a state for guardrail {(byte)kind} on '{subject}' does not belong here.");
}
