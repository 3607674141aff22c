using Guardian.Detection.Encoding;

namespace Guardian.Detection.Drift;

/// <content>The stored form: a learning guardrail keeps its values, a judging one only bins.</content>
public sealed partial class DriftGuardrail
{
    private const byte Pristine = 0;
    private const byte Learning = 1;
    private const byte Judging = 2;

    /// <inheritdoc/>
    public void WriteState(StateWriter writer)
    {
        bool untouched = _reference is null && NonFiniteTotal == 0 && _learnedCount == 0 && _since == 0
            && AdwinDetections == 0 && PageHinkleyDetections == 0;
        byte phase = untouched ? Pristine : _reference is null ? Learning : Judging;
        writer.WriteByte(phase);
        if (phase == Pristine) return;
        writer.WriteUnsigned((ulong)NonFiniteTotal);
        writer.WriteByte((byte)Level);
        writer.WriteSigned(_since);
        writer.WriteBool(_early is not null);
        _early?.Write(writer);
        if (phase == Learning) WriteLearning(writer);
        else WriteJudging(writer);
    }

    /// <inheritdoc/>
    /// <remarks>After an exception the guardrail is as if new.</remarks>
    public void ReadState(ref StateReader reader)
    {
        bool complete = false;
        try
        {
            ReadPhases(ref reader);
            complete = true;
        }
        finally
        {
            if (!complete) StartOver();
        }
    }

    private void WriteLearning(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)_learningNonFinite);
        writer.WriteUnsigned((ulong)_learnedCount);
        for (int i = 0; i < _learnedCount; i++) writer.WriteDouble(_learned![i]);
    }

    private void WriteJudging(StateWriter writer)
    {
        _reference!.Write(writer);
        _window!.Write(writer);
        writer.WriteUnsigned((ulong)_untilTick);
        writer.WriteBool(_window.IsFull);
        if (!_window.IsFull) return;
        writer.WriteUnsigned((ulong)_judgedCount);
        writer.WriteByte((byte)_judged.Level);
        writer.WriteDouble(_judged.Psi);
        writer.WriteDouble(_judged.Limit);
        writer.WriteDouble(_judged.NoiseLine);
        writer.WriteBool(_breached);
        if (!_breached) return;
        writer.WriteUnsigned((ulong)_below);
        _hold.Write(writer);
    }

    private void ReadPhases(ref StateReader reader)
    {
        StartOver();
        byte phase = reader.ReadByte();
        if (phase == Pristine) return;
        if (phase > Judging) throw new StateFormatException($"Condition failed: {phase} is no phase of drift.");
        NonFiniteTotal = ReadTotal(ref reader);
        Level = ReadLevel(ref reader);
        _since = reader.ReadSigned();
        if (reader.ReadBool())
        {
            // Written with early warnings: read them even where they are switched off now.
            (_early ?? new EarlyWarnings(_policy)).Read(ref reader);
        }

        if (phase == Learning) ReadLearning(ref reader);
        else ReadJudging(ref reader);
    }

    private void ReadLearning(ref StateReader reader)
    {
        _learningNonFinite = ReadTotal(ref reader);
        int count = reader.ReadCount(_policy.Reference - 1);
        for (int i = 0; i < count; i++)
        {
            double value = reader.ReadDouble();
            if (!double.IsFinite(value))
                throw new StateFormatException($"Condition failed: learned value {i} is {value}, which is not finite.");
            _learned![_learnedCount++] = value;
        }
    }

    private void ReadJudging(ref StateReader reader)
    {
        FrozenReference reference = FrozenReference.Read(ref reader);
        _learned = null;
        _reference = reference;
        _chiSquare = ChiSquare.Quantile(_policy.Significance, reference.BinCount - 1);
        _window = new BinWindow(_policy.Window, reference.BinCount);
        _window.Read(ref reader);
        _untilTick = reader.ReadCount(_policy.Step);
        if (reader.ReadBool() != _window.IsFull)
        {
            throw new StateFormatException(
                $"Condition failed: a window of {_window.Length} values was written under another length than "
                + $"{_policy.Window}; rebaseline the feature.");
        }

        if (!_window.IsFull) return;
        _judgedCount = reader.ReadCount(_policy.Window);
        _judged = new DriftJudgement(
            ReadLevel(ref reader), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
        _breached = reader.ReadBool();
        if (!_breached) return;
        _below = reader.ReadCount(DriftOptions.MaxEvaluations);
        _hold = BreachHold.Read(ref reader);
    }

    private void StartOver()
    {
        Forget();
        _early?.StartOver();
        _learned = new double[_policy.Reference];
        (NonFiniteTotal, Level, _since) = (0, Level.Unknown, 0);
    }

    private static long ReadTotal(ref StateReader reader)
    {
        ulong total = reader.ReadUnsigned();
        return total <= long.MaxValue / 2
            ? (long)total
            : throw new StateFormatException($"Condition failed: {total} values were never recorded.");
    }

    private static Level ReadLevel(ref StateReader reader)
    {
        byte level = reader.ReadByte();
        return level <= (byte)Level.Breach
            ? (Level)level
            : throw new StateFormatException($"Condition failed: {level} is no level.");
    }
}
