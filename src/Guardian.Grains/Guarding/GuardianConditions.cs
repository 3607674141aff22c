using System.Globalization;
using Guardian.Contracts;
using Guardian.Grains.Alerting;

namespace Guardian.Grains.Guarding;

/// <summary>Which conditions hold now, made from a verdict: what alerts are made of. Pure.</summary>
public static class GuardianConditions
{
    /// <summary>How far clocks may differ before it is told: 50 ms, in nanoseconds.</summary>
    public const long ClockTolerance = 50_000_000;

    /// <summary>Lists the conditions of a guardian.</summary>
    public static Condition[] Of(Verdict verdict)
    {
        var found = new List<Condition>();
        if (OfBreaker(verdict) is { } breaker) found.Add(breaker);
        if (verdict.Provenance.Unverified) found.Add(OfRecovery(verdict));
        foreach (Reading reading in verdict.Readings)
        {
            if (OfReading(verdict.Symbol, reading) is { } condition) found.Add(condition);
        }

        return [.. found];
    }

    /// <summary>Says that a guardian's stamps run ahead of the silo's clock; null while they don't.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="ahead">By how much, nanoseconds.</param>
    /// <param name="since">When it came up.</param>
    public static Condition? OfAhead(string symbol, long ahead, Timestamp since)
    {
        if (ahead < ClockTolerance) return null;
        return new Condition
        {
            Name = AlertNames.ClockSuspect,
            Severity = Severity.P2,
            Scope = Scope.Symbol,
            Key = $"{symbol}/stamps",
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"{symbol}: its last stamp was {ahead / 1e9:0.###} s ahead of this silo's clock; stamps go on from it"),
            Since = since,
        };
    }

    /// <summary>Says that the silo's wall clock jumped while it ran; null while it did not.</summary>
    /// <param name="jump">How far it is from the stamps, nanoseconds; above 0: forward.</param>
    /// <param name="since">When it was seen first.</param>
    public static Condition? OfJump(long jump, Timestamp since)
    {
        if (Math.Abs(jump) < ClockTolerance) return null;
        return new Condition
        {
            Name = AlertNames.ClockSuspect,
            Severity = Severity.P2,
            Scope = Scope.Portfolio,
            Key = "silo",
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"The silo's wall clock jumped by {jump / 1e9:0.###} s; stamps and windows follow elapsed time"),
            Since = since,
        };
    }

    /// <summary>Writes a reason in one line, with number and limit.</summary>
    public static string Line(Reason reason)
    {
        string name = $"{reason.Guardrail} {reason.Subject}";
        if (reason.Text is not null) return $"{name}: {reason.Text}";
        return reason.Value is { } value && reason.Limit is { } limit
            ? string.Create(CultureInfo.InvariantCulture, $"{name}: {value:0.###} {reason.Unit}, limit {limit:0.###}")
            : $"{name}: {reason.Code}";
    }

    private static Condition OfRecovery(Verdict verdict) => new()
    {
        Name = AlertNames.RecoveryUnverified,
        Severity = Severity.P0,
        Scope = Scope.Symbol,
        Key = verdict.Symbol,
        Summary = $"{verdict.Symbol} came up from {verdict.Provenance.RecoveredFrom} and could not verify its state",
        Since = verdict.Provenance.ActivatedAt,
    };

    private static Condition? OfBreaker(Verdict verdict)
    {
        (string Name, Severity Severity)? kind = verdict.Breaker switch
        {
            BreakerState.Open or BreakerState.HalfOpen => (AlertNames.GuardianTripped, Severity.P1),
            BreakerState.Latched => (AlertNames.GuardianLatched, Severity.P1),
            BreakerState.Held => (AlertNames.GuardianHeld, Severity.P0),
            _ => null,
        };
        if (kind is not { } found) return null;
        // Holds beyond the symbol and an unknown past are alerts of their own: they neither explain a trip nor date it.
        Reason[] own = verdict.Breaker == BreakerState.Held
            ? verdict.Reasons
            : [.. verdict.Reasons.Where(r => r.Guardrail is not ("hold" or "recovery"))];
        string reasons = string.Join("; ", own.Select(Line));
        return new Condition
        {
            Name = found.Name,
            Severity = found.Severity,
            Scope = Scope.Symbol,
            Key = verdict.Symbol,
            Summary = $"{verdict.Symbol} is {verdict.Breaker} (episode {verdict.Episode}): {reasons}",
            Since = own.Length == 0 ? default : own.Min(r => r.Since),
        };
    }

    private static Condition? OfReading(string symbol, Reading reading)
    {
        if (reading.Level is not (Level.Warning or Level.Breach)) return null;
        string? name = reading.Guardrail switch
        {
            "staleness" => AlertNames.FeedStale,
            "clock" => AlertNames.ClockSuspect,
            "pending" => AlertNames.PendingOrders,
            _ when reading is { Mode: GuardrailMode.Shadow, Level: Level.Breach } => AlertNames.GuardianTripped,
            _ => null,
        };
        if (name is null) return null;
        return new Condition
        {
            Name = name,
            Severity = reading.Level == Level.Breach ? Severity.P1 : Severity.P2,
            Scope = Scope.Symbol,
            Key = $"{symbol}/{reading.Subject}",
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"{symbol} {reading.Subject}: {reading.Value:0.###} {reading.Unit}, limit {reading.Limit:0.###}"),
            Since = reading.Since,
            Shadow = reading.Mode == GuardrailMode.Shadow,
        };
    }
}
