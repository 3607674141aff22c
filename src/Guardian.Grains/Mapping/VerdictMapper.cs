using Guardian.Contracts;
using Guardian.Detection.Engine;
using Judged = Guardian.Detection;
using JudgedReason = Guardian.Detection.Events.Reason;

namespace Guardian.Grains.Mapping;

/// <summary>From what the engine says to what crosses the wire.</summary>
public static class VerdictMapper
{
    /// <summary>Maps a level.</summary>
    public static Level Map(Judged.Level level) => (Level)level;

    /// <summary>Maps a trading state.</summary>
    public static TradingState Map(Judged.TradingState state) => (TradingState)state;

    /// <summary>Maps a trading state.</summary>
    public static Judged.TradingState Map(TradingState state) => (Judged.TradingState)state;

    /// <summary>Maps a breaker's state by name: the stored numbers of the two sides differ.</summary>
    public static BreakerState Map(Judged.Breaker.BreakerState state) => state switch
    {
        Judged.Breaker.BreakerState.Closed => BreakerState.Closed,
        Judged.Breaker.BreakerState.Open => BreakerState.Open,
        Judged.Breaker.BreakerState.HalfOpen => BreakerState.HalfOpen,
        Judged.Breaker.BreakerState.Latched => BreakerState.Latched,
        _ => BreakerState.Held,
    };

    /// <summary>Maps a reason; numbers that are none become null.</summary>
    public static Reason Map(in JudgedReason reason) => new()
    {
        Code = reason.Code,
        Guardrail = reason.Guardrail,
        Subject = reason.Subject,
        Value = Number(reason.Value),
        Limit = Number(reason.Limit),
        Unit = reason.Unit,
        Since = new Timestamp(reason.Since),
        Until = new Timestamp(reason.Until),
        SampleCount = reason.SampleCount,
        NoiseLine = Number(reason.NoiseLine),
        Text = reason.Text,
    };

    /// <summary>Maps all reasons.</summary>
    public static Reason[] Map(JudgedReason[] reasons)
    {
        if (reasons.Length == 0) return [];
        var mapped = new Reason[reasons.Length];
        for (int i = 0; i < reasons.Length; i++) mapped[i] = Map(in reasons[i]);
        return mapped;
    }

    /// <summary>Maps a hold to the reason it is for a symbol.</summary>
    public static Reason Map(Hold hold) => new()
    {
        Code = "hold",
        Guardrail = "hold",
        Subject = hold.Id,
        Since = hold.Since,
        Text = $"{hold.Actor}: {hold.Reason}",
    };

    /// <summary>Maps what each guardrail says.</summary>
    public static Reading[] Readings(GuardianEngine engine) =>
        [.. engine.Readings().Select(r => Map(r.Reading, r.Mode))];

    private static Reading Map(Judged.Reading reading, Judged.GuardrailMode mode) => new()
    {
        Guardrail = GuardianEngine.NameOf(reading.Guardrail),
        Subject = reading.Subject,
        Level = Map(reading.Level),
        Value = Number(reading.Value),
        Limit = Number(reading.Limit),
        Unit = reading.Unit,
        SampleCount = reading.SampleCount,
        Since = new Timestamp(reading.Since),
        Code = reading.Code,
        Mode = (GuardrailMode)mode,
        Marks = Marks(reading.Flags),
        NoiseLine = Number(reading.NoiseLine),
    };

    private static string[] Marks(Judged.ReadingFlags flags)
    {
        if (flags == Judged.ReadingFlags.None) return [];
        var marks = new List<string>();
        if (flags.HasFlag(Judged.ReadingFlags.ClockSuspect)) marks.Add("clock-suspect");
        if (flags.HasFlag(Judged.ReadingFlags.Shadow)) marks.Add("shadow");
        if (flags.HasFlag(Judged.ReadingFlags.MarketClosed)) marks.Add("market-closed");
        return [.. marks];
    }

    private static double? Number(double value) => double.IsFinite(value) ? value : null;
}
