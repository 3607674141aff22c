using Guardian.Contracts;
using Guardian.Grains.Halts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Guardian.Silo.Api;

/// <summary>Who acts on something, and why, as HTTP carries it. Immutable.</summary>
public sealed record ActorBody
{
    /// <summary>Gets who acts, 1 to 64 characters.</summary>
    public required string Actor { get; init; }

    /// <summary>Gets why, 1 to 512 characters.</summary>
    public required string Reason { get; init; }
}

/// <summary>A hold as HTTP carries it: scope and key are never guessed. Immutable.</summary>
public sealed record HoldBody
{
    /// <summary>Gets the id, up to 64 characters; left out: one is made. The same id twice is one hold.</summary>
    public string? Id { get; init; }

    /// <summary>Gets how far it reaches.</summary>
    public required Scope Scope { get; init; }

    /// <summary>Gets the symbol or strategy; left out for the portfolio.</summary>
    public string? Key { get; init; }

    /// <summary>Gets the state it forces: Halted where it is left out, or Reducing.</summary>
    public TradingState State { get; init; } = TradingState.Halted;

    /// <summary>Gets who holds, 1 to 64 characters.</summary>
    public required string Actor { get; init; }

    /// <summary>Gets why, 1 to 512 characters.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets the session; left out: that of the symbol, else live.</summary>
    public string? Session { get; init; }

    /// <summary>Makes the grain's message.</summary>
    /// <exception cref="RequestRefusedException">Scope, key and session don't go together.</exception>
    internal HoldRequest ToRequest()
    {
        string key = Key ?? string.Empty;
        if (State == TradingState.Active)
            throw new RequestRefusedException(Refusal.Of("state", nameof(TradingState.Active), "Halted or Reducing"));
        if (Scope == Scope.Portfolio && key.Length > 0)
            throw new RequestRefusedException(Refusal.Of("key", key, "nothing where scope is portfolio"));
        if (Scope == Scope.Strategy && key.Length is 0 or > 64)
            throw new RequestRefusedException(Refusal.Of("key", key, "a strategy of 1 to 64 characters"));
        string session = QueryText.Session(Session);
        if (Scope == Scope.Symbol)
        {
            SymbolName name = QueryText.SymbolOf("key", key);
            if (!string.IsNullOrEmpty(Session) && !string.Equals(name.Session, session, StringComparison.Ordinal))
            {
                throw new RequestRefusedException(
                    Refusal.Of("session", session, $"the key's session {name.Session}, or left out"));
            }

            (key, session) = (name.Key, name.Session);
        }

        return new HoldRequest
        {
            Id = Id, Scope = Scope, Key = key, State = State, Actor = Actor, Reason = Reason, Session = session,
        };
    }
}

/// <summary>Maps holds: a person's stop and its release.</summary>
internal static class HoldEndpoints
{
    /// <summary>Maps the area.</summary>
    public static void MapHolds(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder holds = api.MapGroup("/holds").WithTags("Holds");
        holds.MapPost("/", Hold).WithSummary("Stops a symbol, a strategy or the portfolio until a person releases it.")
            .Accepts<HoldBody>("application/json").Produces<ActionResult>();
        holds.MapGet("/", List).WithSummary("Tells the open holds of a session.").Produces<ItemList<Hold>>();
        holds.MapPost("/{id}/release", Release).WithSummary("Releases a hold.")
            .Accepts<ActorBody>("application/json").Produces<ActionResult>();
    }

    // By this silo itself, so that whoever wants to stop trading needs no other.
    private static async Task<IResult> Hold(HttpRequest request, SessionHolds holds) => SymbolEndpoints.Done(
        await holds.HoldAsync((await RequestBody.ReadAsync<HoldBody>(request)).ToRequest()));

    private static Ok<ItemList<Hold>> List(string? session, SessionHolds holds) =>
        TypedResults.Ok(new ItemList<Hold>(holds.Open(QueryText.Session(session))));

    private static async Task<IResult> Release(string id, string? session, HttpRequest request, SessionHolds holds)
    {
        ActorBody body = await RequestBody.ReadAsync<ActorBody>(request);
        ReleaseRequest release = new() { Id = QueryText.Id(id), Actor = body.Actor, Reason = body.Reason };
        return SymbolEndpoints.Done(await holds.ReleaseAsync(QueryText.Session(session), release));
    }
}
