using Guardian.Client.Producing;
using Guardian.Contracts;

namespace Guardian.Client;

/// <summary>The guardians of a cluster, as a trading process or an operator sees them. Thread safe.</summary>
/// <remarks>
/// Every call goes to a silo and throws <see cref="GuardianUnreachableException"/> when none answers in
/// <see cref="GuardianClientOptions.ResponseTimeout"/>, or when the silos don't serve this client's contract. Checks
/// and verdicts, which may be repeated, are asked again within that time while a guardian moves to another silo;
/// nothing else is retried here. Keys are symbols, with <c>@session</c> for other worlds than live.
/// </remarks>
public interface IGuardianClient : IObserveEndpoint
{
    /// <summary>Asks whether an order may go out now.</summary>
    ValueTask<Decision> CheckAsync(string symbol, OrderRequest order);

    /// <summary>Asks for the trading state with reasons and readings.</summary>
    ValueTask<Verdict> GetVerdictAsync(string symbol);

    /// <summary>Resets a latched breaker.</summary>
    Task<ActionResult> ResetAsync(string symbol, ResetRequest request);

    /// <summary>Asks for the limits of a symbol, with their ETag.</summary>
    Task<GuardianLimits> GetLimitsAsync(string symbol);

    /// <summary>Changes the limits of a symbol; refused when the ETag given is not the present one.</summary>
    Task<ActionResult> SetLimitsAsync(string symbol, LimitsRequest request);

    /// <summary>Gives a feature a new drift reference; an unfit one is refused and changes nothing.</summary>
    Task<ActionResult> RebaselineAsync(string symbol, RebaselineRequest request);

    /// <summary>Asks for the view over all guardians of a session.</summary>
    Task<PortfolioSummary> GetPortfolioAsync(string session);

    /// <summary>Asks which symbols of a session must be guarded.</summary>
    Task<RosterEntry[]> GetRosterAsync(string session);

    /// <summary>Opens a session; empties it first unless it is to be appended to.</summary>
    Task<ActionResult> OpenSessionAsync(string session, SessionRequest request);

    /// <summary>Places a hold in the session that the request names.</summary>
    Task<ActionResult> HoldAsync(HoldRequest request);

    /// <summary>Releases a hold by its id.</summary>
    Task<ActionResult> ReleaseAsync(string session, ReleaseRequest request);

    /// <summary>Asks for the open holds of every scope.</summary>
    Task<Hold[]> GetHoldsAsync(string session);

    /// <summary>Asks for one page of stored events.</summary>
    Task<HistoryPage> GetHistoryAsync(HistoryQuery query);

    /// <summary>Asks how durable the answering silo is.</summary>
    Task<DurabilityReport> GetDurabilityAsync();

    /// <summary>Asks for one page of the answering silo's log of human actions.</summary>
    Task<AuditPage> GetAuditAsync(AuditQuery query);

    /// <summary>Has the answering silo verify its log of human actions.</summary>
    Task<AuditReport> VerifyAuditAsync();

    /// <summary>Asks what the answering silo's tiers could not store and set apart; the first thousand.</summary>
    Task<ParkedEntry[]> GetParkedAsync();

    /// <summary>Asks for the alerts of a session, those resolved in the last 24 h when asked for.</summary>
    Task<Alert[]> GetAlertsAsync(string session, bool withResolved);

    /// <summary>Asks which clients there were in the last three minutes, and what is wrong with them.</summary>
    Task<ClientProgram[]> GetClientsAsync();
}
