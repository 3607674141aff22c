namespace Guardian.Contracts;

/// <summary>The session as a whole: roster, holds of portfolio and strategy scope, summary. Key: the session.</summary>
[Alias("guardian.IPortfolioGrain")]
public interface IPortfolioGrain : IGrainWithStringKey
{
    /// <summary>Tells the view over all guardians.</summary>
    [Alias("summary")]
    Task<PortfolioSummary> GetSummary();

    /// <summary>Tells the roster, by symbol.</summary>
    [Alias("roster")]
    Task<RosterEntry[]> GetRoster();

    /// <summary>Puts a symbol on the roster and wakes its guardian; idempotent.</summary>
    [Alias("add")]
    Task<ActionResult> Add(RosterEntry entry);

    /// <summary>Takes a symbol off the roster; its guardian may then be put to sleep.</summary>
    [Alias("remove")]
    Task<ActionResult> Remove(string symbol);

    /// <summary>Opens a session: empties it unless it is to be appended to, and fixes its limits.</summary>
    [Alias("open")]
    Task<ActionResult> Open(SessionRequest request);

    /// <summary>Issues the next epoch to a producer; from then on its older epochs are refused.</summary>
    [Alias("producer")]
    Task<long> OpenProducer(string producer);

    /// <summary>Places a hold of any scope.</summary>
    [Alias("hold")]
    Task<ActionResult> Hold(HoldRequest request);

    /// <summary>Releases a hold of any scope by its id.</summary>
    [Alias("release")]
    Task<ActionResult> Release(ReleaseRequest request);

    /// <summary>Tells the open holds of the session, every scope.</summary>
    [Alias("holds")]
    Task<Hold[]> GetHolds();
}

/// <summary>The portfolio view, fed by summaries on streams. Key: the session.</summary>
[Alias("guardian.IAggregatorGrain")]
public interface IAggregatorGrain : IGrainWithStringKey
{
    /// <summary>Tells the merged view.</summary>
    [Alias("summary")]
    Task<PortfolioSummary> GetSummary();

    /// <summary>Drops what it knows; used when a session is emptied.</summary>
    [Alias("clear")]
    Task Clear();
}

/// <summary>The life of every alert of a session. Key: the session.</summary>
[Alias("guardian.IAlertGrain")]
public interface IAlertGrain : IGrainWithStringKey
{
    /// <summary>Tells the alerts that are pending or firing, and those resolved in the last 24 h when asked.</summary>
    [Alias("alerts")]
    Task<Alert[]> GetAlerts(bool withResolved);

    /// <summary>Tells the newest steps of all alerts, newest first.</summary>
    /// <param name="limit">1 to 1,000.</param>
    [Alias("history")]
    Task<AlertStep[]> GetHistory(int limit);

    /// <summary>Records that a person has seen an alert.</summary>
    [Alias("acknowledge")]
    Task<ActionResult> Acknowledge(AcknowledgeRequest request);

    /// <summary>Raises or keeps up conditions that no guardian owns, such as those of a tier.</summary>
    /// <param name="source">Who says so; a source's conditions replace its former ones.</param>
    /// <param name="conditions">All that hold now for this source.</param>
    [Alias("report")]
    Task Report(string source, Condition[] conditions);

    /// <summary>Drops what it knows; used when a session is emptied.</summary>
    [Alias("clear")]
    Task Clear();
}

/// <summary>Reads what the stores keep; any silo answers. Key: any number.</summary>
[Alias("guardian.IHistoryGrain")]
public interface IHistoryGrain : IGrainWithIntegerKey
{
    /// <summary>Reads a page of events.</summary>
    [Alias("query")]
    Task<HistoryPage> Query(HistoryQuery query);

    /// <summary>Reads a downsampled latency series.</summary>
    [Alias("series")]
    Task<SeriesPoint[]> Series(SeriesQuery query);

    /// <summary>Tells how durable this silo is.</summary>
    [Alias("durability")]
    Task<DurabilityReport> GetDurability();

    /// <summary>Reads a page of the log of human actions of this silo.</summary>
    [Alias("audit")]
    Task<AuditPage> GetAudit(AuditQuery query);

    /// <summary>Verifies the log of human actions of this silo, entry by entry.</summary>
    [Alias("audit-verify")]
    Task<AuditReport> VerifyAudit();

    /// <summary>Tells what tiers could not store and was set apart, by tier and position; the first thousand.</summary>
    [Alias("parked")]
    Task<ParkedEntry[]> GetParked();
}
