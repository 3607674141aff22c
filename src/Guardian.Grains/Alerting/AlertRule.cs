namespace Guardian.Grains.Alerting;

/// <summary>
/// How long a condition must hold before it fires, and how long it must be gone before it is resolved.
/// </summary>
/// <param name="For">Time from pending to firing, ≥ 0.</param>
/// <param name="KeepFiring">Time from the condition's end to resolved, ≥ 0; bridges flapping.</param>
public readonly record struct AlertRule(TimeSpan For, TimeSpan KeepFiring)
{
    /// <summary>Lists the alerts that are effects of an alert: they are silent while it holds.</summary>
    public static IReadOnlyList<string> Silences(string name) => name == AlertNames.TiersLost
        ? [AlertNames.RedisLost, AlertNames.HistoryLagging, AlertNames.RecordsLost]
        : [];

    /// <summary>Gets the rule of an alert name.</summary>
    public static AlertRule Of(string name) => name switch
    {
        AlertNames.FeedStale or AlertNames.ClockSuspect or AlertNames.PendingOrders =>
            new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)),
        AlertNames.HistoryLagging or AlertNames.RedisLost or AlertNames.RecordsLost =>
            new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)),
        AlertNames.TiersLost => new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10)),
        _ => new(TimeSpan.Zero, TimeSpan.FromSeconds(2)),
    };
}
