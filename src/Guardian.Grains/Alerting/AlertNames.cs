namespace Guardian.Grains.Alerting;

/// <summary>The names of all alerts; each has a runbook page of the same name.</summary>
public static class AlertNames
{
    /// <summary>A guardrail tripped a symbol; it lifts by itself.</summary>
    public const string GuardianTripped = "GuardianTripped";

    /// <summary>A symbol is latched until a person resets it.</summary>
    public const string GuardianLatched = "GuardianLatched";

    /// <summary>A person holds a symbol.</summary>
    public const string GuardianHeld = "GuardianHeld";

    /// <summary>A person holds the portfolio or a strategy.</summary>
    public const string PortfolioHeld = "PortfolioHeld";

    /// <summary>A stage is silent for longer than its limit.</summary>
    public const string FeedStale = "FeedStale";

    /// <summary>A source's clock is off by more than the tolerance, or wanders.</summary>
    public const string ClockSuspect = "ClockSuspect";

    /// <summary>An order has been unanswered for too long.</summary>
    public const string PendingOrders = "PendingOrders";

    /// <summary>The same guardrail warns at half of the symbols, and at least at three.</summary>
    public const string CorrelatedWarnings = "CorrelatedWarnings";

    /// <summary>A guardian came up from damaged or missing events.</summary>
    public const string RecoveryUnverified = "RecoveryUnverified";

    /// <summary>The local journal can't be written.</summary>
    public const string PersistenceDegraded = "PersistenceDegraded";

    /// <summary>The journal has no room: samples are judged, but go unrecorded.</summary>
    public const string JournalUnrecorded = "JournalUnrecorded";

    /// <summary>Journal rows could not be stored by a tier and are parked.</summary>
    public const string RowsParked = "RowsParked";

    /// <summary>The kill file can't be watched or made.</summary>
    public const string KillFileUnwatched = "KillFileUnwatched";

    /// <summary>Redis can't be used.</summary>
    public const string RedisLost = "RedisLost";

    /// <summary>Grain storage can't be used: epochs are provisional, records are not stored.</summary>
    public const string RecordsLost = "RecordsLost";

    /// <summary>Redis and PostgreSQL are both lost.</summary>
    public const string TiersLost = "TiersLost";

    /// <summary>Two tiers do not have the same events.</summary>
    public const string TiersDiffer = "TiersDiffer";

    /// <summary>The history is behind the journal.</summary>
    public const string HistoryLagging = "HistoryLagging";
}
