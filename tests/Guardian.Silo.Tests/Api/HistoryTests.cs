using Guardian.Contracts;
using Guardian.Silo.Api;

namespace Guardian.Silo.Tests.Api;

public sealed class HistoryTests
{
    private const string Header =
        "symbol,epoch,sequence,at,receivedAt,kind,observed,subject,value,quantity,sent,received,"
        + "text,guardrail,from,to,tradingState,reasons,episode,shadow,actor\r\n";

    [Fact]
    public void Write_NoEvents_WritesTheHeader() => Assert.Equal(Header, HistoryCsv.Write([]));

    [Fact]
    public void Write_Transition_HasAColumnAField()
    {
        HistoryEvent item = new()
        {
            Symbol = "A", Epoch = new Epoch(2, 7), Sequence = 3, At = new Timestamp(1_500_000_000),
            ReceivedAt = new Timestamp(2_000_000_000), Kind = HistoryKind.Transition, Guardrail = "latency",
            From = "Healthy",
            To = "Breach", TradingState = TradingState.Halted, Episode = 4, Shadow = false, Value = 0.1,
            Reasons = [new Reason { Code = "latency.fast", Guardrail = "latency", Subject = "market-data" }],
        };
        Assert.Equal(
            Header + "A,2.7,3,1970-01-01T00:00:01.5Z,1970-01-01T00:00:02Z,transition,,,0.1,,,,,latency,Healthy,Breach,"
                + "Halted,latency.fast:market-data,4,false,\r\n",
            HistoryCsv.Write([item]));
    }

    [Fact]
    public void Write_TextsFromOutside_AreQuotedAndNoFormulas()
    {
        HistoryEvent item = new()
        {
            Symbol = "=1+1", Kind = HistoryKind.Hold, Text = "say \"stop\", now\nplease", Actor = "@x",
            Value = double.NaN,
        };
        Assert.Equal(
            Header + "'=1+1,0.0,0,,,hold,,,,,,,\"say \"\"stop\"\", now\nplease\",,,,,,,,'@x\r\n",
            HistoryCsv.Write([item]));
    }

    [Theory]
    [InlineData(null, "Json")]
    [InlineData("*/*", "Json")]
    [InlineData("application/json", "Json")]
    [InlineData("text/csv", "Csv")]
    [InlineData("application/x-ndjson", "Ndjson")]
    [InlineData("application/ndjson", "Ndjson")]
    [InlineData("text/csv;q=0.1, application/x-ndjson;q=0.9", "Ndjson")]
    [InlineData("text/html, text/csv", "Csv")]
    [InlineData("image/png", "Json")]
    public void FormatOf_Accept_ChoosesTheFormat(string? accept, string format) =>
        Assert.Equal(format, HistoryEndpoints.FormatOf(accept).ToString());

    [Fact]
    public void CheckPoints_OnTheBound_PassesAndOneMoreIsRefused()
    {
        SeriesQuery query = new()
        {
            Symbol = "A", Metric = "latency.x", From = new Timestamp(1_000_000_000),
            To = new Timestamp(10_001_000_000_000), Step = TimeSpan.FromSeconds(1),
        };
        HistoryEndpoints.CheckPoints(query);
        Assert.Equal(
            "Condition failed: step is '00:00:01'; it takes a step that makes at most 10000 windows of the range "
                + "(this one makes 10001).",
            QueryTextTests.Refused(() => HistoryEndpoints.CheckPoints(
                query with { To = new Timestamp(10_002_000_000_000) })).Detail);
    }
}
