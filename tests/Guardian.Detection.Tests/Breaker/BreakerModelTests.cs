using Guardian.Detection.Breaker;
using static Guardian.Detection.Tests.Breaker.BreakerBench;

namespace Guardian.Detection.Tests.Breaker;

/// <summary>Random histories over everything that can happen, against what must hold whatever happens.</summary>
public sealed class BreakerModelTests
{
    private const int Steps = 120;

    private enum Deed
    {
        Advance,
        Block,
        Unblock,
        Trip,
        Latch,
        Place,
        Release,
        Merge,
        Reset,
        Approve,
        Grant,
        Report,
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnyHistory_Invariants_Hold(bool twoPersons)
    {
        Dictionary<BreakerState, int> seen = [];
        for (int seed = 1; seed <= Effort.Seeds(400); seed++)
        {
            CircuitBreaker breaker = Make(Options(twoPersons));
            HashSet<string> released = new(StringComparer.Ordinal);
            foreach (Step step in History(seed))
            {
                BreakerState before = breaker.State;
                BreakerState beneath = breaker.Beneath;
                long episode = breaker.Episode;
                BreakerResult result = Do(breaker, step);
                List<BreakerTransition> moves = Taken(breaker);
                seen[breaker.State] = seen.GetValueOrDefault(breaker.State) + 1;
                string story = $"seed {seed}: {step} in {before}/{beneath} gave {breaker.State}/{breaker.Beneath}";
                CheckPeople(breaker, step, before, beneath, story);
                CheckMoves(breaker, moves, before, episode, story);
                Assert.False(step is { Deed: Deed.Report, Stale: true } && result.Accepted, story + ": a stale permit");
                bool byTime = moves.TrueForAll(m => IsTimes(m.Trigger));
                Assert.True(result.Accepted || byTime, story + ": a refusal moved it");
                if (step.Deed == Deed.Merge || (step.Deed is Deed.Release or Deed.Approve && result.Accepted))
                    foreach (BreakerTransition move in moves) if (move.HoldId is { } id) released.Add(id);
                Assert.True(breaker.Holds.All(h => !released.Contains(h.Id)), story + ": a released hold is back");
            }
        }

        Assert.Equal(5, seen.Count);
        Assert.True(seen.Values.Min() > 500 * Effort.Seeds(400) / 400, string.Join(", ", seen));
    }

    [Fact]
    public void AnyHistory_StateRestoredAtEachCut_EndsEqual()
    {
        for (int seed = 1; seed <= Effort.Seeds(60); seed++)
        {
            BreakerOptions options = Options(seed % 2 == 0);
            List<Step> history = History(seed);
            CircuitBreaker all = Make(options);
            List<byte[]> cuts = [];
            foreach (Step step in history)
            {
                cuts.Add(Bytes(all));
                Do(all, step);
            }

            byte[] expected = Bytes(all);
            for (int cut = 0; cut < Steps; cut++)
            {
                CircuitBreaker resumed = Restore(cuts[cut], options);
                foreach (Step step in history.Skip(cut)) Do(resumed, step);
                Assert.True(expected.AsSpan().SequenceEqual(Bytes(resumed)), $"seed {seed}, cut {cut}");
            }
        }
    }

    [Fact]
    public void AnyHistory_AdvancedInBetween_EndsEqualWithEqualMoves()
    {
        for (int seed = 1; seed <= Effort.Seeds(200); seed++)
        {
            Random random = new(seed);
            CircuitBreaker plain = Make(Options(false));
            CircuitBreaker stepped = Make(Options(false));
            long last = T0;
            foreach (Step step in History(seed))
            {
                Do(plain, step);
                if (step.At > last) stepped.Advance(last + random.NextInt64(step.At - last));
                while (stepped.NextDeadline < step.At)
                {
                    long due = stepped.NextDeadline;
                    stepped.Advance(due);
                    Assert.True(stepped.NextDeadline > due, $"seed {seed}: deadline {due} stands after it fired");
                }

                Do(stepped, step);
                last = step.At;
            }

            Assert.True(Bytes(plain).AsSpan().SequenceEqual(Bytes(stepped)), $"seed {seed}");
            Assert.Equal(Taken(plain), Taken(stepped));
        }
    }

    private static void CheckPeople(
        CircuitBreaker breaker, Step step, BreakerState before, BreakerState beneath, string story)
    {
        bool byPerson = step.Deed is Deed.Release or Deed.Merge or Deed.Approve;
        Assert.True(before != BreakerState.Held || breaker.State == BreakerState.Held || byPerson, story);
        bool reset = step.Deed is Deed.Reset or Deed.Approve;
        Assert.True(beneath != BreakerState.Latched || breaker.Beneath == BreakerState.Latched || reset, story);
        Assert.True(breaker.Holds.Count > 0 == (breaker.State == BreakerState.Held), story);
        TradingState least = breaker.State is BreakerState.Closed or BreakerState.HalfOpen
            ? TradingState.Active
            : TradingState.Reducing;
        Assert.True(breaker.TradingState >= least, story);
        Assert.True(breaker.TradingState == TradingState.Active || least > TradingState.Active, story);
        Assert.True(breaker.NextDeadline > step.At, story + ": a deadline that is due did not fire");
        bool stuck = breaker.State == BreakerState.HalfOpen && !step.Blocked && breaker.NextDeadline == long.MaxValue;
        Assert.False(stuck, story + ": the ramp waits for ever");
    }

    private static void CheckMoves(
        CircuitBreaker breaker, List<BreakerTransition> moves, BreakerState before, long episode, string story)
    {
        BreakerState state = before;
        foreach (BreakerTransition move in moves)
        {
            Assert.True(move.From == state, story + ": moves do not chain");
            Assert.True(CircuitBreaker.Target(move.From, move.Trigger) != BreakerTarget.Refused, story);
            if (move.From == BreakerState.Closed) episode++;
            Assert.True(move.Episode == episode, story + ": wrong episode");
            state = move.To;
        }

        Assert.True(state == breaker.State && episode == breaker.Episode, story + ": moves do not lead to the state");
    }

    private static bool IsTimes(BreakerTrigger trigger) => trigger is BreakerTrigger.BreakOver or BreakerTrigger.Quiet;

    private static BreakerOptions Options(bool twoPersons) => new()
    {
        TwoPersonReset = twoPersons, ProbesPerStep = 2, Ramp = [0.5, 1], LatchingReturn = 3,
    };

    private static List<Step> History(int seed)
    {
        Random random = new(seed);
        List<Step> steps = [];
        long at = T0;
        bool blocked = false;
        for (int i = 0; i < Steps; i++)
        {
            at += random.Next(3) == 0 ? 0 : (long)(60 * S * Math.Pow(random.NextDouble(), 3));
            if (random.Next(40) == 0) at += 1_800 * S;
            Deed deed = (Deed)random.Next(12);
            if (deed is Deed.Place or Deed.Latch && random.Next(3) > 0) deed = Deed.Grant;
            if (deed == Deed.Block && random.Next(2) == 0) deed = Deed.Report;
            blocked = deed == Deed.Block || (blocked && deed != Deed.Unblock);
            steps.Add(new Step(deed, at, random.Next(), blocked, random.Next(4) == 0));
        }

        return steps;
    }

    private static BreakerResult Do(CircuitBreaker breaker, Step step)
    {
        Random random = new(step.Seed);
        string hold = $"h{random.Next(6)}/{random.Next(3)}";
        if (step.Deed is Deed.Release or Deed.Merge && breaker.Holds.Count > 0 && random.Next(4) > 0)
            hold = breaker.Holds[0].Id;
        string probe = $"p{random.Next(4)}";
        string actor = random.Next(2) == 0 ? "ann" : "bob";
        BreakerResult done = new(true, "", "");
        switch (step.Deed)
        {
            case Deed.Advance: breaker.Advance(step.At); return done;
            case Deed.Block: breaker.SetBlocking(step.At, true); return done;
            case Deed.Unblock: breaker.SetBlocking(step.At, false); return done;
            case Deed.Trip: return breaker.Trip(step.At);
            case Deed.Latch: return breaker.TripLatching(step.At);
            case Deed.Place:
                return breaker.Place(step.At, hold, actor, "x", (TradingState)random.Next(1, 3));
            case Deed.Release: return breaker.Release(step.At, hold, actor, "x");
            case Deed.Merge: return breaker.MergeRelease(step.At, hold, actor, "x");
            case Deed.Reset: return breaker.Reset(step.At, actor, "x", breaker.Episode - (random.Next(5) / 4));
            case Deed.Approve: return breaker.Approve(step.At, actor, breaker.Episode - (random.Next(5) / 4));
            case Deed.Grant: return breaker.GrantPermit(step.At, probe).Result;
            default:
                breaker.Advance(step.At);
                long epoch = breaker.GrantPermit(step.At, probe).Permit.Epoch - (step.Stale ? 1 : 0);
                return breaker.ReportProbe(step.At, probe, epoch, random.Next(4) > 0);
        }
    }

    private sealed record Step(Deed Deed, long At, int Seed, bool Blocked, bool Stale);
}
