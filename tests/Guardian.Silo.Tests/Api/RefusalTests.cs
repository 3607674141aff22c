using System.Text.Json;
using Guardian.Contracts;
using Guardian.Silo.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Orleans.Runtime;

namespace Guardian.Silo.Tests.Api;

public sealed class RefusalTests
{
    [Fact]
    public void ToResult_Field_IsProblemDetails()
    {
        ProblemHttpResult result = Refusal.Of("limit", "0", "a whole number from 1 to 10").ToResult();
        Assert.Equal(400, result.StatusCode);
        Assert.Equal("application/problem+json", result.ContentType);
        Assert.Equal(
            "Condition failed: limit is '0'; it takes a whole number from 1 to 10.", result.ProblemDetails.Detail);
        Assert.Equal(
            [("code", "invalid"), ("field", "limit"), ("limit", "a whole number from 1 to 10"), ("value", "0")],
            result.ProblemDetails.Extensions.OrderBy(e => e.Key, StringComparer.Ordinal)
                .Select(e => (e.Key, (string)e.Value!)));
    }

    [Theory]
    [InlineData("invalid", 400)]
    [InlineData("unknown-hold", 404)]
    [InlineData("unknown-symbol", 404)]
    [InlineData("unknown-feature", 404)]
    [InlineData("conflict", 412)]
    [InlineData("refused", 409)]
    [InlineData("anything-else", 409)]
    public void Of_ActionResult_HasItsStatus(string code, int status)
    {
        Refusal refusal = Refusal.Of(new ActionResult { Code = code, Message = "Condition failed: x." });
        Assert.Equal((status, code, "Condition failed: x."), (refusal.Status, refusal.Code, refusal.Detail));
    }

    [Theory]
    [InlineData(ObserveCode.Gap, 409, "gap")]
    [InlineData(ObserveCode.StaleProducer, 409, "staleProducer")]
    [InlineData(ObserveCode.Invalid, 400, "invalid")]
    public void Answer_BatchNotTaken_IsAProblemWithThePositions(ObserveCode code, int status, string name)
    {
        ProblemHttpResult result = Assert.IsType<ProblemHttpResult>(ObservationEndpoints.Answer(
            new ObserveResult { Code = code, ExpectedSequence = 12, AcceptedThrough = 11, DurableThrough = 10 }));
        Assert.Equal(status, result.StatusCode);
        Assert.Equal(name, result.ProblemDetails.Extensions["code"]);
        Assert.Equal((12L, 11L, 10L), ((long)result.ProblemDetails.Extensions["expectedSequence"]!,
            (long)result.ProblemDetails.Extensions["acceptedThrough"]!,
            (long)result.ProblemDetails.Extensions["durableThrough"]!));
    }

    [Theory]
    [InlineData(ObserveCode.Accepted)]
    [InlineData(ObserveCode.Duplicate)]
    public void Answer_BatchTakenNowOrBefore_IsTheResult(ObserveCode code) =>
        Assert.IsType<Ok<ObserveResult>>(ObservationEndpoints.Answer(new ObserveResult { Code = code }));

    [Fact]
    public void Explain_Exceptions_HaveTheirStatus()
    {
        Assert.Equal(504, RefusalFilter.Explain(new TimeoutException())!.Status);
        Assert.Equal(503, RefusalFilter.Explain(new SiloUnavailableException())!.Status);
        Assert.Equal(413, RefusalFilter.Explain(new BadHttpRequestException("x", 413))!.Status);
        Assert.Equal(500, RefusalFilter.Explain(new InvalidOperationException("secret"))!.Status);
        Assert.Null(RefusalFilter.Explain(new OperationCanceledException()));
    }

    [Fact]
    public void Explain_OurFault_DoesNotTellItsInside() => Assert.Equal(
        "Invariant: InvalidOperationException in the silo; its log has the rest.",
        RefusalFilter.Explain(new InvalidOperationException("secret"))!.Detail);

    [Fact]
    public void Explain_ArgumentOfAGrain_IsTheCallersFault()
    {
        Refusal refusal = RefusalFilter.Explain(WrongCursor(query: "x"))!;
        Assert.Equal(
            (400, "cursor", "Condition failed: cursor is not one of this query."),
            (refusal.Status, refusal.Field, refusal.Detail));
    }

    [Theory]
    [InlineData("\"abc\"", "abc")]
    [InlineData("*", null)]
    public void ReadIfMatch_TagOrAny_IsRead(string header, string? tag) =>
        Assert.Equal(tag, EntityTag.ReadIfMatch(header));

    [Theory]
    [InlineData("", 428)]
    [InlineData("abc", 400)]
    [InlineData("W/\"abc\"", 400)]
    [InlineData("\"a\", \"b\"", 400)]
    public void ReadIfMatch_AnythingElse_IsRefused(string header, int status) =>
        Assert.Equal(status, QueryTextTests.Refused(() => EntityTag.ReadIfMatch(header)).Status);

    [Fact]
    public void ToRequest_SymbolHold_TakesTheSymbolsSession()
    {
        HoldRequest request = Hold(Scope.Symbol, "A@paper").ToRequest();
        Assert.Equal(("A@paper", "paper", TradingState.Halted), (request.Key, request.Session, request.State));
    }

    [Theory]
    [InlineData(Scope.Portfolio, "A", null, "key")]
    [InlineData(Scope.Strategy, null, null, "key")]
    [InlineData(Scope.Symbol, null, null, "key")]
    [InlineData(Scope.Symbol, "A", "paper", "session")]
    public void ToRequest_ScopeKeyAndSessionThatDoNotFit_IsRefused(
        Scope scope, string? key, string? session, string field)
    {
        HoldBody body = Hold(scope, key) with { Session = session };
        Assert.Equal(field, QueryTextTests.Refused(() => body.ToRequest()).Field);
    }

    [Fact]
    public void ToRequest_StateActive_IsRefused() => Assert.Equal(
        "Condition failed: state is 'Active'; it takes Halted or Reducing.",
        QueryTextTests.Refused(
            () => (Hold(Scope.Portfolio, null) with { State = TradingState.Active }).ToRequest()).Detail);

    [Fact]
    public void List_AsJson_HasItemsAndNext() => Assert.Equal(
        """{"items":[{"tier":"L1","ageSeconds":0.5}],"next":null}""",
        JsonSerializer.Serialize(new ItemList<TierAge>([new TierAge("L1", 0.5)]), GuardianJson.Options));

    private static ArgumentException WrongCursor(string query) =>
        new("Condition failed: cursor is not one of this query.", nameof(query));

    private static HoldBody Hold(Scope scope, string? key) =>
        new() { Scope = scope, Key = key, Actor = "ada", Reason = "news" };
}
