using Guardian.Contracts;
using Guardian.Detection.Drift;
using Guardian.Detection.Events;
using Guardian.Grains.Mapping;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Guarding;

/// <content>What people ask: holds, releases, resets, limits, references.</content>
public sealed partial class GuardianGrain
{
    /// <inheritdoc/>
    public async Task<ActionResult> Hold(HoldRequest request)
    {
        HoldRequest own = request with { Scope = Scope.Symbol, Key = Key, Session = _core.Name.Session };
        if (Requests.HoldError(own) is { } message) return Requests.Invalid(message);
        if (!_registered && !TryRegister()) return Requests.Invalid(NotOnRoster);
        string id = own.Id ?? $"hold-{Guid.NewGuid():N}";
        string? refusal = _core.Apply(
            at => new HoldPlaced(at, id, VerdictMapper.Map(own.State), own.Actor, own.Reason));
        if (refusal is not null) return Requests.Invalid(refusal);
        Publish();
        Durability durable = await services.Parts.Board.PlaceAsync(new Hold
        {
            Id = id,
            Scope = Scope.Symbol,
            Key = Key,
            Session = own.Session,
            State = own.State,
            Actor = own.Actor,
            Reason = own.Reason,
            Since = services.Parts.Clock.Timestamp,
        });
        return new ActionResult { Done = true, Code = "held", Id = id, Durable = durable };
    }

    /// <inheritdoc/>
    public async Task<ActionResult> Release(ReleaseRequest request)
    {
        if (Requests.ActorError(request.Actor, request.Reason) is { } message) return Requests.Invalid(message);
        string? refusal = _core.Apply(at => new HoldReleased(at, request.Id, request.Actor, request.Reason));
        if (refusal is not null) return new ActionResult { Code = "unknown-hold", Id = request.Id, Message = refusal };
        Publish();
        if (_core.Engine.Holds.Any(h => string.Equals(h.Id, request.Id, StringComparison.Ordinal)))
            return new ActionResult { Done = true, Code = "awaiting-approval", Id = request.Id };
        Durability? durable = await services.Parts.Board.ReleaseAsync(request.Id, request.Actor, request.Reason);
        return new ActionResult
        {
            Done = true, Code = "released", Id = request.Id, Durable = durable ?? Durability.None,
        };
    }

    /// <inheritdoc/>
    public Task<ActionResult> Reset(ResetRequest request)
    {
        bool vouches = _core.Provenance.Unverified && _core.Engine.Breaker != Detection.Breaker.BreakerState.Latched;
        if (!vouches)
        {
            return Act(
                request.Actor, request.Reason, "reset",
                at => new BreakerReset(at, request.Episode, request.Actor, request.Reason));
        }

        if (Requests.ActorError(request.Actor, request.Reason) is { } message)
            return Task.FromResult(Requests.Invalid(message));
        LogVouched(Key, request.Actor, request.Reason);
        _core.Provenance = _core.Provenance with { Unverified = false };
        Offer();
        return Task.FromResult(new ActionResult { Done = true, Code = "verified", Id = Key });
    }

    /// <inheritdoc/>
    public Task<ActionResult> Rebaseline(RebaselineRequest request)
    {
        if (request.Feature.Length is 0 or > 64)
        {
            return Task.FromResult(Requests.Invalid(
                $"Condition failed: feature has {request.Feature.Length} characters; it takes 1 to 64."));
        }

        if (request.Feature.Any(char.IsControl))
        {
            return Task.FromResult(Requests.Invalid(
                "Condition failed: feature has a control character; none is allowed."));
        }

        int bins = _core.Engine.Policy.Drift.Bins;
        if (request.Values is { } values && FrozenReference.Refusal(request.Feature, values, bins) is { } unfit)
            return Task.FromResult(Requests.Invalid(unfit));
        return Act(
            request.Actor, request.Reason, "rebaselined",
            at => new Rebaselined(at, request.Feature, request.Values, request.Actor, request.Reason));
    }

    /// <inheritdoc/>
    public Task<GuardianLimits> GetLimits() => Task.FromResult(new GuardianLimits
    {
        Profile = _core.Engine.Policy.Profile,
        Overrides = _core.Engine.Policy.Overrides.ToDictionary(o => o.Key, o => o.Value, StringComparer.Ordinal),
        ETag = _core.Engine.Policy.Hash,
    });

    /// <inheritdoc/>
    public async Task<ActionResult> SetLimits(LimitsRequest request)
    {
        string present = _core.Engine.Policy.Hash;
        if (request.Limits.ETag is { } tag && !string.Equals(tag, present, StringComparison.Ordinal))
        {
            return new ActionResult
            {
                Code = "conflict",
                Id = present,
                Message = $"Condition failed: ETag is {tag}, but the limits are at {present}; read them and try again.",
            };
        }

        ActionResult result = await Act(
            request.Actor, request.Reason, "limits-changed",
            at => new LimitsChanged(
                at, request.Limits.Profile, [.. request.Limits.Overrides], request.Actor, request.Reason));
        return result with { Id = _core.Engine.Policy.Hash };
    }

    [LoggerMessage(1009, LogLevel.Warning, "{Actor} vouches for {Symbol}: {Reason}")]
    private partial void LogVouched(string symbol, string actor, string reason);

    private async Task<ActionResult> Act(string actor, string reason, string code, Func<long, GuardianEvent> make)
    {
        if (Requests.ActorError(actor, reason) is { } message) return Requests.Invalid(message);
        if (!_registered && !TryRegister()) return Requests.Invalid(NotOnRoster);
        if (_core.Apply(make) is { } refusal) return new ActionResult { Code = "refused", Message = refusal };
        Publish();
        using var patience = new CancellationTokenSource(Halts.HaltBoard.Patience);
        try
        {
            await services.Parts.Journal.FlushAsync(patience.Token);
            return new ActionResult { Done = true, Code = code, Durable = Durability.Full };
        }
        catch (OperationCanceledException)
        {
            return new ActionResult { Done = true, Code = code, Durable = Durability.None };
        }
    }
}
