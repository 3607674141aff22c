using Guardian.Detection.Encoding;

namespace Guardian.Detection.Events;

/// <summary>Tags and fields of the events that are not observations. Tags are stored: never renumber.</summary>
internal static class EventCodec
{
    private const int MaximumReasons = 4_096;
    private const int MaximumValues = 1_000_000;

    internal static byte TagOf(GuardianEvent guardianEvent) => guardianEvent switch
    {
        Transition => 1,
        PermitGranted => 2,
        HoldPlaced => 3,
        HoldReleased => 4,
        BreakerReset => 5,
        LimitsChanged => 6,
        Activated => 7,
        GapRecorded => 8,
        Rebaselined => 9,
        ResumeApproved => 10,
        LatchRestored => 11,
        Vouched => 12,
        _ => throw new InvalidOperationException($"Invariant: {guardianEvent.GetType().Name} has no tag."),
    };

    internal static void WriteFields(StateWriter writer, GuardianEvent guardianEvent)
    {
        switch (guardianEvent)
        {
            case Transition e: WriteTransition(writer, e); break;
            case PermitGranted e:
                writer.WriteString(e.PermitId);
                writer.WriteSigned(e.EpochNumber);
                writer.WriteSigned(e.EpochGeneration);
                break;
            case HoldPlaced e:
                writer.WriteString(e.Id);
                writer.WriteByte((byte)e.State);
                WriteActor(writer, e.Actor, e.Reason);
                break;
            case HoldReleased e:
                writer.WriteString(e.Id);
                WriteActor(writer, e.Actor, e.Reason);
                break;
            case BreakerReset e:
                writer.WriteSigned(e.Episode);
                WriteActor(writer, e.Actor, e.Reason);
                break;
            case ResumeApproved e:
                writer.WriteSigned(e.Episode);
                WriteActor(writer, e.Actor, e.Reason);
                break;
            case LimitsChanged e: WriteLimits(writer, e); break;
            case Activated e:
                writer.WriteSigned(e.EngineVersion);
                writer.WriteString(e.OptionsHash);
                writer.WriteString(e.RecoveredFrom);
                writer.WriteSigned(e.Replayed);
                break;
            case GapRecorded e:
                writer.WriteString(e.Source);
                writer.WriteSigned(e.From);
                writer.WriteSigned(e.To);
                writer.WriteSigned(e.Count);
                break;
            case Rebaselined e: WriteRebaselined(writer, e); break;
            case LatchRestored e:
                writer.WriteSigned(e.Episode);
                writer.WriteSigned(e.Since);
                writer.WriteString(e.Reason);
                break;
            case Vouched e: WriteActor(writer, e.Actor, e.Reason); break;
            default: throw new InvalidOperationException($"Invariant: {guardianEvent.GetType().Name} has no fields.");
        }
    }

    internal static GuardianEvent ReadFields(ref StateReader reader, byte tag, long at) => tag switch
    {
        1 => ReadTransition(ref reader, at),
        2 => new PermitGranted(at, Text(ref reader), reader.ReadSigned(), Int(ref reader)),
        3 => new HoldPlaced(at, Text(ref reader), State(ref reader), Text(ref reader), Text(ref reader)),
        4 => new HoldReleased(at, Text(ref reader), Text(ref reader), Text(ref reader)),
        5 => new BreakerReset(at, reader.ReadSigned(), Text(ref reader), Text(ref reader)),
        6 => ReadLimits(ref reader, at),
        7 => new Activated(
            at, Int(ref reader), Text(ref reader), Text(ref reader), reader.ReadSigned()),
        8 => new GapRecorded(at, Text(ref reader), reader.ReadSigned(), reader.ReadSigned(), reader.ReadSigned()),
        9 => ReadRebaselined(ref reader, at),
        10 => new ResumeApproved(at, reader.ReadSigned(), Text(ref reader), Text(ref reader)),
        11 => new LatchRestored(at, reader.ReadSigned(), reader.ReadSigned(), Text(ref reader)),
        12 => new Vouched(at, Text(ref reader), Text(ref reader)),
        _ => throw new StateFormatException($"Condition failed: {tag} is not the tag of an event of format 1."),
    };

    internal static void WriteReason(StateWriter writer, in Reason reason)
    {
        writer.WriteString(reason.Code);
        writer.WriteString(reason.Guardrail);
        writer.WriteString(reason.Subject);
        writer.WriteDouble(reason.Value);
        writer.WriteDouble(reason.Limit);
        writer.WriteString(reason.Unit);
        writer.WriteSigned(reason.SampleCount);
        writer.WriteDouble(reason.NoiseLine);
        writer.WriteSigned(reason.Since);
        writer.WriteSigned(reason.Until);
        writer.WriteString(reason.Text);
    }

    internal static Reason ReadReason(ref StateReader reader) => new(
        Text(ref reader),
        Text(ref reader),
        Text(ref reader),
        reader.ReadDouble(),
        reader.ReadDouble(),
        Text(ref reader),
        reader.ReadSigned(),
        reader.ReadDouble(),
        reader.ReadSigned(),
        reader.ReadSigned(),
        reader.ReadString());

    private static void WriteTransition(StateWriter writer, Transition e)
    {
        writer.WriteByte((byte)e.Guardrail);
        writer.WriteString(e.Subject);
        writer.WriteString(e.From);
        writer.WriteString(e.To);
        writer.WriteByte((byte)e.TradingState);
        writer.WriteSigned(e.Episode);
        writer.WriteBool(e.Shadow);
        writer.WriteUnsigned((ulong)e.Reasons.Length);
        foreach (Reason reason in e.Reasons) WriteReason(writer, reason);
    }

    private static Transition ReadTransition(ref StateReader reader, long at)
    {
        var guardrail = (GuardrailKind)reader.ReadByte();
        string subject = Text(ref reader);
        string from = Text(ref reader);
        string to = Text(ref reader);
        TradingState state = State(ref reader);
        long episode = reader.ReadSigned();
        bool shadow = reader.ReadBool();
        var reasons = new Reason[reader.ReadCount(MaximumReasons)];
        for (int i = 0; i < reasons.Length; i++) reasons[i] = ReadReason(ref reader);
        return new Transition(at, guardrail, subject, from, to, state, episode, shadow, reasons);
    }

    private static void WriteLimits(StateWriter writer, LimitsChanged e)
    {
        writer.WriteString(e.Profile);
        writer.WriteUnsigned((ulong)e.Overrides.Length);
        foreach ((string path, string value) in e.Overrides)
        {
            writer.WriteString(path);
            writer.WriteString(value);
        }

        WriteActor(writer, e.Actor, e.Reason);
    }

    private static LimitsChanged ReadLimits(ref StateReader reader, long at)
    {
        string profile = Text(ref reader);
        var overrides = new KeyValuePair<string, string>[reader.ReadCount(MaximumReasons)];
        for (int i = 0; i < overrides.Length; i++) overrides[i] = new(Text(ref reader), Text(ref reader));
        return new LimitsChanged(at, profile, overrides, Text(ref reader), Text(ref reader));
    }

    private static void WriteRebaselined(StateWriter writer, Rebaselined e)
    {
        writer.WriteString(e.Feature);
        writer.WriteBool(e.Values is not null);
        if (e.Values is not null)
        {
            writer.WriteUnsigned((ulong)e.Values.Length);
            foreach (double value in e.Values) writer.WriteDouble(value);
        }

        WriteActor(writer, e.Actor, e.Reason);
    }

    private static Rebaselined ReadRebaselined(ref StateReader reader, long at)
    {
        string feature = Text(ref reader);
        double[]? values = null;
        if (reader.ReadBool())
        {
            values = new double[reader.ReadCount(Math.Min(MaximumValues, reader.Remaining / 8))];
            for (int i = 0; i < values.Length; i++) values[i] = reader.ReadDouble();
        }

        return new Rebaselined(at, feature, values, Text(ref reader), Text(ref reader));
    }

    private static void WriteActor(StateWriter writer, string actor, string reason)
    {
        writer.WriteString(actor);
        writer.WriteString(reason);
    }

    private static int Int(ref StateReader reader)
    {
        long value = reader.ReadSigned();
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new StateFormatException($"Condition failed: {value} does not fit 32 bits.");
    }

    private static string Text(ref StateReader reader) => reader.ReadString() ?? string.Empty;

    private static TradingState State(ref StateReader reader)
    {
        byte value = reader.ReadByte();
        return value <= (byte)TradingState.Halted
            ? (TradingState)value
            : throw new StateFormatException($"Condition failed: {value} is not a trading state.");
    }
}
