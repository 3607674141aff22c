using System.Net.Sockets;
using Guardian.Contracts;
using Guardian.Grains.Auditing;
using Guardian.Grains.Guarding;

namespace Guardian.Grains.Halts;

/// <summary>Places and releases a session's holds of every scope, on the silo that is asked. Thread-safe.</summary>
/// <remarks>
/// Only a symbol's guardian is asked on the way, and past it the hold goes to the board: whoever wants to stop trading
/// needs no other silo. What is done is recorded as that person's action.
/// </remarks>
public sealed class SessionHolds(
    HaltBoard board, KillFile killFile, SiloClock clock, HumanActions people, IGrainFactory grains)
{
    private static readonly TimeSpan KillFilePatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan GuardianPatience = TimeSpan.FromSeconds(2);

    /// <summary>Tells the open holds of a session, every scope, oldest first.</summary>
    public Hold[] Open(string session) => [.. board.Open(session)];

    /// <summary>Places a hold of any scope in the session that the request names.</summary>
    public async Task<ActionResult> HoldAsync(HoldRequest request)
    {
        if (Requests.HoldError(request) is { } message) return Requests.Invalid(message);
        // With an id from here on: what a guardian does late after all is the same hold.
        HoldRequest own = request with { Id = Requests.IdOf(request) };
        if (own.Scope == Scope.Symbol) return await HoldSymbolAsync(own);
        string target = own.Scope == Scope.Portfolio ? "portfolio" : $"strategy {own.Key}";
        return await people.HoldAsync(own, target, () => PlaceAsync(own));
    }

    /// <summary>Releases a hold of any scope by its id.</summary>
    public async Task<ActionResult> ReleaseAsync(string session, ReleaseRequest request)
    {
        if (Requests.ActorError(request.Actor, request.Reason) is { } message) return Requests.Invalid(message);
        if (board.Find(request.Id) is { IsOpen: true, Scope: Scope.Symbol, Kind: HaltKind.Hold } own
            && own.Session == session)
            return await grains.GetGrain<IGuardianGrain>(own.Key).Release(request);
        return await people.ReleaseAsync(request, session, () => EndAsync(session, request));
    }

    private async Task<ActionResult> HoldSymbolAsync(HoldRequest own)
    {
        if (!SymbolName.TryParse(own.Key, out SymbolName name, out string error)) return Requests.Invalid(error);
        if (!string.Equals(name.Session, own.Session, StringComparison.Ordinal))
            return Requests.Invalid($"Condition failed: symbol {own.Key} is not of session {own.Session}.");
        Task<ActionResult> asked = grains.GetGrain<IGuardianGrain>(name.Key).Hold(own);
        try
        {
            return await asked.WaitAsync(GuardianPatience, clock.Time);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or IOException or SocketException)
        {
            asked.Ignore(); // What it says later is not looked at.
            string past = $"The guardian of {name.Key} did not answer in {GuardianPatience.TotalSeconds:0} s; the hold "
                + "is on the halt board, and acts wherever that symbol is guarded as soon as it is heard of there.";
            return await people.HoldAsync(
                own, $"symbol {name.Key}", () => PlaceAsync(own with { Key = name.Key }, past));
        }
    }

    private async Task<ActionResult> PlaceAsync(HoldRequest own, string? message = null)
    {
        string id = own.Id!;
        if (board.WhyTaken(id, own) is { } taken)
            return new ActionResult { Code = "hold-id-taken", Id = id, Message = taken };
        Durability durable = await board.PlaceAsync(Requests.HoldOf(own, id, clock.Timestamp));
        return new ActionResult { Done = true, Code = "held", Id = id, Durable = durable, Message = message };
    }

    private async Task<ActionResult> EndAsync(string session, ReleaseRequest request)
    {
        Hold? hold = board.Find(request.Id);
        if (hold is not { IsOpen: true } || !string.Equals(hold.Session, session, StringComparison.Ordinal))
        {
            return new ActionResult
            {
                Code = "unknown-hold",
                Id = request.Id,
                Message = $"Condition failed: no hold '{request.Id}' is open in session {session}; list the holds.",
            };
        }

        if (hold.Kind == HaltKind.Latch)
        {
            return new ActionResult
            {
                Code = "latched",
                Id = hold.Id,
                Message = $"Condition failed: {hold.Id} is the latch of {hold.Key}; reset the symbol "
                    + $"(guardian reset {hold.Key} --episode {hold.Episode}).",
            };
        }

        if (hold.Scope == Scope.Portfolio && await WhyNotReleasedAsync(session) is { } kept)
            return new ActionResult { Code = "kill-file", Id = hold.Id, Message = kept };
        Durability? durable = await board.ReleaseAsync(request.Id, request.Actor, request.Reason);
        return new ActionResult
        {
            Done = true, Code = "released", Id = request.Id, Durable = durable ?? Durability.None,
        };
    }

    // Apart: a file system that hangs must not hold up who asks.
    private async Task<string?> WhyNotReleasedAsync(string session)
    {
        if (killFile.FilePath is not { } path || !string.Equals(session, SymbolName.Live, StringComparison.Ordinal))
            return null;
        try
        {
            return await Task.Run(killFile.WhyNotReleased).WaitAsync(KillFilePatience, clock.Time);
        }
        catch (TimeoutException)
        {
            return $"Condition failed: the kill file {path} could not be looked at in {KillFilePatience.TotalSeconds} "
                + "s; repair its file system, or start again without Guardian:KillFile.";
        }
    }
}
