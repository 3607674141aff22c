using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Journal;

namespace Guardian.Grains.Tests.Guarding;

/// <summary>Latches on the halt board, over lives that lose what stood behind them.</summary>
public sealed class GuardianLatchTests
{
    private readonly LifeBench _bench = new();

    private static ResetRequest Reset(long episode, string actor = "ann") =>
        new() { Episode = episode, Actor = actor, Reason = "looked" };

    private Hold Entry() => Assert.Single(_bench.Board.Entries);

    [Fact]
    public async Task Latch_OfATrip_IsAnEntryOfTheBoardWithWhy()
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        Hold entry = Entry();
        Assert.Equal(
            (HaltKind.Latch, Scope.Symbol, LifeBench.Key, 2L, "guardian", TradingState.Halted, true),
            (entry.Kind, entry.Scope, entry.Key, entry.Episode, entry.Actor, entry.State, entry.IsOpen));
        Assert.StartsWith("errors ", entry.Reason, StringComparison.Ordinal);
        Assert.Empty(_bench.Board.Undurable);
    }

    [Fact]
    public async Task Recovery_WithoutJournal_IsLatchedAgainFromTheBoard()
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        Hold entry = Entry();
        _bench.Journal = new MemoryJournal();
        life = await _bench.CrashAsync();
        Verdict verdict = life.GetVerdict();
        Assert.Equal(
            (BreakerState.Latched, TradingState.Halted, 2L), (verdict.Breaker, verdict.TradingState, verdict.Episode));
        Reason reason = Assert.Single(verdict.Reasons);
        Assert.Equal(("breaker.latch-restored", entry.Reason), (reason.Code, reason.Text));
        Assert.Equal(entry, Entry());
        Assert.Equal((true, "reset"), Told(await life.Reset(Reset(2))));
        Assert.Equal(("ann", "looked"), (Entry().ReleasedBy, Entry().ReleaseReason));
    }

    [Fact]
    public async Task Recovery_WithJournal_IsTheSameLatchAndNoSecondEntry()
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        Hold entry = Entry();
        life = await _bench.CrashAsync();
        Assert.Equal(BreakerState.Latched, life.GetVerdict().Breaker);
        Assert.Equal(entry, Entry());
    }

    [Fact]
    public async Task Recovery_BoardWithoutTheLatch_LearnsItFromTheFold()
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        Hold entry = Entry();
        _bench.Halts = new MemoryHaltStore();
        life = await _bench.CrashAsync();
        Assert.Equal(BreakerState.Latched, life.GetVerdict().Breaker);
        Assert.Equal(entry with { Reason = Entry().Reason }, Entry());
        Assert.Single(_bench.Halts.Load());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recovery_AfterAReset_NeverComesBackLatched(bool journalLost)
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        Assert.Equal((true, "reset"), Told(await life.Reset(Reset(2))));
        if (journalLost) _bench.Journal = new MemoryJournal();
        life = await _bench.CrashAsync();
        Assert.Equal(journalLost ? BreakerState.Closed : BreakerState.HalfOpen, life.GetVerdict().Breaker);
        Assert.False(Entry().IsOpen);
    }

    [Fact]
    public async Task Recovery_ResetIsOnTheBoardOnly_IsFollowed()
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        await life.EndAsync();
        await _bench.Board.ReleaseAsync(Entry().Id, "bob", "elsewhere");
        life = await _bench.CrashAsync();
        Assert.Equal(BreakerState.HalfOpen, life.GetVerdict().Breaker);
    }

    [Fact]
    public async Task Recovery_TombstoneWasLost_IsWrittenAgainFromTheFold()
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        Hold entry = Entry();
        await life.Reset(Reset(2));
        _bench.Halts = new MemoryHaltStore();
        await _bench.Halts.PutAsync(entry);
        life = await _bench.CrashAsync();
        Assert.Equal(BreakerState.HalfOpen, life.GetVerdict().Breaker);
        Assert.Equal(("guardian", "its reset is in the journal"), (Entry().ReleasedBy, Entry().ReleaseReason));
    }

    [Fact]
    public async Task Latch_SecondInTheSameEpisode_IsAnEntryOfItsOwn()
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        Hold first = Entry();
        await life.Reset(Reset(2));
        _bench.Pass(life, TimeSpan.FromSeconds(1));
        life.Observe(Bench.Unnumbered(Bench.Failures(5)));
        Assert.Equal((BreakerState.Latched, 2L), (life.GetVerdict().Breaker, life.GetVerdict().Episode));
        Hold second = Assert.Single(_bench.Board.OpenOn(LifeBench.Key));
        Assert.NotEqual(first.Id, second.Id, StringComparer.Ordinal);
        _bench.Journal = new MemoryJournal();
        _bench.Checkpoints = new MemoryCheckpointStore();
        life = await _bench.CrashAsync();
        Assert.Equal(BreakerState.Latched, life.GetVerdict().Breaker);
    }

    [Fact]
    public async Task Tick_LateEntriesOfTheBoard_ActOnARunningGuardian()
    {
        GuardianLife life = await _bench.BeginAsync();
        Assert.True(life.Check(Bench.Order()).Allowed);
        _bench.Board.Merge(
        [
            Bench.Hold("peer", TradingState.Halted, Scope.Symbol, LifeBench.Key),
            Latch(since: 7, episode: 5),
        ]);
        life.Tick();
        Assert.Equal("denied.halted", life.Check(Bench.Order()).Code);
        Assert.Equal((true, "released"), Told(await life.Release(new() { Id = "peer", Actor = "ann", Reason = "ok" })));
        Assert.Equal((BreakerState.Latched, 5L), (life.GetVerdict().Breaker, life.GetVerdict().Episode));
    }

    [Fact]
    public async Task Reset_SeveralLatchesOfOtherLives_EndsThemAll()
    {
        GuardianLife life = await _bench.BeginAsync();
        _bench.Board.Merge([Latch(since: 7, episode: 1), Latch(since: 9, episode: 1)]);
        life.Tick();
        Assert.Equal(
            "Condition failed: episode 4 is not the current one (1); look at it and ask anew.",
            (await life.Reset(Reset(4))).Message);
        Assert.Equal((true, "reset"), Told(await life.Reset(Reset(1))));
        Assert.Empty(_bench.Board.OpenOn(LifeBench.Key));
        Assert.All(_bench.Board.Entries, e => Assert.Equal("ann", e.ReleasedBy));
    }

    [Fact]
    public async Task Reset_StoreIsAway_SaysThatItIsNotDurable()
    {
        GuardianLife life = await _bench.BeginAsync();
        await _bench.LatchAsync(life);
        _bench.Halts = new AwayStore();
        _bench.BeginSilo();
        life = await _bench.BeginAsync();
        ActionResult result = await life.Reset(Reset(2));
        Assert.Equal((true, "reset", Durability.None), (result.Done, result.Code, result.Durable));
        Assert.NotEmpty(_bench.Board.Overdue);
    }

    private static (bool Done, string Code) Told(ActionResult result) => (result.Done, result.Code);

    private static Hold Latch(long since, long episode) =>
        Bench.Hold(HaltIds.OfLatch(LifeBench.Key, episode, since), TradingState.Halted, Scope.Symbol, LifeBench.Key)
        with
        { Kind = HaltKind.Latch, Episode = episode, Since = new Timestamp(since) };

    private sealed class AwayStore : IHaltStore
    {
        public Task PutAsync(Hold hold) => Task.FromException(new IOException("disk"));

        public IReadOnlyList<Hold> Load() => [];
    }
}
