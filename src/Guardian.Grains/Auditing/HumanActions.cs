using Guardian.Contracts;
using Guardian.Storage.Audit;

namespace Guardian.Grains.Auditing;

/// <summary>Records what people do, and what they tried and were refused, beside doing it.</summary>
/// <remarks>
/// Thread-safe. The action comes first and never waits for its entry; its answer waits for the disk for as long as
/// <see cref="SqliteAuditLog.Patience"/>. What is not a valid request at all is no action and is not recorded.
/// </remarks>
/// <param name="log">The log.</param>
public sealed class HumanActions(IAuditLog log)
{
    /// <summary>Key under which a caller says who acts, where the message has no place for it.</summary>
    public const string ActorKey = "guardian.actor";

    /// <summary>Key under which a caller says why.</summary>
    public const string ReasonKey = "guardian.reason";

    /// <summary>Most characters of a text in an entry.</summary>
    public const int MostCharacters = 4_000;

    private const string Unknown = "unknown";

    /// <summary>Does a hold.</summary>
    public Task<ActionResult> HoldAsync(HoldRequest request, string target, Func<Task<ActionResult>> act) => DoAsync(
        new AuditAction(request.Actor, "hold", target, request.Session, request.Reason, string.Empty),
        act,
        result => $"id {result.Id}, state {request.State}");

    /// <summary>Does a release.</summary>
    public Task<ActionResult> ReleaseAsync(ReleaseRequest request, string session, Func<Task<ActionResult>> act) =>
        DoAsync(
            new AuditAction(request.Actor, "release", $"hold {request.Id}", session, request.Reason, string.Empty),
            act);

    /// <summary>Does a reset, or takes a person's word for a guardian whose halts could not be told.</summary>
    public Task<ActionResult> ResetAsync(ResetRequest request, SymbolName symbol, Func<Task<ActionResult>> act) =>
        DoAsync(
            new AuditAction(request.Actor, "reset", Of(symbol), symbol.Session, request.Reason, string.Empty),
            act,
            result => result.Code == "verified" ? "vouched for its halts" : $"episode {request.Episode}");

    /// <summary>Does a rebaseline.</summary>
    public Task<ActionResult> RebaselineAsync(
        RebaselineRequest request, SymbolName symbol, Func<Task<ActionResult>> act) => DoAsync(
            new AuditAction(request.Actor, "rebaseline", Of(symbol), symbol.Session, request.Reason, string.Empty),
            act,
            _ => $"feature {request.Feature}, "
                + (request.Values is { } values ? $"{values.Length} values" : "learned anew"));

    /// <summary>Does a change of limits.</summary>
    public Task<ActionResult> LimitsAsync(LimitsRequest request, SymbolName symbol, Func<Task<ActionResult>> act) =>
        DoAsync(
            new AuditAction(request.Actor, "limits", Of(symbol), symbol.Session, request.Reason, string.Empty),
            act,
            _ => Describe(request.Limits));

    /// <summary>Does an acknowledgement of an alert.</summary>
    public Task<ActionResult> AcknowledgeAsync(
        AcknowledgeRequest request, string session, Func<Task<ActionResult>> act) => DoAsync(
            new AuditAction(
                request.Actor, "acknowledge", $"alert {request.Id}", session, request.Reason, string.Empty),
            act);

    /// <summary>Does what has no place for a person in its message; the caller may name one beside it.</summary>
    public Task<ActionResult> UnsignedAsync(
        string action, string target, string session, string details, Func<Task<ActionResult>> act) => DoAsync(
            new AuditAction(
                Said(ActorKey) ?? Unknown, action, target, session, Said(ReasonKey) ?? "none given", string.Empty),
            act,
            _ => details);

    /// <summary>Describes limits.</summary>
    public static string Describe(GuardianLimits limits) => string.Join(
        ", ",
        limits.Overrides.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key} = {o.Value}")
            .Prepend($"profile {limits.Profile}"));

    private static string Of(SymbolName symbol) => $"symbol {symbol.Key}";

    private static string? Said(string key) =>
        RequestContext.Get(key) is string { Length: > 0 } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    private static string Cut(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters];

    private async Task<ActionResult> DoAsync(
        AuditAction action, Func<Task<ActionResult>> act, Func<ActionResult, string>? details = null)
    {
        ActionResult result;
        try
        {
            result = await act();
        }
        catch (Exception e)
        {
            await RecordAsync(action with { Result = "failed", Details = $"{e.GetType().Name}: {e.Message}" });
            throw;
        }

        if (result.Code == "invalid") return result;
        string said = details?.Invoke(result) ?? string.Empty;
        if (!result.Done && result.Message is { } why) said = said.Length == 0 ? why : $"{said}; {why}";
        await RecordAsync(action with { Result = result.Code, Details = said });
        return result;
    }

    private Task RecordAsync(AuditAction action) => log.RecordAsync(action with
    {
        Actor = Cut(action.Actor),
        Target = Cut(action.Target),
        Session = Cut(action.Session),
        Reason = Cut(action.Reason),
        Details = Cut(action.Details),
    });
}
