using Guardian.Contracts;
using Guardian.Grains.Mapping;
using Folded = Guardian.Detection.Events.Observation;
using FoldedKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Grains.Tests.Mapping;

public sealed class ObservationMapperTests
{
    private static readonly long Stamp = Timestamp.From(Bench.Start).UnixNanoseconds;

    private static Observation Good(ObservationKind kind) => new()
    {
        Kind = kind, Subject = "s", Value = 1, Quantity = 2, At = new Timestamp(Stamp),
    };

    private static string? Error(Observation observation, bool recorded = false) =>
        ObservationMapper.Map(in observation, 7, Stamp, recorded, out _)?.ToString();

    private static string Says(string field, string value, string limit) =>
        new ItemError(7, field, value, limit).ToString();

    [Theory]
    [InlineData(ObservationKind.Latency)]
    [InlineData(ObservationKind.Feature)]
    [InlineData(ObservationKind.Outcome)]
    [InlineData(ObservationKind.Pending)]
    [InlineData(ObservationKind.Order)]
    [InlineData(ObservationKind.Fill)]
    [InlineData(ObservationKind.Price)]
    [InlineData(ObservationKind.Position)]
    [InlineData(ObservationKind.Time)]
    public void Map_Good_KeepsEveryField(ObservationKind kind)
    {
        Observation observation = Good(kind) with { Text = "t" };
        Assert.Null(ObservationMapper.Map(in observation, 0, Stamp, recordedTime: false, out Folded folded));
        Assert.Equal(new Folded((FoldedKind)kind, Stamp, "s", 1, 0, 0, 2, "t"), folded);
        Assert.Equal(kind.ToString(), folded.Kind.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3_600)]
    [InlineData(5)]
    public void Map_LiveTime_IsTheSilosStampWhateverTheProducerSays(int secondsAhead)
    {
        Observation observation =
            Good(ObservationKind.Latency) with { At = new Timestamp(Stamp + (secondsAhead * 1_000_000_000L)) };
        Assert.Null(ObservationMapper.Map(in observation, 0, Stamp, recordedTime: false, out Folded folded));
        Assert.Equal(Stamp, folded.At);
    }

    [Fact]
    public void Map_LiveTimeMissing_IsTheStamp()
    {
        Observation observation = Good(ObservationKind.Latency) with { At = default };
        Assert.Null(ObservationMapper.Map(in observation, 0, Stamp, recordedTime: false, out Folded folded));
        Assert.Equal(Stamp, folded.At);
    }

    [Fact]
    public void Map_LiveTimeTooFarAhead_IsRefused()
    {
        var at = new Timestamp(Stamp + 5_000_000_001);
        Assert.Equal(
            Says("at", at.ToString(), "at most 5 s in the future"),
            Error(Good(ObservationKind.Latency) with { At = at }));
    }

    [Fact]
    public void Map_RecordedTime_IsObligatoryAndMayBeAnything()
    {
        Assert.Equal(
            Says("at", "none", "obligatory in a session on recorded time"),
            Error(Good(ObservationKind.Latency) with { At = default }, recorded: true));
        var tomorrow = new Timestamp(Stamp + (86_400L * 1_000_000_000));
        Observation later = Good(ObservationKind.Latency) with { At = tomorrow };
        Assert.Null(ObservationMapper.Map(in later, 0, Stamp, recordedTime: true, out Folded folded));
        Assert.Equal(later.At.UnixNanoseconds, folded.At);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(255)]
    public void Map_UnknownKind_IsRefused(byte kind) => Assert.Equal(
        Says("kind", $"{kind}", "1 (latency) to 9 (time)"), Error(Good((ObservationKind)kind)));

    [Fact]
    public void Map_Texts_AreBounded()
    {
        Observation good = Good(ObservationKind.Latency);
        Assert.Null(Error(good with { Subject = new string('x', 64), Text = new string('y', 64) }));
        Assert.Null(Error(good with { Text = "" }));
        Assert.Equal(Says("subject", "empty", "1 to 64 characters"), Error(good with { Subject = "" }));
        Assert.Equal(Says("subject", "empty", "1 to 64 characters"), Error(good with { Subject = null! }));
        Assert.Equal(
            Says("subject", "65 characters", "at most 64 characters"),
            Error(good with { Subject = new string('x', 65) }));
        Assert.Equal(
            Says("text", "65 characters", "at most 64 characters"), Error(good with { Text = new string('x', 65) }));
        Assert.Equal(Says("subject", "U+000A", "no control characters"), Error(good with { Subject = "a\n" }));
        Assert.Equal(Says("text", "U+0000", "no control characters"), Error(good with { Text = "\0" }));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(86_400_000, null)]
    [InlineData(86_400_001, "86400001")]
    [InlineData(-0.001, "-0.001")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    public void Map_LatencyValue_IsBounded(double value, string? refused) => Assert.Equal(
        refused is null ? null : Says("value", refused, "milliseconds from 0 to 86400000"),
        Error(Good(ObservationKind.Latency) with { Value = value }));

    [Fact]
    public void Map_LatencyTimes_NeedBoth()
    {
        var time = new Timestamp(Stamp);
        Observation good = Good(ObservationKind.Latency) with { Value = double.NaN };
        Assert.Null(Error(good with { Sent = time, Received = new Timestamp(Stamp - 9) }));
        Assert.Equal(Says("received", "none", "both times, or a value instead"), Error(good with { Sent = time }));
        Assert.Equal(Says("sent", "none", "both times, or a value instead"), Error(good with { Received = time }));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(double.MaxValue, null)]
    [InlineData(-1, "-1")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    public void Map_PendingAge_IsFiniteAndNotNegative(double value, string? refused) => Assert.Equal(
        refused is null ? null : Says("value", refused, "finite milliseconds ≥ 0"),
        Error(Good(ObservationKind.Pending) with { Value = value }));

    [Theory]
    [InlineData(0, null)]
    [InlineData(3, null)]
    [InlineData(4, "4")]
    [InlineData(-1, "-1")]
    [InlineData(0.5, "0.5")]
    [InlineData(double.NaN, "NaN")]
    public void Map_Outcome_IsOneOfFour(double value, string? refused) => Assert.Equal(
        refused is null ? null : Says("value", refused, "Ok (0), Rejected (1), Error (2) or Timeout (3)"),
        Error(Good(ObservationKind.Outcome) with { Value = value }));

    [Theory]
    [InlineData(ObservationKind.Order)]
    [InlineData(ObservationKind.Fill)]
    public void Map_OrderAndFill_NeedAQuantity(ObservationKind kind)
    {
        Assert.Null(Error(Good(kind) with { Quantity = -1 }));
        foreach (double bad in (double[])[0, double.NaN, double.NegativeInfinity])
        {
            Assert.Equal(
                Says("quantity", bad.ToString("R"), "finite and not 0: positive buys, negative sells"),
                Error(Good(kind) with { Quantity = bad }));
        }
    }

    [Theory]
    [InlineData(ObservationKind.Order)]
    [InlineData(ObservationKind.Fill)]
    [InlineData(ObservationKind.Price)]
    [InlineData(ObservationKind.Position)]
    public void Map_PriceOfTrading_IsFinite(ObservationKind kind)
    {
        Assert.Null(Error(Good(kind) with { Value = -37.63 }));
        Assert.Equal(Says("value", "NaN", "finite"), Error(Good(kind) with { Value = double.NaN }));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void Map_Feature_MayBeAnything(double value) =>
        Assert.Null(Error(Good(ObservationKind.Feature) with { Value = value }));
}
