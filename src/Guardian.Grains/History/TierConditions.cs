using System.Globalization;
using Guardian.Contracts;
using Guardian.Grains.Alerting;
using Guardian.Storage.Tiers;

namespace Guardian.Grains.History;

/// <summary>What is degraded between the journal and the other tiers, as conditions that hold now.</summary>
/// <remarks>Pure. The alert of both tiers silences the alerts of each (<see cref="AlertRule.Silences"/>).</remarks>
public static class TierConditions
{
    /// <summary>How far behind a tier may be before that is told, in seconds.</summary>
    public const double LaggingSeconds = 30;

    private const string Memory = "memory";

    /// <summary>Lists the conditions that hold.</summary>
    /// <param name="tiers">How the tiers are.</param>
    /// <param name="now">The wall time.</param>
    public static IEnumerable<Condition> Of(IReadOnlyList<TierHealth> tiers, Timestamp now)
    {
        TierHealth? hot = tiers.FirstOrDefault(tier => tier.Tier == TierNames.Hot && tier.Store != Memory);
        TierHealth? history = tiers.FirstOrDefault(tier => tier.Tier == TierNames.History);
        TierHealth? records = tiers.FirstOrDefault(tier => tier.Tier == TierNames.Records);
        if (hot is { Healthy: false })
            yield return Make(AlertNames.RedisLost, Severity.P1, hot, $"Redis can't be used: {hot.LastError}", now);
        if (history is not null && (!history.Healthy || history.LagSeconds > LaggingSeconds))
        {
            yield return Make(
                AlertNames.HistoryLagging,
                Severity.P1,
                history,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The history is {history.LagEvents} events ({history.LagSeconds:0.#} s) behind: "
                        + $"{history.LastError}"),
                now);
        }

        if (records is { Healthy: false })
        {
            yield return Make(
                AlertNames.RecordsLost,
                Severity.P1,
                records,
                $"Records can't be stored, epochs are provisional: {records.LastError}",
                now);
        }

        if (hot is { Healthy: false } && history is { Healthy: false })
        {
            yield return Make(
                AlertNames.TiersLost,
                Severity.P0,
                history with { Tier = string.Empty },
                $"Both shared tiers are lost; everything rests in the local journal alone. {hot.LastError}; "
                    + $"{history.LastError}",
                now);
        }
    }

    /// <summary>Tells what a comparison of the tiers found.</summary>
    /// <param name="report">One with differences; it holds until the next without.</param>
    public static Condition OfDifferences(VerifyReport report)
    {
        VerifyDifference first = report.Differences[0];
        return new Condition
        {
            Name = AlertNames.TiersDiffer,
            Severity = Severity.P1,
            Scope = Scope.Portfolio,
            Key = first.Tier,
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Count} differences between the tiers, the first: "
                    + $"{first.Check} {first.Symbol}: {first.Problem}"),
            Since = report.At,
        };
    }

    private static Condition Make(string name, Severity severity, TierHealth tier, string summary, Timestamp now) =>
        new()
        {
            Name = name,
            Severity = severity,
            Scope = Scope.Portfolio,
            Key = tier.Tier,
            Summary = summary,
            Since = now,
        };
}
