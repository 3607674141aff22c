namespace Guardian.Detection.Breaker;

/// <content>What people ask: holds, releases, resets and the second person's approval.</content>
public sealed partial class CircuitBreaker
{
    /// <summary>Places a hold; placing the same id again changes nothing and is accepted.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="id">The hold's id, unique for ever.</param>
    /// <param name="actor">Who holds.</param>
    /// <param name="reason">Why.</param>
    /// <param name="state"><see cref="TradingState.Halted"/> or <see cref="TradingState.Reducing"/>.</param>
    /// <param name="since">When it was placed, where it comes from elsewhere; 0 for <paramref name="now"/>.</param>
    public BreakerResult Place(
        long now, string id, string actor, string reason, TradingState state, long since = 0)
    {
        Advance(now);
        if (string.IsNullOrWhiteSpace(id)) return Blank("breaker.hold-id", "id");
        if (string.IsNullOrWhiteSpace(actor)) return Blank("breaker.actor", "actor");
        if (state is not (TradingState.Halted or TradingState.Reducing))
        {
            return BreakerResult.Refused(
                "breaker.hold-state", $"Condition failed: a hold is Halted or Reducing, not {state}.");
        }

        if (_holds.Contains(id)) return BreakerResult.Done("breaker.already-held");
        if (_holds.WasReleased(id))
        {
            return BreakerResult.Refused(
                "breaker.released-hold", $"Condition failed: hold {id} was released; place a hold with a new id.");
        }

        if (_holds.Open.Count == HoldBook.MostOpen)
        {
            return BreakerResult.Refused(
                "breaker.hold-limit",
                $"Condition failed: {HoldBook.MostOpen} holds are open, which is the limit; release one first.");
        }

        PendingRequest = null;
        Raise(new Hold(id, actor, reason, since == 0 ? _now : since, state));
        return BreakerResult.Done();
    }

    /// <summary>Releases a hold, or asks for it where resuming takes two persons.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="id">The hold's id.</param>
    /// <param name="actor">Who releases.</param>
    /// <param name="reason">Why.</param>
    public BreakerResult Release(long now, string id, string actor, string reason)
    {
        Advance(now);
        if (!_holds.Contains(id))
        {
            return BreakerResult.Refused(
                "breaker.unknown-hold", $"Condition failed: no hold {id} is open; look up the open holds.");
        }

        if (Unnamed(actor, reason) is BreakerResult refused) return refused;
        if (_policy.TwoPersonReset) return Ask(new ResumeRequest(id, actor, reason, Episode, Expiry()));
        Lift(id, actor, reason);
        return BreakerResult.Done();
    }

    /// <summary>
    /// Takes over a release that was decided elsewhere (a tombstone of the halt board), also of a hold not seen yet.
    /// </summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="id">The hold's id.</param>
    /// <param name="actor">Who released it; null where it is not known.</param>
    /// <param name="reason">Why; null where it is not known.</param>
    public BreakerResult MergeRelease(long now, string id, string? actor, string? reason)
    {
        Advance(now);
        if (string.Equals(PendingRequest?.HoldId, id, StringComparison.Ordinal)) PendingRequest = null;
        Lift(id, actor, reason);
        return BreakerResult.Done();
    }

    /// <summary>Resets a latch, or asks for it where resuming takes two persons; then the ramp begins.</summary>
    /// <remarks>
    /// Where a guardrail is still in breach, the ramp goes back to Open at once and waits for it to clear.
    /// </remarks>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="actor">Who resets.</param>
    /// <param name="reason">Why.</param>
    /// <param name="episode">The episode the person has looked at.</param>
    public BreakerResult Reset(long now, string actor, string reason, long episode)
    {
        Advance(now);
        if (Unnamed(actor, reason) is BreakerResult refused) return refused;
        if (Beneath != BreakerState.Latched) return NotLatched();
        if (episode != Episode) return WrongEpisode(episode);
        return _policy.TwoPersonReset
            ? Ask(new ResumeRequest(HoldId: null, actor, reason, episode, Expiry()))
            : Resume(actor, reason);
    }

    /// <summary>Approves the waiting request as the second person, and carries it out.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="actor">Who approves: another person than the one who asked.</param>
    /// <param name="episode">The episode the person has looked at.</param>
    public BreakerResult Approve(long now, string actor, long episode)
    {
        Advance(now);
        if (string.IsNullOrWhiteSpace(actor)) return Blank("breaker.actor", "actor");
        if (PendingRequest is not ResumeRequest request)
        {
            return BreakerResult.Refused(
                "breaker.no-request",
                "Condition failed: no request to resume is waiting; it lapsed, was voided or never made. Ask anew.");
        }

        if (string.Equals(request.Actor, actor, StringComparison.OrdinalIgnoreCase))
        {
            return BreakerResult.Refused(
                "breaker.same-person", $"Condition failed: {actor} asked; another person must approve.");
        }

        if (episode != request.Episode) return WrongEpisode(episode);
        PendingRequest = null;
        string actors = $"{request.Actor} + {actor}";
        if (request.HoldId is null) return Resume(actors, request.Reason);
        Lift(request.HoldId, actors, request.Reason);
        return BreakerResult.Done();
    }

    private static BreakerResult Blank(string code, string field) =>
        BreakerResult.Refused(code, $"Condition failed: {field} is blank; give one.");

    private static BreakerResult? Unnamed(string actor, string reason)
    {
        if (string.IsNullOrWhiteSpace(actor)) return Blank("breaker.actor", "actor");
        return string.IsNullOrWhiteSpace(reason) ? Blank("breaker.reason", "reason") : null;
    }

    private BreakerResult NotLatched() => BreakerResult.Refused(
        "breaker.not-latched",
        _holds.Open.Count == 0
            ? $"Condition failed: only a latch is reset, but the breaker is {Beneath}."
            : "Condition failed: only a latch is reset, but the breaker is Held "
                + $"({string.Join(", ", _holds.Open.Select(h => h.Id))}); release what holds it.");

    private BreakerResult WrongEpisode(long episode) => BreakerResult.Refused(
        "breaker.wrong-episode",
        $"Condition failed: episode {episode} is not the current one ({Episode}); look at it and ask anew.");

    private BreakerResult Ask(ResumeRequest request)
    {
        // One request at a time: an approval names the episode only, so it must not be able to mean another request.
        if (PendingRequest is { } waiting)
        {
            bool same = string.Equals(waiting.HoldId, request.HoldId, StringComparison.Ordinal)
                && string.Equals(waiting.Actor, request.Actor, StringComparison.OrdinalIgnoreCase);
            return same
                ? BreakerResult.Done("breaker.awaiting-approval")
                : BreakerResult.Refused(
                    "breaker.request-waiting",
                    $"Condition failed: a request of {waiting.Actor} is waiting; approve it or let it lapse.");
        }

        PendingRequest = request;
        return BreakerResult.Done("breaker.awaiting-approval");
    }

    private long Expiry() => Clock.Nanoseconds.Add(_now, _policy.ApprovalWindow);

    private BreakerResult Resume(string actor, string reason)
    {
        BreakerResult result = Move(BreakerTrigger.Reset, actor, reason);
        if (result.Accepted && _blocking) ComeBack();
        return result;
    }
}
