using Guardian.Contracts;
using Guardian.Silo.Api.Events;

namespace Guardian.Silo.Tests.Api.Events;

public sealed class FeedTests
{
    [Fact]
    public void Write_Event_IsOneFrame() => Assert.Equal(
        "id: f-7\nevent: verdict\ndata: {\"a\":1}\n\n", SseFrame.Write("f", new FeedEvent(7, "verdict", "{\"a\":1}")));

    [Fact]
    public void Write_LineBreakInData_CannotEndTheFrame() => Assert.Equal(
        "id: f-7\nevent: alert\ndata: a\ndata: b\ndata: \ndata: event: x\n\n",
        SseFrame.Write("f", new FeedEvent(7, "alert", "a\r\nb\n\nevent: x")));

    [Theory]
    [InlineData("f-7", 7L)]
    [InlineData("g-7", null)]
    [InlineData("f-", null)]
    [InlineData("f--7", null)]
    [InlineData("7", null)]
    [InlineData(null, null)]
    public void ReadLastEventId_OwnOrForeign_IsTolerated(string? text, long? number) =>
        Assert.Equal(number, SseFrame.ReadLastEventId("f", text));

    [Fact]
    public void Take_SameStateAgain_TellsNothing()
    {
        FeedState state = new();
        Assert.Single(state.Take([Verdict("A", TradingState.Active)]));
        Assert.Empty(state.Take([Verdict("A", TradingState.Active) with { Sequence = 99, AsOf = new Timestamp(5) }]));
        FeedEvent halted = Assert.Single(state.Take([Verdict("A", TradingState.Halted)]));
        Assert.Equal((2L, "verdict"), (halted.Number, halted.Type));
        Assert.Contains("\"tradingState\":\"Halted\"", halted.Data, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_AlertAcknowledged_TellsIt()
    {
        FeedState state = new();
        Alert alert = new()
        {
            Id = "1", Name = "N", Key = "A", Summary = "s", Runbook = "r", Status = AlertStatus.Firing,
        };
        Assert.Single(state.Take([alert]));
        Assert.Empty(state.Take([alert]));
        Assert.Single(state.Take([alert with { AcknowledgedBy = "ada" }]));
        Assert.Single(state.Take([alert with { AcknowledgedBy = "ada", Status = AlertStatus.Resolved }]));
    }

    [Fact]
    public void Since_Newcomer_GetsAllThatHolds()
    {
        FeedState state = new();
        state.Take([Verdict("A", TradingState.Active), Verdict("B", TradingState.Active)]);
        state.Take([Verdict("A", TradingState.Halted)]);
        Assert.Equal([2L, 3L], state.Since(null).Select(e => e.Number));
    }

    [Fact]
    public void Since_ComingBack_GetsExactlyWhatWasMissed()
    {
        FeedState state = new();
        state.Take([Verdict("A", TradingState.Active), Verdict("B", TradingState.Active)]);
        state.Take([Verdict("A", TradingState.Halted)]);
        state.Take([Verdict("A", TradingState.Active)]);
        Assert.Equal([3L, 4L], state.Since(2).Select(e => e.Number));
        Assert.Empty(state.Since(4));
    }

    [Fact]
    public void Since_TooLongAgoOrFromTheFuture_GetsAllThatHolds()
    {
        FeedState state = new();
        for (int i = 0; i <= FeedState.Kept + 1; i++)
            state.Take([Verdict("A", i % 2 == 0 ? TradingState.Active : TradingState.Halted)]);
        Assert.Single(state.Since(1));
        Assert.Equal(FeedState.Kept, state.Since(2).Count);
        Assert.Single(state.Since(1_000_000));
    }

    [Fact]
    public void Keep_SymbolGoneAndBack_IsToldAgain()
    {
        FeedState state = new();
        state.Take([Verdict("A", TradingState.Active)]);
        state.Keep(new HashSet<string>(StringComparer.Ordinal));
        Assert.Empty(state.Since(null));
        Assert.Single(state.Take([Verdict("A", TradingState.Active)]));
    }

    private static Verdict Verdict(string symbol, TradingState tradingState) =>
        new() { Symbol = symbol, TradingState = tradingState };
}
