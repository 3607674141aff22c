using Guardian.Contracts;
using Guardian.Grains.Auditing;
using Guardian.Grains.Guarding;
using Guardian.Grains.Roster;

namespace Guardian.Silo.Api;

/// <summary>A symbol's entry on the roster as HTTP carries it. Immutable.</summary>
public sealed record RosterBody
{
    /// <summary>Gets the limits it starts with; profile <c>default</c> where they are left out.</summary>
    public GuardianLimits Limits { get; init; } = new();
}

/// <summary>New limits as HTTP carries them. Immutable.</summary>
public sealed record LimitsBody
{
    /// <summary>Gets the new limits.</summary>
    public required GuardianLimits Limits { get; init; }

    /// <summary>Gets who changes them, 1 to 64 characters.</summary>
    public required string Actor { get; init; }

    /// <summary>Gets why, 1 to 512 characters.</summary>
    public required string Reason { get; init; }
}

/// <summary>Maps symbols: verdicts, the roster, limits and resets.</summary>
internal static class SymbolEndpoints
{
    /// <summary>Maps the area.</summary>
    public static void MapSymbols(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder symbols = api.MapGroup("/symbols").WithTags("Symbols");
        symbols.MapGet("/", List).WithSummary("Tells the verdict of every symbol on the roster of a session.")
            .Produces<ItemList<Verdict>>();
        symbols.MapGet("/{symbol}", Get).WithSummary("Tells the verdict of one symbol.").Produces<Verdict>();
        symbols.MapPut("/{symbol}", Put).WithSummary("Puts a symbol on the roster and wakes its guardian.")
            .Accepts<RosterBody>(isOptional: true, "application/json").Produces<ActionResult>();
        symbols.MapDelete("/{symbol}", Delete).WithSummary("Takes a symbol off the roster.").Produces<ActionResult>();
        symbols.MapPost("/{symbol}/reset", Reset).WithSummary("Resets a latched breaker into its ramp.")
            .Accepts<ResetRequest>("application/json").Produces<ActionResult>();
        symbols.MapPost("/{symbol}/rebaseline", Rebaseline)
            .WithSummary("Gives a feature a new drift reference: values in order of arrival, or null to learn anew.")
            .Accepts<RebaselineRequest>("application/json").Produces<ActionResult>();
        symbols.MapGet("/{symbol}/limits", GetLimits).WithSummary("Tells the limits, with their ETag.")
            .Produces<GuardianLimits>();
        symbols.MapPut("/{symbol}/limits", PutLimits)
            .WithSummary("Changes the limits; If-Match guards against lost updates.")
            .Accepts<LimitsBody>("application/json").Produces<GuardianLimits>();
    }

    private static async Task<IResult> List(string? session, string? cursor, string? limit, IGrainFactory grains)
    {
        string world = QueryText.Session(session);
        int most = QueryText.Number("limit", limit, ApiLimits.SymbolsInPage, 1, ApiLimits.SymbolsInPage);
        RosterEntry[] roster = await grains.GetGrain<IPortfolioGrain>(world).GetRoster();
        string[] keys =
        [
            .. roster.Select(e => e.Symbol).Order(StringComparer.Ordinal)
                .Where(k => cursor is null || string.CompareOrdinal(k, cursor) > 0).Take(most + 1),
        ];
        Verdict[] verdicts = await Task.WhenAll(
            keys.Take(most).Select(k => grains.GetGrain<IGuardianGrain>(k).GetVerdict().AsTask()));
        return TypedResults.Ok(new ItemList<Verdict>(verdicts, keys.Length > most ? keys[most - 1] : null));
    }

    private static async Task<IResult> Get(string symbol, IGrainFactory grains, SessionDirectory directory) =>
        TypedResults.Ok(await (await OnRoster(symbol, grains, directory)).GetVerdict());

    private static async Task<IResult> Put(
        string symbol, string? actor, string? reason, HttpRequest request, IGrainFactory grains)
    {
        Sign(actor, reason);
        SymbolName name = QueryText.Symbol(symbol);
        RosterBody body = request.ContentLength is null or 0 && request.ContentType is null
            ? new RosterBody()
            : await RequestBody.ReadAsync<RosterBody>(request);
        ActionResult result = await grains.GetGrain<IPortfolioGrain>(name.Session)
            .Add(new RosterEntry { Symbol = name.Key, Limits = body.Limits });
        return Done(result);
    }

    private static async Task<IResult> Delete(string symbol, string? actor, string? reason, IGrainFactory grains)
    {
        Sign(actor, reason);
        SymbolName name = QueryText.Symbol(symbol);
        return Done(await grains.GetGrain<IPortfolioGrain>(name.Session).Remove(name.Key));
    }

    // The roster's messages have no place for a person: who acts and why goes beside them, into the audit log.
    private static void Sign(string? actor, string? reason)
    {
        RequestContext.Set(HumanActions.ActorKey, QueryText.Words("actor", actor, Requests.MaximumActorLength));
        RequestContext.Set(HumanActions.ReasonKey, QueryText.Words("reason", reason, Requests.MaximumReasonLength));
    }

    private static async Task<IResult> Reset(string symbol, HttpRequest request, IGrainFactory grains)
    {
        SymbolName name = QueryText.Symbol(symbol);
        ResetRequest body = await RequestBody.ReadAsync<ResetRequest>(request);
        return Done(await grains.GetGrain<IGuardianGrain>(name.Key).Reset(body));
    }

    private static async Task<IResult> Rebaseline(string symbol, HttpRequest request, IGrainFactory grains)
    {
        SymbolName name = QueryText.Symbol(symbol);
        RebaselineRequest body = await RequestBody.ReadAsync<RebaselineRequest>(request);
        return Done(await grains.GetGrain<IGuardianGrain>(name.Key).Rebaseline(body));
    }

    private static async Task<IResult> GetLimits(
        string symbol, HttpResponse response, IGrainFactory grains, SessionDirectory directory) =>
        WithETag(response, await (await OnRoster(symbol, grains, directory)).GetLimits());

    private static async Task<IResult> PutLimits(
        string symbol, HttpRequest request, HttpResponse response, IGrainFactory grains, SessionDirectory directory)
    {
        IGuardianGrain guardian = await OnRoster(symbol, grains, directory);
        string? expected = EntityTag.ReadIfMatch(request.Headers.IfMatch.ToString());
        LimitsBody body = await RequestBody.ReadAsync<LimitsBody>(request);
        ActionResult result = await guardian.SetLimits(new LimitsRequest
        {
            Limits = body.Limits with { ETag = expected }, Actor = body.Actor, Reason = body.Reason,
        });
        return result.Done ? WithETag(response, await guardian.GetLimits()) : Done(result);
    }

    /// <summary>Makes the answer to a person's action.</summary>
    internal static IResult Done(ActionResult result) =>
        result.Done ? TypedResults.Ok(result) : Refusal.Of(result).ToResult();

    // Asking a symbol that nobody guards must not bring a guardian to life.
    private static async Task<IGuardianGrain> OnRoster(
        string symbol, IGrainFactory grains, SessionDirectory directory)
    {
        SymbolName name = QueryText.Symbol(symbol);
        // Another silo may have put it there a moment ago.
        if (directory.Find(name.Key) is null) await directory.RefreshAsync();
        if (directory.Find(name.Key) is not null) return grains.GetGrain<IGuardianGrain>(name.Key);
        throw new RequestRefusedException(new Refusal(StatusCodes.Status404NotFound, "unknown-symbol",
            $"Condition failed: symbol '{name.Key}' is not on the roster of session '{name.Session}'; "
            + $"put it there with PUT /api/v1/symbols/{Uri.EscapeDataString(name.Key)}, or report an observation.")
        {
            Field = "symbol", Value = name.Key, Limit = "a symbol on the roster",
        });
    }

    private static Microsoft.AspNetCore.Http.HttpResults.Ok<GuardianLimits> WithETag(
        HttpResponse response, GuardianLimits limits)
    {
        if (limits.ETag is { Length: > 0 } tag) response.Headers.ETag = EntityTag.Write(tag);
        return TypedResults.Ok(limits);
    }
}

/// <summary>Reads and writes entity tags.</summary>
internal static class EntityTag
{
    /// <summary>Writes a strong tag.</summary>
    public static string Write(string tag) => $"\"{tag}\"";

    /// <summary>Reads <c>If-Match</c>: one strong tag; <c>*</c> stands for any and gives null.</summary>
    public static string? ReadIfMatch(string header)
    {
        const string Rule = "the ETag of GET …/limits in quotes, or *";
        string text = header.Trim();
        if (text.Length == 0)
        {
            throw new RequestRefusedException(new Refusal(
                StatusCodes.Status428PreconditionRequired, "if-match-required",
                $"Condition failed: If-Match is missing; it takes {Rule}.")
            { Field = "If-Match", Limit = Rule });
        }

        if (text is "*") return null;
        if (text.Length > 2 && text[0] == '"' && text[^1] == '"' && !text[1..^1].Contains('"'))
            return text[1..^1];
        throw new RequestRefusedException(Refusal.Of("If-Match", text, Rule));
    }
}
