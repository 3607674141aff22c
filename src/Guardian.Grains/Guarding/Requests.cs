using Guardian.Contracts;
using Guardian.Detection.Options;

namespace Guardian.Grains.Guarding;

/// <summary>Checks that every request of a person has in common.</summary>
public static class Requests
{
    /// <summary>Longest actor or id, in characters.</summary>
    public const int MaximumActorLength = 64;

    /// <summary>Longest reason, in characters.</summary>
    public const int MaximumReasonLength = 512;

    /// <summary>Says what is wrong with actor and reason, or null.</summary>
    public static string? ActorError(string? actor, string? reason)
    {
        if (string.IsNullOrWhiteSpace(actor) || actor.Length > MaximumActorLength)
            return $"Condition failed: actor has {actor?.Length ?? 0} characters; it takes 1 to {MaximumActorLength}.";
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > MaximumReasonLength)
            return $"Condition failed: reason has {reason?.Length ?? 0} characters; 1 to {MaximumReasonLength}.";
        return actor.Any(char.IsControl) ? "Condition failed: actor has a control character; none is allowed." : null;
    }

    /// <summary>Reads a guardian's key.</summary>
    /// <exception cref="ArgumentException">The key is not a symbol with or without a session.</exception>
    public static SymbolName NameOf(string key) => SymbolName.TryParse(key, out SymbolName name, out string error)
        ? name
        : throw new ArgumentException(error, nameof(key));

    /// <summary>Checks a session's name.</summary>
    /// <exception cref="ArgumentException">It is not a session's name.</exception>
    public static void CheckSession(string session)
    {
        if (SymbolName.SessionError(session) is { } error) throw new ArgumentException(error, nameof(session));
    }

    /// <summary>Says what is wrong with a hold, or null.</summary>
    public static string? HoldError(HoldRequest request)
    {
        if (ActorError(request.Actor, request.Reason) is { } error) return error;
        if (request.Id is { } id && (id.Length is 0 or > MaximumActorLength || id.Any(char.IsControl)))
            return $"Condition failed: id has {id.Length} characters; 1 to {MaximumActorLength}, none a control.";
        if (request.State is not (TradingState.Halted or TradingState.Reducing))
            return $"Condition failed: state is {request.State}; a hold forces Halted or Reducing.";
        return request.Scope == Scope.Portfolio || request.Key.Length is > 0 and <= 128
            ? null
            : $"Condition failed: key has {request.Key.Length} characters; a {request.Scope} hold takes 1 to 128.";
    }

    /// <summary>Gets the id a request has, or makes one.</summary>
    public static string IdOf(HoldRequest request) => request.Id ?? $"hold-{Guid.NewGuid():N}";

    /// <summary>Makes the board's entry of a valid request.</summary>
    /// <param name="request">The request, with its session.</param>
    /// <param name="id">The hold's id.</param>
    /// <param name="since">When it was placed.</param>
    public static Hold HoldOf(HoldRequest request, string id, Timestamp since) => new()
    {
        Id = id,
        Scope = request.Scope,
        Key = request.Scope == Scope.Portfolio ? string.Empty : request.Key,
        Session = request.Session,
        State = request.State,
        Actor = request.Actor,
        Reason = request.Reason,
        Since = since,
    };

    /// <summary>Says what is wrong with limits, or null.</summary>
    public static string? LimitsError(GuardianLimits limits)
    {
        GuardianPolicy? policy = GuardianPolicy.TryMake(
            limits.Profile, limits.Overrides, out IReadOnlyList<OptionError> errors);
        return policy is null ? $"Condition failed: {string.Join("; ", errors)}." : null;
    }

    /// <summary>Makes the answer that a request is not valid.</summary>
    public static ActionResult Invalid(string message) => new() { Code = "invalid", Message = message };
}
