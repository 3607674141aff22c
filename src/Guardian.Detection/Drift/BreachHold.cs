using Guardian.Detection.Encoding;

namespace Guardian.Detection.Drift;

/// <summary>How long a breach has held: confirmed after some evaluations and some time.</summary>
/// <remarks>One bad value must not halt a symbol. A mutable struct: keep it in a field that is not readonly.</remarks>
internal struct BreachHold
{
    private int _evaluations;
    private long _since;

    /// <summary>Whether the breach may trip.</summary>
    public bool Confirmed { get; private set; }

    /// <summary>Takes note of an evaluation at or over the limit.</summary>
    public void Over(long now, int evaluations, long duration)
    {
        if (Confirmed) return;
        if (_evaluations == 0) _since = now;
        if (_evaluations < evaluations) _evaluations++;
        Advance(now, evaluations, duration);
    }

    /// <summary>Takes note of an evaluation under the limit: what was not confirmed yet starts anew.</summary>
    public void Under()
    {
        if (!Confirmed) Clear();
    }

    /// <summary>Forgets the breach.</summary>
    public void Clear() => this = default;

    /// <summary>When time alone would confirm; <see cref="long.MaxValue"/> for never.</summary>
    public readonly long Deadline(int evaluations, long duration) =>
        Confirmed || _evaluations < evaluations ? long.MaxValue : SessionTime.Add(_since, duration);

    /// <summary>Confirms if its time has come.</summary>
    public void Advance(long now, int evaluations, long duration)
    {
        if (!Confirmed && _evaluations >= evaluations && now >= SessionTime.Add(_since, duration)) Confirmed = true;
    }

    public readonly void Write(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)_evaluations);
        if (_evaluations > 0) writer.WriteSigned(_since);
        if (_evaluations > 0) writer.WriteBool(Confirmed);
    }

    public static BreachHold Read(ref StateReader reader)
    {
        BreachHold hold = new() { _evaluations = reader.ReadCount(DriftOptions.MaxEvaluations) };
        if (hold._evaluations == 0) return hold;
        hold._since = reader.ReadSigned();
        hold.Confirmed = reader.ReadBool();
        return hold;
    }
}

/// <summary>Arithmetic on session time that stops at the ends of the range instead of overflowing.</summary>
internal static class SessionTime
{
    public const long Second = 1_000_000_000;

    /// <summary>Adds a duration ≥ 0.</summary>
    public static long Add(long time, long duration) =>
        time > long.MaxValue - duration ? long.MaxValue : time + duration;

    /// <summary>Finds the whole second at or before a time.</summary>
    public static long SecondOf(long time) => time >= 0 ? time / Second : ((time + 1) / Second) - 1;

    /// <summary>Finds the time at which a whole second begins.</summary>
    public static long StartOf(long second) => second > long.MaxValue / Second ? long.MaxValue : second * Second;

    /// <summary>Converts a time span to nanoseconds, at most <see cref="long.MaxValue"/>.</summary>
    public static long Nanoseconds(TimeSpan span) =>
        span.Ticks > long.MaxValue / 100 ? long.MaxValue : span.Ticks * 100;
}
