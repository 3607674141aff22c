using Guardian.Contracts;
using Guardian.Grains.Guarding;

namespace Guardian.Grains.Tests.Guarding;

/// <summary>When a guardian has something to do though nobody asks it.</summary>
public sealed class GuardianRestTests
{
    private readonly LifeBench _bench = new();

    [Fact]
    public async Task IsDue_NothingHappens_OnlyToBeginWith()
    {
        GuardianLife life = await _bench.BeginAsync();
        Assert.True(life.IsDue(_bench.Clock.Now));
        await SettleAsync(life);
        _bench.Time.Advance(TimeSpan.FromDays(1));
        Assert.False(life.IsDue(_bench.Clock.Now));
    }

    [Fact]
    public async Task IsDue_AnEvent_UntilTheNextTick()
    {
        GuardianLife life = await _bench.BeginAsync();
        await SettleAsync(life);
        life.Observe(Bench.Unnumbered([Observation.Outcome("good", OutcomeKind.Ok)]));
        Assert.True(life.IsDue(_bench.Clock.Now));
        await SettleAsync(life);
    }

    [Fact]
    public async Task IsDue_AHoldOnTheBoard_UntilTheNextTickHasIt()
    {
        GuardianLife life = await _bench.BeginAsync();
        await SettleAsync(life);
        await _bench.Board.PlaceAsync(new Hold
        {
            Id = "h-1", Scope = Scope.Symbol, Key = LifeBench.Key, Session = SymbolName.Live,
            State = TradingState.Halted, Actor = "ann", Reason = "test", Since = _bench.Clock.Timestamp,
        });
        Assert.True(life.IsDue(_bench.Clock.Now));
        await SettleAsync(life);
        Assert.True(life.Core.IsHeldBy("h-1"));
    }

    [Fact]
    public async Task IsDue_ADeadline_WhenItHasPassed()
    {
        GuardianLife life = await _bench.BeginAsync();
        life.Observe(Bench.Unnumbered(Bench.Failures(5)));
        BreakerState tripped = life.GetVerdict().Breaker;
        await SettleAsync(life);
        long deadline = life.Core.NextDeadline;
        Assert.InRange(deadline, _bench.Clock.Now + 1, long.MaxValue - 1);
        Assert.False(life.IsDue(deadline - 1));
        Assert.True(life.IsDue(deadline));
        Assert.Equal(BreakerState.Open, tripped);
    }

    [Fact]
    public async Task IsDue_CheckpointAndRecordLackEvents_WhenTheirPeriodsAreOver()
    {
        GuardianLife life = await _bench.BeginAsync();
        life.Observe(Bench.Unnumbered([Observation.Outcome("good", OutcomeKind.Ok)]));
        await SettleAsync(life);
        Assert.False(life.IsDue(_bench.Clock.Now));
        Assert.True(life.IsDue(_bench.Clock.Now + (_bench.Options.CheckpointPeriod.Ticks * 100)));
        Assert.Equal(0, Saved());
        _bench.Pass(life, _bench.Options.CheckpointPeriod);
        Assert.Equal(life.Core.Sequence, Saved());
        Assert.True(life.IsDue(_bench.Clock.Now + (_bench.Options.RecordPeriod.Ticks * 100)));
        _bench.Pass(life, _bench.Options.RecordPeriod);
        await SettleAsync(life);
        _bench.Time.Advance(TimeSpan.FromDays(1));
        Assert.False(life.IsDue(_bench.Clock.Now), "everything rests, and still it is due");
    }

    [Fact]
    public async Task IsDue_PutOnTheRosterByAnOrder_SoThatThePortfolioHearsOfIt()
    {
        GuardianLife life = await _bench.BeginAsync();
        await SettleAsync(life);
        Assert.True(life.Check(new OrderRequest { OrderId = "o-1", Quantity = 1 }).Allowed);
        Assert.True(life.IsDue(_bench.Clock.Now));
        await SettleAsync(life);
        Assert.True(life.Check(new OrderRequest { OrderId = "o-2", Quantity = 1 }).Allowed);
        Assert.False(life.IsDue(_bench.Clock.Now));
    }

    private long Saved() => _bench.Checkpoints.Find(LifeBench.Key).Newest?.Sequence ?? 0;

    // What a tick begins, and what its store answers, leaves nothing to do at once.
    private async Task SettleAsync(GuardianLife life)
    {
        for (int i = 0; i < 3 && life.IsDue(_bench.Clock.Now); i++)
        {
            life.Tick();
            await Task.Yield();
        }

        Assert.False(life.IsDue(_bench.Clock.Now), "after three ticks there is still something to do");
    }
}
