using Guardian.Contracts;
using Guardian.Silo.Api;

namespace Guardian.Silo.Tests.Api;

public sealed class QueryTextTests
{
    [Theory]
    [InlineData("BTCUSDT", "BTCUSDT", "live")]
    [InlineData("EUR%2FUSD", "EUR/USD", "live")]
    [InlineData("EUR%2fUSD@replay", "EUR/USD", "replay")]
    public void Symbol_FromThePath_IsDecoded(string text, string symbol, string session) =>
        Assert.Equal(new SymbolName(symbol, session), QueryText.Symbol(text));

    [Theory]
    [InlineData(
        "A B", "Condition failed: symbol has the character U+0020; no blanks, control characters or surrogates.")]
    [InlineData("A@", "Condition failed: session has 0 characters; it takes 1 to 32.")]
    public void Symbol_Wrong_IsRefused(string text, string detail)
    {
        Refusal refusal = Refused(() => QueryText.Symbol(text));
        Assert.Equal(
            (400, "invalid", detail, "symbol", text),
            (refusal.Status, refusal.Code, refusal.Detail, refusal.Field, refusal.Value));
    }

    [Fact]
    public void Symbol_OnItsBound_IsTakenAndOneBeyondRefused()
    {
        string longest = new('A', SymbolName.MaximumSymbolLength);
        Assert.Equal(longest, QueryText.Symbol(longest).Key);
        Assert.Equal(
            "Condition failed: symbol has 65 characters; it takes 1 to 64.",
            Refused(() => QueryText.Symbol(longest + "A")).Detail);
    }

    [Theory]
    [InlineData(null, "live")]
    [InlineData("", "live")]
    [InlineData("replay-1", "replay-1")]
    public void Session_GivenOrNot_IsRead(string? text, string session) =>
        Assert.Equal(session, QueryText.Session(text));

    [Fact]
    public void Session_Wrong_IsRefused() => Assert.Equal(
        "Condition failed: session has the character U+002F; letters, digits, '-', '_' and '.' only.",
        Refused(() => QueryText.Session("a/b")).Detail);

    [Theory]
    [InlineData("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456789Z")]
    [InlineData("2026-01-31T12:00:00 02:00", "2026-01-31T10:00:00Z")]
    public void Time_Rfc3339_IsRead(string text, string expected) =>
        Assert.Equal(expected, QueryText.Time("from", text).ToString());

    [Fact]
    public void Time_NotGiven_IsNone() => Assert.False(QueryText.Time("from", null).HasValue);

    [Fact]
    public void Time_Wrong_IsRefused() => Assert.Equal(
        "Condition failed: from is 'yesterday'; it takes an RFC 3339 time such as 2026-01-31T12:00:00.5Z.",
        Refused(() => QueryText.Time("from", "yesterday")).Detail);

    [Theory]
    [InlineData("1", 1)]
    [InlineData("10000", 10_000)]
    [InlineData(null, 1_000)]
    public void Number_OnItsBounds_IsTaken(string? text, int expected) =>
        Assert.Equal(expected, QueryText.Number("limit", text, 1_000, 1, 10_000));

    [Theory]
    [InlineData("0")]
    [InlineData("10001")]
    [InlineData("-1")]
    [InlineData("1.5")]
    public void Number_BeyondItsBounds_IsRefused(string text) => Assert.Equal(
        $"Condition failed: limit is '{text}'; it takes a whole number from 1 to 10000.",
        Refused(() => QueryText.Number("limit", text, 1_000, 1, 10_000)).Detail);

    [Fact]
    public void Kinds_Several_AreReadOnceEachInAnyCase() => Assert.Equal(
        [HistoryKind.Transition, HistoryKind.Hold], QueryText.Kinds("transition, HOLD,Transition"));

    [Theory]
    [InlineData("trip")]
    [InlineData("2")]
    public void Kinds_Unknown_IsRefusedWithTheNames(string text) => Assert.Equal(
        $"Condition failed: kind is '{text}'; it takes any of observation, transition, decision, hold, release, reset, "
            + "alert, limits, lifecycle, separated by commas.",
        Refused(() => QueryText.Kinds("hold," + text)).Detail);

    [Theory]
    [InlineData(null, 60)]
    [InlineData("1", 1)]
    [InlineData("10s", 10)]
    [InlineData("5m", 300)]
    [InlineData("1h", 3_600)]
    [InlineData("1d", 86_400)]
    [InlineData("00:00:10", 10)]
    public void Step_InAnyForm_IsRead(string? text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), QueryText.Step(text));

    [Theory]
    [InlineData("0s")]
    [InlineData("2d")]
    [InlineData("86401")]
    [InlineData("00:00:00.9")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("99999999d")]
    public void Step_BeyondItsBounds_IsRefused(string text) => Assert.Equal(
        $"Condition failed: step is '{text}'; it takes a step from 1s to 1d such as 10s, 5m, 1h or 00:00:10.",
        Refused(() => QueryText.Step(text)).Detail);

    [Fact]
    public void Range_Empty_IsRefused() => Assert.Equal(
        "Condition failed: to is '1970-01-01T00:00:01Z'; it takes a time after from (1970-01-01T00:00:01Z).",
        Refused(() => QueryText.Range(new Timestamp(1_000_000_000), new Timestamp(1_000_000_000))).Detail);

    internal static Refusal Refused(Action act) => Assert.Throws<RequestRefusedException>(act).Refusal;
}
