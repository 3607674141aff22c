using Guardian.Contracts;
using Guardian.Detection.Drift;
using Guardian.Detection.Events;
using Guardian.Grains.Mapping;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Guarding;

/// <content>What people ask: holds, releases, resets, limits, references.</content>
public sealed partial class GuardianLife
{
    /// <inheritdoc cref="IGuardianGrain.Hold"/>
    public async Task<ActionResult> Hold(HoldRequest request)
    {
        HoldRequest own = request with { Scope = Scope.Symbol, Key = Key, Session = _core.Name.Session };
        if (Requests.HoldError(own) is { } message) return Requests.Invalid(message);
        string id = Requests.IdOf(own);
        if (_services.Parts.Board.WhyTaken(id, own) is { } taken)
            return new ActionResult { Code = "hold-id-taken", Id = id, Message = taken };
        if (!_registered && !TryRegister()) return Requests.Invalid(NotOnRoster);
        string? refusal = _core.Apply(
            at => new HoldPlaced(at, id, VerdictMapper.Map(own.State), own.Actor, own.Reason));
        if (refusal is not null) return Requests.Invalid(refusal);
        Publish();
        Durability durable = await _services.Parts.Board.PlaceAsync(
            Requests.HoldOf(own, id, _services.Parts.Clock.Timestamp));
        return new ActionResult { Done = true, Code = "held", Id = id, Durable = durable };
    }

    /// <inheritdoc cref="IGuardianGrain.Release"/>
    public async Task<ActionResult> Release(ReleaseRequest request)
    {
        if (Requests.ActorError(request.Actor, request.Reason) is { } message) return Requests.Invalid(message);
        string? refusal = _core.Release(request.Id, request.Actor, request.Reason);
        if (refusal is not null) return new ActionResult { Code = "unknown-hold", Id = request.Id, Message = refusal };
        Publish();
        if (_core.IsHeldBy(request.Id))
            return new ActionResult { Done = true, Code = "awaiting-approval", Id = request.Id };
        Durability? durable = await _services.Parts.Board.ReleaseAsync(request.Id, request.Actor, request.Reason);
        return new ActionResult
        {
            Done = true, Code = "released", Id = request.Id, Durable = durable ?? Durability.None,
        };
    }

    /// <inheritdoc cref="IGuardianGrain.Reset"/>
    public async Task<ActionResult> Reset(ResetRequest request)
    {
        if (_core.Provenance.Unverified && _core.Engine.Latch is null) return await Vouch(request);
        if (Requests.ActorError(request.Actor, request.Reason) is { } message) return Requests.Invalid(message);
        if (!IsOrMayBeOnRoster()) return Requests.Invalid(NotOnRoster);
        if (_core.Reset(request.Episode, request.Actor, request.Reason) is { } refusal)
            return new ActionResult { Code = "refused", Message = refusal };
        if (_core.Engine.PendingRequest is not null) return await Acted(Result("awaiting-approval", id: null));
        Task<Durability> ended = EndLatchesAsync(request.Actor, request.Reason);
        ActionResult result = await Acted(Result("reset", id: null));
        Durability durable = await ended;
        return durable < result.Durable ? result with { Durable = durable } : result;
    }

    // Vouching is an event: the next recovery knows of it too.
    private async Task<ActionResult> Vouch(ResetRequest request)
    {
        if (Requests.ActorError(request.Actor, request.Reason) is { } message) return Requests.Invalid(message);
        if (_core.Apply(at => new Vouched(at, request.Actor, request.Reason)) is { } refusal)
            return new ActionResult { Code = "refused", Message = refusal };
        LogVouched(Key, request.Actor, request.Reason);
        _core.Provenance = _core.Provenance with { Unverified = false };
        Offer();
        return await Acted(Result("verified", Key));
    }

    /// <inheritdoc cref="IGuardianGrain.Rebaseline"/>
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
        if (WhyNoSuchFeature(request) is { } unknown) return Task.FromResult(unknown);
        return Act(
            request.Actor, request.Reason,
            () => _core.Apply(
                at => new Rebaselined(at, request.Feature, request.Values, request.Actor, request.Reason)),
            () => Result("rebaselined", request.Feature));
    }

    // A mistyped name must not become a feature, or a symbol on the roster, that stays.
    private ActionResult? WhyNoSuchFeature(RebaselineRequest request)
    {
        if (!_registered && _services.Directory.Find(Key) is null)
        {
            return new ActionResult
            {
                Code = "unknown-symbol",
                Message = $"Condition failed: symbol {Key} is not on the roster; add it to the roster first, or report "
                    + "an observation.",
            };
        }

        return request.Values is null && _core.Engine.Policy.Drift.Mode is not Detection.GuardrailMode.Off
            && _core.Engine.WhyNotRelearned(request.Feature) is { } unseen
            ? new ActionResult { Code = "unknown-feature", Message = unseen }
            : null;
    }

    /// <inheritdoc cref="IGuardianGrain.GetLimits"/>
    public GuardianLimits GetLimits() => new()
    {
        Profile = _core.Engine.Policy.Profile,
        Overrides = _core.Engine.Policy.Overrides.ToDictionary(o => o.Key, o => o.Value, StringComparer.Ordinal),
        ETag = _core.Engine.Policy.Hash,
    };

    /// <inheritdoc cref="IGuardianGrain.SetLimits"/>
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

        if (Requests.LimitsError(request.Limits) is { } wrong) return Requests.Invalid(wrong);
        ActionResult result = await Act(
            request.Actor, request.Reason,
            () => _core.Apply(at => new LimitsChanged(
                at, request.Limits.Profile, [.. request.Limits.Overrides], request.Actor, request.Reason)),
            () => Result("limits-changed", _core.Engine.Policy.Hash));
        if (result.Done) await RegisterAsync(request.Limits with { ETag = null });
        return result;
    }

    [LoggerMessage(1009, LogLevel.Warning, "{Actor} vouches for {Symbol}: {Reason}")]
    private partial void LogVouched(string symbol, string actor, string reason);

    private static ActionResult Result(string code, string? id) => new() { Done = true, Code = code, Id = id };

    // The result is made in the same stretch as the change: others may change it again while the disk is waited for.
    private async Task<ActionResult> Act(string actor, string reason, Func<string?> act, Func<ActionResult> done)
    {
        if (Requests.ActorError(actor, reason) is { } message) return Requests.Invalid(message);
        if (!IsOrMayBeOnRoster()) return Requests.Invalid(NotOnRoster);
        if (act() is { } refusal) return new ActionResult { Code = "refused", Message = refusal };
        return await Acted(done());
    }

    private async Task<ActionResult> Acted(ActionResult result)
    {
        if (!_registered) TryRegister();
        Publish();
        return result with { Durable = await FlushedAsync() };
    }

    private bool IsOrMayBeOnRoster() =>
        _registered || _services.Directory.Find(Key) is not null || _services.Options.AutoRegister;

    private async Task<Durability> FlushedAsync()
    {
        try
        {
            await FlushJournalAsync();
            return _core.WantsCheckpoint ? Durability.None : Durability.Full; // Behind a hole nothing is promised.
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
