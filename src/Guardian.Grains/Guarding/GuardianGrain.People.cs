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
        if (services.Parts.Board.Find(id) is { IsOpen: false })
            return Requests.Invalid($"Condition failed: hold {id} was released; place a hold with a new id.");
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
        string? refusal = _core.Release(request.Id, request.Actor, request.Reason);
        if (refusal is not null) return new ActionResult { Code = "unknown-hold", Id = request.Id, Message = refusal };
        Publish();
        if (_core.IsHeldBy(request.Id))
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
                request.Actor, request.Reason, () => _core.Reset(request.Episode, request.Actor, request.Reason),
                () => Result(_core.Engine.PendingRequest is null ? "reset" : "awaiting-approval", id: null));
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
            request.Actor, request.Reason,
            () => _core.Apply(
                at => new Rebaselined(at, request.Feature, request.Values, request.Actor, request.Reason)),
            () => Result("rebaselined", request.Feature));
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
            request.Actor, request.Reason,
            () => _core.Apply(at => new LimitsChanged(
                at, request.Limits.Profile, [.. request.Limits.Overrides], request.Actor, request.Reason)),
            () => Result("limits-changed", _core.Engine.Policy.Hash));
        // The present state never stands against new limits: what is refused of them is their values.
        return result.Code == "refused" ? result with { Code = "invalid" } : result;
    }

    [LoggerMessage(1009, LogLevel.Warning, "{Actor} vouches for {Symbol}: {Reason}")]
    private partial void LogVouched(string symbol, string actor, string reason);

    private static ActionResult Result(string code, string? id) => new() { Done = true, Code = code, Id = id };

    // The result is made in the same stretch as the change: others may change it again while the disk is waited for.
    private async Task<ActionResult> Act(string actor, string reason, Func<string?> act, Func<ActionResult> done)
    {
        if (Requests.ActorError(actor, reason) is { } message) return Requests.Invalid(message);
        if (!_registered && !TryRegister()) return Requests.Invalid(NotOnRoster);
        if (act() is { } refusal) return new ActionResult { Code = "refused", Message = refusal };
        ActionResult result = done();
        Publish();
        return result with { Durable = await FlushedAsync() };
    }

    private async Task<Durability> FlushedAsync()
    {
        using var patience = new CancellationTokenSource(Halts.HaltBoard.Patience, services.Parts.Clock.Time);
        try
        {
            await services.Parts.Journal.FlushAsync(patience.Token);
            return Durability.Full;
        }
        catch (Exception error)
        {
            LogNotDurable(error, Key);
            return Durability.None;
        }
    }

    [LoggerMessage(1010, LogLevel.Error, "A person's change of {Symbol} acts, but is not durable yet.")]
    private partial void LogNotDurable(Exception error, string symbol);
}
