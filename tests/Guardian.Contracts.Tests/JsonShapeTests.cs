using System.Text.Json;
using System.Text.Json.Serialization;

namespace Guardian.Contracts.Tests;

/// <summary>The shapes that programs rely on (docs/reference/http.md): names, enums by name, times.</summary>
public sealed class JsonShapeTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    [Theory]
    [InlineData(typeof(Verdict), "symbol", "tradingState", "level", "breaker", "episode", "reasons", "readings",
        "epoch", "sequence", "asOf", "provenance")]
    [InlineData(typeof(Reason), "code", "guardrail", "subject", "value", "limit", "unit", "since", "until")]
    [InlineData(typeof(Decision), "allowed", "code", "reasons", "tradingState", "sizeFactor", "permit", "epoch",
        "sequence")]
    [InlineData(typeof(Alert), "id", "name", "severity", "status", "scope", "key", "episode", "startedAt", "endedAt",
        "acknowledgedBy", "summary", "runbook")]
    [InlineData(typeof(HistoryEvent), "symbol", "epoch", "sequence", "at", "kind", "guardrail", "from", "to",
        "tradingState", "reasons")]
    [InlineData(typeof(HistoryPage), "items", "next")]
    public void Json_Shapes_HaveTheDocumentedMembers(Type type, params string[] members)
    {
        using JsonDocument document = JsonDocument.Parse(JsonSerializer.Serialize(new Sample(1).Of(type), type, Web));
        string[] written = [.. document.RootElement.EnumerateObject().Select(property => property.Name)];
        Assert.Empty(members.Except(written, StringComparer.Ordinal));
    }

    [Fact]
    public void Json_Decision_IsWrittenAsDocumented()
    {
        Decision decision = new()
        {
            Allowed = false,
            Code = "denied.halted",
            TradingState = TradingState.Halted,
            SizeFactor = 0,
            Until = new Timestamp(1_500_000_000),
            Epoch = new Epoch(3, 1),
            Sequence = 42,
            Reasons =
            [
                new Reason
                {
                    Code = "latency.fast", Guardrail = "latency", Subject = "order-ack", Value = 120.5, Limit = 100,
                    Unit = "ms", Since = new Timestamp(1_000_000_000), SampleCount = 12,
                },
            ],
        };
        Assert.Equal(
            Json(
                "{'allowed':false,'code':'denied.halted','reasons':[{'code':'latency.fast','guardrail':'latency',"
                + "'subject':'order-ack','value':120.5,'limit':100,'unit':'ms','since':'1970-01-01T00:00:01Z',"
                + "'until':null,'sampleCount':12}],'tradingState':'Halted','sizeFactor':0,"
                + "'until':'1970-01-01T00:00:01.5Z','epoch':'3.1','sequence':42}"),
            JsonSerializer.Serialize(decision, Web));
    }

    [Fact]
    public void Json_HistoryEvent_LeavesOutWhatItHasNot() => Assert.Equal(
        Json(
            "{'symbol':'BTCUSDT','epoch':'1.0','sequence':7,'at':'1970-01-01T00:00:01Z',"
            + "'receivedAt':'1970-01-01T00:00:02Z','kind':'Lifecycle'}"),
        JsonSerializer.Serialize(
            new HistoryEvent
            {
                Symbol = "BTCUSDT", Epoch = new Epoch(1, 0), Sequence = 7, At = new Timestamp(1_000_000_000),
                ReceivedAt = new Timestamp(2_000_000_000), Kind = HistoryKind.Lifecycle,
            },
            Web));

    private static string Json(string withSingleQuotes) => withSingleQuotes.Replace('\'', '"');
}
