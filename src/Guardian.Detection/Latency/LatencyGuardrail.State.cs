using Guardian.Detection.Encoding;

namespace Guardian.Detection.Latency;

/// <content>The written form.</content>
public sealed partial class LatencyGuardrail
{
    private const byte Format = 1;

    /// <inheritdoc/>
    public void WriteState(StateWriter writer)
    {
        Count();
        writer.WriteByte(Format);
        writer.WriteBool(_rare is not null);
        writer.WriteUnsigned((ulong)_policy.WarningLimit);
        writer.WriteUnsigned((ulong)_policy.ClearBelow);
        writer.WriteUnsigned((ulong)_policy.Limit);
        writer.WriteBool(_started);
        if (!_started) return;
        writer.WriteSigned(_now);
        writer.WriteByte((byte)_level);
        writer.WriteByte((byte)_rule);
        writer.WriteBool(_confirmed);
        writer.WriteSigned(_since);
        writer.WriteUnsigned((ulong)_evaluations);
        writer.WriteSigned(_quietSince);
        writer.WriteSigned(_suspectAt);
        writer.WriteUnsigned((ulong)_burstCount);
        writer.WriteUnsigned((ulong)_burstBreaches);
        _fast.WriteState(writer);
        _slow?.WriteState(writer);
        _rare?.WriteState(writer, _now);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Counts at limits can't be made over: a state of other limits is refused, and the stage starts empty.
    /// </remarks>
    public void ReadState(ref StateReader reader)
    {
        _uncountedLength = 0;
        ReadHead(ref reader);
        if (!reader.ReadBool())
        {
            Reset();
            return;
        }

        long now = reader.ReadSigned();
        var level = (Level)reader.ReadByte();
        var rule = (Rule)reader.ReadByte();
        bool confirmed = reader.ReadBool();
        long since = reader.ReadSigned();
        int evaluations = reader.ReadCount(_policy.ConfirmEvaluations);
        long quietSince = reader.ReadSigned();
        long suspectAt = reader.ReadSigned();
        int burstCount = reader.ReadCount(int.MaxValue);
        int burstBreaches = reader.ReadCount(burstCount);
        CheckLevel(level, rule, confirmed);
        bool quietFits = quietSince == Never || (confirmed && _rare is null && quietSince <= now);
        if (suspectAt > now || !quietFits || (since > now && since != 0))
            throw new StateFormatException("Condition failed: a stamp of the state is after its time.");
        var fast = FastWindow.ReadState(ref reader, _policy.ClearBelow, _policy.Limit, now);
        if (_rare is null)
        {
            _slow = SlottedLatencyWindow.ReadState(ref reader, _policy.WarningLimit, _policy.Limit, now);
        }
        else
        {
            CountWindow rare = NewCountWindow();
            rare.ReadState(ref reader, now);
            _rare = rare;
        }

        _fast = fast;
        _started = true;
        SetTime(now);
        (_level, _rule, _confirmed) = (level, rule, confirmed);
        (_since, _evaluations, _quietSince, _suspectAt) = (since, evaluations, quietSince, suspectAt);
        (_burstCount, _burstBreaches) = (burstCount, burstBreaches);
        if (Mode == GuardrailMode.Off) Enter(Level.Unknown, Rule.None);
        Refresh();
    }

    private static void CheckLevel(Level level, Rule rule, bool confirmed)
    {
        bool fits = level switch
        {
            Level.Unknown or Level.Healthy => rule == Rule.None && !confirmed,
            Level.Warning => rule is Rule.Slow or Rule.Spikes && !confirmed,
            Level.Breach => rule == Rule.Slow || (rule == Rule.Fast && confirmed),
            _ => false,
        };
        if (!fits) throw new StateFormatException($"Condition failed: there is no level {level} by rule {rule}.");
    }

    private void ReadHead(ref StateReader reader)
    {
        byte format = reader.ReadByte();
        if (format != Format)
            throw new StateFormatException($"Condition failed: format {format} of a latency state is not {Format}.");
        if (reader.ReadBool() != (_rare is not null))
            throw new StateFormatException($"Condition failed: the state of {Subject} is of the other kind of window.");
        ulong warning = reader.ReadUnsigned();
        ulong clear = reader.ReadUnsigned();
        ulong limit = reader.ReadUnsigned();
        if (warning != (ulong)_policy.WarningLimit
            || clear != (ulong)_policy.ClearBelow
            || limit != (ulong)_policy.Limit)
        {
            throw new StateFormatException(
                $"Condition failed: the state of {Subject} counted at {warning}, {clear} and {limit} us, "
                + $"but the options say {_policy.WarningLimit}, {_policy.ClearBelow} and {_policy.Limit} us.");
        }
    }

    private void Reset()
    {
        _slow?.Clear();
        _rare?.Clear();
        _fast.Clear();
        _started = false;
        (_now, _level, _rule, _confirmed) = (long.MinValue, Level.Unknown, Rule.None, false);
        (_since, _evaluations, _quietSince, _suspectAt) = (0, 0, Never, long.MinValue);
        (_wake, _small) = (long.MinValue, 0);
    }
}
