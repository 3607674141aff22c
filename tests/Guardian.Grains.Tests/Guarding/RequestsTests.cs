using Guardian.Contracts;
using Guardian.Grains.Guarding;

namespace Guardian.Grains.Tests.Guarding;

public sealed class RequestsTests
{
    private static readonly HoldRequest Good =
        new() { Scope = Scope.Symbol, Key = "A", Actor = "ann", Reason = "news" };

    [Theory]
    [InlineData("ann", "why", null)]
    [InlineData("", "why", "Condition failed: actor has 0 characters; it takes 1 to 64.")]
    [InlineData("  ", "why", "Condition failed: actor has 2 characters; it takes 1 to 64.")]
    [InlineData(null, "why", "Condition failed: actor has 0 characters; it takes 1 to 64.")]
    [InlineData("ann", "", "Condition failed: reason has 0 characters; 1 to 512.")]
    [InlineData("ann", null, "Condition failed: reason has 0 characters; 1 to 512.")]
    [InlineData("a\tb", "why", "Condition failed: actor has a control character; none is allowed.")]
    public void ActorError_ActorAndReason_AreChecked(string? actor, string? reason, string? expected) =>
        Assert.Equal(expected, Requests.ActorError(actor, reason));

    [Theory]
    [InlineData(64, 512, null)]
    [InlineData(65, 512, "Condition failed: actor has 65 characters; it takes 1 to 64.")]
    [InlineData(64, 513, "Condition failed: reason has 513 characters; 1 to 512.")]
    public void ActorError_Lengths_AreBounded(int actor, int reason, string? expected) =>
        Assert.Equal(expected, Requests.ActorError(new string('a', actor), new string('r', reason)));

    public static TheoryData<HoldRequest, string?> Holds() => new()
    {
        { Good, null },
        { Good with { Id = new string('x', 64) }, null },
        {
            Good with { Id = new string('x', 65) },
            "Condition failed: id has 65 characters; 1 to 64, none a control."
        },
        { Good with { Id = "" }, "Condition failed: id has 0 characters; 1 to 64, none a control." },
        { Good with { Id = "\n" }, "Condition failed: id has 1 characters; 1 to 64, none a control." },
        {
            Good with { State = TradingState.Active },
            "Condition failed: state is Active; a hold forces Halted or Reducing."
        },
        { Good with { State = TradingState.Reducing }, null },
        { Good with { Key = "" }, "Condition failed: key has 0 characters; a Symbol hold takes 1 to 128." },
        { Good with { Key = new string('k', 128) }, null },
        {
            Good with { Scope = Scope.Strategy, Key = new string('k', 129) },
            "Condition failed: key has 129 characters; a Strategy hold takes 1 to 128."
        },
        { Good with { Scope = Scope.Portfolio, Key = "" }, null },
        { Good with { Actor = "" }, "Condition failed: actor has 0 characters; it takes 1 to 64." },
    };

    [Theory]
    [MemberData(nameof(Holds))]
    public void HoldError_EveryField_IsChecked(HoldRequest request, string? expected) =>
        Assert.Equal(expected, Requests.HoldError(request));

    [Fact]
    public void NameOf_BadKey_NamesIt()
    {
        Assert.Equal(new SymbolName("BTC", "replay"), Requests.NameOf("BTC@replay"));
        Assert.StartsWith(
            "Condition failed: symbol has the character U+0020; no blanks, control characters or surrogates.",
            Assert.Throws<ArgumentException>(() => Requests.NameOf("a b")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void CheckSession_BadName_Throws()
    {
        Requests.CheckSession("replay-1");
        Assert.StartsWith(
            "Condition failed: session has 0 characters; it takes 1 to 32.",
            Assert.Throws<ArgumentException>(() => Requests.CheckSession(string.Empty)).Message,
            StringComparison.Ordinal);
    }
}
