using System.Text;
using Guardian.Contracts;
using Guardian.Silo.Api;

namespace Guardian.Silo.Tests.Api;

public sealed class ObservationReaderTests
{
    [Fact]
    public void ReadLines_GoodAndBad_BadDoNotStopTheRest()
    {
        List<ReadItem> items = Lines(
            """{"symbol":"A","kind":"latency","subject":"market-data","value":3}""",
            "",
            "nonsense",
            """{"kind":"latency","subject":"market-data","value":3}""",
            """{"symbol":"B@replay","kind":"outcome","subject":"o1","outcome":"timeout"}""" + "\r",
            """{"symbol":"A","kind":"outcome","subject":"o1","value":0}""");
        Assert.Equal([0, 1, 2, 3, 4], items.Select(i => i.Index));
        Assert.Equal("A,,,B@replay,", string.Join(',', items.Select(i => i.Symbol)));
        Assert.Equal(
            new ItemError(1, "body", "", "Condition failed: the body is not JSON (line 1, byte 2)."), items[1].Error);
        Assert.Equal(
            new ItemError(2, "symbol", "", "Condition failed: symbol is empty; it takes 1 to 64 characters."),
            items[2].Error);
        Assert.Equal(new ItemError(4, "outcome", "", "ok, rejected, error, timeout"), items[4].Error);
        Assert.Equal((double)OutcomeKind.Timeout, items[3].Observation.Value);
    }

    [Fact]
    public void ReadLines_ByteOrderMarkAndNoLastLineBreak_AreTaken()
    {
        byte[] body = [.. Encoding.UTF8.Preamble, .. """{"symbol":"A","kind":"price","subject":"x","value":1}"""u8];
        Assert.Null(Assert.Single(ObservationReader.ReadLines(body)).Error);
    }

    [Fact]
    public void ReadLines_OneTooMany_IsRefusedAsAWhole()
    {
        string line = """{"symbol":"A","kind":"price","subject":"x","value":1}""";
        Assert.Equal(5_000, Lines([.. Enumerable.Repeat(line, 5_000)]).Count);
        Assert.Equal(413, QueryTextTests.Refused(() => Lines([.. Enumerable.Repeat(line, 5_001)])).Status);
    }

    [Fact]
    public void ReadArray_NullItem_IsRefusedAlone()
    {
        List<ReadItem> items = ObservationReader.ReadArray(
            """[null,{"symbol":"A","kind":"price","subject":"x","value":1}]"""u8);
        Assert.Equal(new ItemError(0, "item", "null", "a JSON object"), items[0].Error);
        Assert.Equal("A", items[1].Symbol);
    }

    [Fact]
    public void ToObservation_LatencyByBothTimes_HasNoValueOfItsOwn()
    {
        Timestamp sent = new(5), received = new(7);
        ObservationItem item =
            new() { Kind = ObservationKind.Latency, Subject = "s", Sent = sent, Received = received };
        Assert.Equal(Observation.Latency("s", sent, received), item.ToObservation());
    }

    [Theory]
    [InlineData(ObservationKind.Latency)]
    [InlineData(ObservationKind.Feature)]
    [InlineData(ObservationKind.Pending)]
    [InlineData(ObservationKind.Price)]
    public void ToObservation_ValueLeftOut_IsNeverZero(ObservationKind kind) =>
        Assert.True(double.IsNaN(new ObservationItem { Kind = kind, Subject = "s" }.ToObservation().Value));

    [Fact]
    public void Note_RefusedItems_LandAtTheirPlaces()
    {
        ReadItem[] part = [new(1, "A", default, null), new(4, "A", default, null)];
        ItemResult[] results = [.. Enumerable.Range(0, 5).Select(i => new ItemResult(i, "A", Accepted: true))];
        ObserveResult answer = new() { Errors = [new ItemError(1, "value", "-3", "at least 0")] };
        ObservationEndpoints.Note(part, answer, results);
        Assert.Equal([true, true, true, true, false], results.Select(r => r.Accepted));
        Assert.Equal(new ItemResult(4, "A", Accepted: false, "value", "-3", "at least 0"), results[4]);
    }

    [Fact]
    public void Note_BatchRefused_RefusesEachOfItsItems()
    {
        ReadItem[] part = [new(0, "A", default, null), new(2, "A", default, null)];
        ItemResult[] results = [.. Enumerable.Range(0, 3).Select(i => new ItemResult(i, "A", Accepted: true))];
        ObserveResult answer = new() { Code = ObserveCode.Invalid, Message = "not on the roster" };
        ObservationEndpoints.Note(part, answer, results);
        Assert.Equal([false, true, false], results.Select(r => r.Accepted));
        Assert.Equal("not on the roster", results[2].Limit);
    }

    private static List<ReadItem> Lines(params string[] lines) =>
        ObservationReader.ReadLines(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
}
