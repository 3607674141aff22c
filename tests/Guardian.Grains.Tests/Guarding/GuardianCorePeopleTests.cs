using Guardian.Contracts;
using Guardian.Detection.Events;

namespace Guardian.Grains.Tests.Guarding;

/// <summary>Releases and resets, by one person and by two.</summary>
public sealed class GuardianCorePeopleTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void Release_OnePerson_LiftsAtOnce()
    {
        _bench.HoldSymbol("h");
        Assert.Null(_bench.Core.Release("h", "ann", "over"));
        Assert.False(_bench.Core.IsHeldBy("h"));
    }

    [Fact]
    public void Release_UnknownHold_IsRefused() => Assert.Equal(
        "Condition failed: no hold h is open; look up the open holds.", _bench.Core.Release("h", "ann", "over"));

    [Fact]
    public void Release_TwoPersons_TheSecondLifts()
    {
        _bench.SetLimits(("Breaker:TwoPersonReset", "true"));
        _bench.HoldSymbol("h");
        Assert.Null(_bench.Core.Release("h", "ann", "over"));
        Assert.True(_bench.Core.IsHeldBy("h"));
        Assert.Null(_bench.Core.Release("h", "Ann", "again"));
        Assert.True(_bench.Core.IsHeldBy("h"));
        Assert.Null(_bench.Core.Release("h", "bob", "agreed"));
        Assert.False(_bench.Core.IsHeldBy("h"));
    }

    [Fact]
    public void Release_SecondPersonForAnotherHold_LiftsNothing()
    {
        _bench.SetLimits(("Breaker:TwoPersonReset", "true"));
        _bench.HoldSymbol("h1");
        _bench.HoldSymbol("h2");
        Assert.Null(_bench.Core.Release("h1", "ann", "over"));
        Assert.Equal(
            "Condition failed: a request of ann is waiting; approve it or let it lapse.",
            _bench.Core.Release("h2", "bob", "over"));
        Assert.True(_bench.Core.IsHeldBy("h1"));
        Assert.True(_bench.Core.IsHeldBy("h2"));
    }

    [Fact]
    public void Release_RequestLapsed_AsksAnew()
    {
        _bench.SetLimits(("Breaker:TwoPersonReset", "true"));
        _bench.HoldSymbol("h");
        _bench.Core.Release("h", "ann", "over");
        _bench.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Null(_bench.Core.Release("h", "bob", "agreed"));
        Assert.True(_bench.Core.IsHeldBy("h"));
    }

    [Fact]
    public void Reset_TwoPersons_TheSecondBeginsTheRamp()
    {
        _bench.Latch();
        LimitsKeepingTheLatch();
        long episode = _bench.Core.Engine.Episode;
        Assert.Null(_bench.Core.Reset(episode, "ann", "looked"));
        Assert.Equal(Detection.Breaker.BreakerState.Latched, _bench.Core.Engine.Breaker);
        Assert.Equal(
            $"Condition failed: episode {episode + 1} is not the current one ({episode}); look at it and ask anew.",
            _bench.Core.Reset(episode + 1, "bob", "agreed"));
        Assert.Null(_bench.Core.Reset(episode, "bob", "agreed"));
        Assert.Equal(Detection.Breaker.BreakerState.HalfOpen, _bench.Core.Engine.Breaker);
    }

    [Fact]
    public void Reset_TripBetweenTheTwo_VoidsTheRequest()
    {
        _bench.Latch();
        LimitsKeepingTheLatch();
        long episode = _bench.Core.Engine.Episode;
        _bench.Core.Reset(episode, "ann", "looked");
        _bench.Core.Observe(Bench.Unnumbered(Bench.Failures(5)));
        Assert.Null(_bench.Core.Engine.PendingRequest);
        Assert.Null(_bench.Core.Reset(episode, "bob", "agreed"));
        Assert.Equal(Detection.Breaker.BreakerState.Latched, _bench.Core.Engine.Breaker);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Follow_Tombstone_LiftsWhateverItTook(bool twoPersons, bool alreadyAsked)
    {
        _bench.SetLimits(("Breaker:TwoPersonReset", twoPersons ? "true" : "false"));
        _bench.HoldSymbol("h");
        if (alreadyAsked) Assert.Null(_bench.Core.Release("h", "ann", "over"));
        Hold tombstone = Bench.Hold("h", TradingState.Halted, Scope.Symbol, "BTCUSDT") with
        {
            ReleasedAt = Timestamp.From(Bench.Start),
            ReleasedBy = "ann",
            ReleaseReason = "over",
        };
        Assert.Null(_bench.Core.Follow(tombstone));
        Assert.False(_bench.Core.IsHeldBy("h"));
        Assert.Equal("allowed", _bench.Core.Check(Bench.Order()).Code);
    }

    [Fact]
    public void Apply_InvalidLimits_AreRefusedAndKeepTheOldOnes()
    {
        string hash = _bench.Core.Engine.Policy.Hash;
        string? refusal = _bench.Core.Apply(
            at => new LimitsChanged(at, "default", [new("Breaker:FirstBreak", "-1")], "ann", "test"));
        Assert.StartsWith("Condition failed: ", refusal, StringComparison.Ordinal);
        Assert.Equal(hash, _bench.Core.Engine.Policy.Hash);
        Assert.Equal(0, _bench.Core.Sequence);
    }

    private void LimitsKeepingTheLatch()
    {
        _bench.SetLimits(("Breaker:TwoPersonReset", "true"), ("Breaker:LatchingEpisode", "2"));
        Assert.Equal(Detection.Breaker.BreakerState.Latched, _bench.Core.Engine.Breaker);
    }
}
