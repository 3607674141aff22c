using Guardian.Contracts;
using Guardian.Grains.Alerting;

namespace Guardian.Grains.Aggregation;

/// <summary>Makes the conditions of correlated warnings: what alerts are made of. Pure.</summary>
public static class CorrelationConditions
{
    /// <summary>The source under which they are reported; no symbol can have this name, it has a blank.</summary>
    public const string Source = "correlated warnings";

    /// <summary>Lists the conditions, one a guardrail.</summary>
    public static Condition[] Of(IReadOnlyList<CorrelatedWarning> correlated) =>
    [
        .. correlated.Select(c => new Condition
        {
            Name = AlertNames.CorrelatedWarnings,
            Severity = Severity.P1,
            Scope = Scope.Portfolio,
            Key = c.Guardrail,
            Summary = $"{c.Guardrail} warns at {c.Symbols} of {c.Of} symbols: {string.Join(", ", c.Examples)}"
                + (c.Symbols > c.Examples.Length ? " …" : string.Empty),
            Since = c.Since,
        }),
    ];
}
