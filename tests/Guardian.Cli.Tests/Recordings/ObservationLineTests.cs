using Guardian.Cli.Recordings;
using Guardian.Contracts;

namespace Guardian.Cli.Tests.Recordings;

public sealed class ObservationLineTests
{
    private static readonly Timestamp Noon = Parse("2026-01-31T12:00:01Z");

    [Fact]
    public void TryRead_EveryKind_MakesTheObservation()
    {
        Read(
            """{"symbol":"B","kind":"latency","subject":"s","value":12.5,"at":"2026-01-31T12:00:01Z"}""",
            Observation.Latency("s", TimeSpan.FromMilliseconds(12.5), Noon));
        Read(
            """{"symbol":"B","kind":"LATENCY","subject":"s","valueMs":12.5,"at":"2026-01-31T12:00:01Z"}""",
            Observation.Latency("s", TimeSpan.FromMilliseconds(12.5), Noon));
        Read(
            """
            {"symbol":"B","kind":"latency","subject":"s","sent":"2026-01-31T12:00:00Z",
             "received":"2026-01-31T12:00:01Z"}
            """,
            Observation.Latency("s", Parse("2026-01-31T12:00:00Z"), Noon));
        Read(
            """{"symbol":"B","kind":"feature","subject":"f","value":-1,"at":"2026-01-31T12:00:01Z"}""",
            Observation.Feature("f", -1, Noon));
        Read(
            """{"symbol":"B","kind":"feature","subject":"f","value":null,"at":"2026-01-31T12:00:01Z"}""",
            Observation.Feature("f", double.NaN, Noon));
        Read(
            """
            {"symbol":"B","kind":"outcome","subject":"o","outcome":"timeout","text":"4","at":"2026-01-31T12:00:01Z"}
            """,
            Observation.Outcome("o", OutcomeKind.Timeout, "4", Noon));
        Read(
            """{"symbol":"B","kind":"pending","subject":"s","valueMs":900,"at":"2026-01-31T12:00:01Z"}""",
            Observation.Pending("s", TimeSpan.FromMilliseconds(900), Noon));
        Read("""{"symbol":"B","kind":"time","at":"2026-01-31T12:00:01Z"}""", Observation.Time(Noon));
    }

    [Theory]
    [InlineData("""{"kind":"time"}""", "Condition failed: symbol is empty; it takes 1 to 64 characters.")]
    [InlineData(
        """{"symbol":"B"}""",
        "kind is missing; it takes latency, feature, outcome, pending, order, fill, price, position or time")]
    [InlineData("""{"symbol":"B","kind":"latency","value":1}""", "subject has 0 characters; it takes 1 to 64")]
    [InlineData(
        """{"symbol":"B","kind":"latency","subject":"s","value":1,"valueMs":1}""",
        "value and valueMs are both given; give one")]
    [InlineData(
        """{"symbol":"B","kind":"latency","subject":"s","sent":"2026-01-31T12:00:00Z"}""",
        "sent and received go together; one is missing")]
    [InlineData(
        """{"symbol":"B","kind":"latency","subject":"s"}""",
        "a latency takes value, or sent and received, and not both")]
    [InlineData("""{"symbol":"B","kind":"pending","subject":"s"}""", "value is missing; PENDING needs it")]
    [InlineData(
        """{"symbol":"B","kind":"outcome","subject":"s"}""",
        "outcome is missing; it takes ok, rejected, error or timeout")]
    [InlineData(
        """{"symbol":"B","kind":"feature","subject":"s","value":1}""",
        "at is missing; on recorded time every observation tells its own")]
    [InlineData("null", "it is null")]
    public void TryRead_SomethingWrong_SaysWhat(string line, string error)
    {
        Assert.False(ObservationLine.TryRead(line, timeNeeded: true, out _, out string said));
        Assert.Equal(error, said);
    }

    [Theory]
    [InlineData("""{"symbol":"B","kind":"latncy"}""")]
    [InlineData("""{"symbol":"B","kind":1}""")]
    [InlineData("""{"symbol":"B","kind":"time","att":1}""")]
    [InlineData("""{"symbol":"B","kind":"time","at":"yesterday"}""")]
    [InlineData("{")]
    public void TryRead_NoObservation_IsRefused(string line)
    {
        Assert.False(ObservationLine.TryRead(line, timeNeeded: true, out _, out string said));
        Assert.StartsWith("it is no observation: ", said, StringComparison.Ordinal);
    }

    private static void Read(string line, Observation expected)
    {
        Assert.True(ObservationLine.TryRead(line, timeNeeded: true, out RecordedItem item, out string error), error);
        Assert.Equal(new RecordedItem("B", expected), item);
    }

    private static Timestamp Parse(string text)
    {
        Assert.True(Timestamp.TryParse(text, out Timestamp at));
        return at;
    }
}
