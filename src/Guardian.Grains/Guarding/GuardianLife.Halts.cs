using Guardian.Contracts;
using Guardian.Detection.Breaker;
using Guardian.Detection.Events;
using Guardian.Grains.Halts;
using Guardian.Grains.Mapping;
using Guardian.Storage.Halts;
using Hold = Guardian.Contracts.Hold;

namespace Guardian.Grains.Guarding;

/// <content>One truth of the symbol's halts: the union of fold and board, less what either knows as ended.</content>
public sealed partial class GuardianLife
{
    private const string Guardian = "guardian";

    private HaltBoard Board => _services.Parts.Board;

    // At activation, and whenever the board has changed since: late entries act here too.
    private void Reconcile()
    {
        _reconciled = Board.Version;
        ReconcileHolds();
        ReconcileLatches();
    }

    private void ReconcileHolds()
    {
        foreach (Hold hold in Board.OpenOn(Key))
        {
            if (hold.Kind != HaltKind.Hold || _core.IsHeldBy(hold.Id)) continue;
            // The fold knows a release whose tombstone was lost on its way.
            if (_core.Engine.WasReleased(hold.Id))
            {
                Board.ReleaseAsync(hold.Id, Guardian, "its release is in the journal").Ignore();
                continue;
            }

            string? refusal = _core.Apply(
                at => new HoldPlaced(at, hold.Id, VerdictMapper.Map(hold.State), hold.Actor, hold.Reason));
            if (refusal is not null) LogProblem(Key, refusal);
        }

        foreach (Detection.Breaker.Hold held in _core.Engine.Holds.ToArray())
        {
            Hold? entry = Board.Find(held.Id);
            if (entry is { IsOpen: false } && _core.Follow(entry) is { } refusal) LogProblem(Key, refusal);
            else if (entry is null) Board.Adopt([ToHold(held)]);
        }
    }

    private void ReconcileLatches()
    {
        // The newest first: the board may know a later latch than the one whose reset is on it.
        foreach (Hold entry in Board.OpenOn(Key).Where(h => h.Kind == HaltKind.Latch).Reverse())
        {
            long since = entry.Since.UnixNanoseconds;
            if (since <= _core.Engine.ResetThrough)
            {
                Board.ReleaseAsync(entry.Id, Guardian, "its reset is in the journal").Ignore();
                continue;
            }

            if (_core.Engine.Latch is { } latch && latch.Since >= since) continue;
            string? refusal = _core.Apply(
                at => new LatchRestored(at, Math.Max(1, entry.Episode), since, entry.Reason));
            if (refusal is not null) LogProblem(Key, refusal);
        }

        if (_core.Engine.Latch is not { } present) return;
        Hold own = ToHold(present);
        Hold? known = Board.Find(own.Id);
        if (known is null) Board.Adopt([own]); // A trip waits for nothing; what does not rest is tried again.
        else if (!known.IsOpen && _core.FollowReset(known) is { } refused) LogProblem(Key, refused);
    }

    // The tombstones of what a person's reset has ended, with who and why.
    private async Task<Durability> EndLatchesAsync(string actor, string reason)
    {
        Task<Durability?>[] ended =
        [
            .. Board.OpenOn(Key)
                .Where(h => h.Kind == HaltKind.Latch && h.Since.UnixNanoseconds <= _core.Engine.ResetThrough)
                .Select(h => Board.ReleaseAsync(h.Id, actor, reason)),
        ];
        var least = Durability.Full;
        foreach (Task<Durability?> one in ended)
        {
            if (await one is { } durable && durable < least) least = durable;
        }

        return least;
    }

    private Hold ToHold(Latch latch) => new()
    {
        Id = HaltIds.OfLatch(Key, latch.Episode, latch.Since),
        Kind = HaltKind.Latch,
        Episode = latch.Episode,
        Scope = Scope.Symbol,
        Key = Key,
        Session = _core.Name.Session,
        State = VerdictMapper.Map(_core.Engine.Policy.Breaker.OnTrip),
        Actor = Guardian,
        Reason = WhyLatched(),
        Since = new Timestamp(latch.Since),
    };

    private string WhyLatched()
    {
        IEnumerable<string> lines = VerdictMapper.Map(_core.Engine.Reasons())
            .Where(r => r.Guardrail != "hold").Select(GuardianConditions.Line);
        string words = string.Join("; ", lines);
        if (words.Length == 0) return "latched";
        return words.Length <= Requests.MaximumReasonLength ? words : words[..Requests.MaximumReasonLength];
    }

    private Hold ToHold(Detection.Breaker.Hold held) => new()
    {
        Id = held.Id,
        Scope = Scope.Symbol,
        Key = Key,
        Session = _core.Name.Session,
        State = VerdictMapper.Map(held.State),
        Actor = held.Actor,
        Reason = held.Reason,
        Since = new Timestamp(held.Since),
    };
}
