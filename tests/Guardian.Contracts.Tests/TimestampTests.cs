using System.Text.Json;
using CsCheck;

namespace Guardian.Contracts.Tests;

public sealed class TimestampTests
{
    private const long Lowest = -9_214_560_000_000_000_000;
    private const long Highest = 9_214_646_399_999_999_999;

    private static readonly Gen<long> Moments = Gen.Long[Lowest, Highest];

    [Fact]
    public void TryParse_WhatToStringWrote_GivesTheSameMoment() => Moments.Sample(nanoseconds =>
    {
        Timestamp moment = new(nanoseconds);
        return Timestamp.TryParse(moment.ToString(), out Timestamp read) && read == moment;
    });

    [Fact]
    public void ToString_Moments_SortLikeTheirText() => Gen.Select(Moments, Moments).Sample((a, b) =>
    {
        // Nine decimals on both make the texts comparable; without them 'Z' would sort before '.'.
        string Full(long nanoseconds)
        {
            string text = new Timestamp(nanoseconds).ToString().TrimEnd('Z');
            return (text.Contains('.', StringComparison.Ordinal) ? text : text + ".").PadRight(29, '0');
        }

        return Math.Sign(new Timestamp(a).CompareTo(new Timestamp(b)))
            == Math.Sign(string.CompareOrdinal(Full(a), Full(b)));
    });

    [Fact]
    public void ToDateTimeOffset_FromDate_GivesTheSameDate() => Moments.Sample(nanoseconds =>
    {
        DateTimeOffset date = new Timestamp(nanoseconds / 100 * 100).ToDateTimeOffset();
        return Timestamp.From(date).UnixNanoseconds == nanoseconds / 100 * 100;
    });

    [Theory]
    [InlineData("1970-01-01T00:00:01Z", 1_000_000_000)]
    [InlineData("1970-01-01T00:00:01.5Z", 1_500_000_000)]
    [InlineData("1970-01-01T00:00:01.05Z", 1_050_000_000)]
    [InlineData("1970-01-01T00:00:01.005Z", 1_005_000_000)]
    [InlineData("1970-01-01T00:00:01.0005Z", 1_000_500_000)]
    [InlineData("1970-01-01T00:00:01.00005Z", 1_000_050_000)]
    [InlineData("1970-01-01T00:00:01.000005Z", 1_000_005_000)]
    [InlineData("1970-01-01T00:00:01.0000005Z", 1_000_000_500)]
    [InlineData("1970-01-01T00:00:01.00000005Z", 1_000_000_050)]
    [InlineData("1970-01-01T00:00:01.000000005Z", 1_000_000_005)]
    [InlineData("1970-01-01T02:00:01.5+02:00", 1_500_000_000)]
    [InlineData("1969-12-31T23:30:01-00:30", 1_000_000_000)]
    [InlineData("1969-12-31T23:59:59.999999999Z", -1)]
    [InlineData("1678-01-01T00:00:00Z", Lowest)]
    [InlineData("2261-12-31T23:59:59.999999999Z", Highest)]
    public void TryParse_Rfc3339_GivesNanoseconds(string text, long nanoseconds)
    {
        Assert.True(Timestamp.TryParse(text, out Timestamp moment));
        Assert.Equal(nanoseconds, moment.UnixNanoseconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("12:00")]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31T12:00:00")]
    [InlineData("2026-01-31 12:00:00Z")]
    [InlineData("2026-01-31T12:00:00.Z")]
    [InlineData("2026-01-31T12:00:00Z.5")]
    [InlineData("2026-01-31T12:00:00.1234567890Z")]
    [InlineData("2026-01-31T12:00:00.-5Z")]
    [InlineData("2026-02-30T12:00:00Z")]
    [InlineData("2026-01-31T24:00:01Z")]
    [InlineData("2026-01-31T12:00:00Z ")]
    [InlineData("1677-12-31T23:59:59Z")]
    [InlineData("2262-01-01T00:00:00Z")]
    public void TryParse_AnythingElse_IsRefused(string? text)
    {
        Assert.False(Timestamp.TryParse(text, out Timestamp moment));
        Assert.Equal(Timestamp.None, moment);
    }

    [Fact]
    public void TryParse_AnyText_NeverThrows() =>
        Gen.String.Sample(text => Timestamp.TryParse(text, out Timestamp moment) || moment == Timestamp.None);

    [Fact]
    public void Json_NoneAndMoment_AreNullAndText()
    {
        Timestamp moment = new(1_500_000_000);
        Assert.Equal("null", JsonSerializer.Serialize(Timestamp.None));
        Assert.Equal("\"1970-01-01T00:00:01.5Z\"", JsonSerializer.Serialize(moment));
        Assert.Equal(Timestamp.None, JsonSerializer.Deserialize<Timestamp>("null"));
        Assert.Equal(moment, JsonSerializer.Deserialize<Timestamp>("\"1970-01-01T00:00:01.5Z\""));
    }

    [Theory]
    [InlineData("\"soon\"", "soon")]
    [InlineData("17", "")]
    public void Json_AnythingElse_SaysWhatATimeIs(string json, string given)
    {
        JsonException refused = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Timestamp>(json));
        Assert.Equal(
            $"Condition failed: a time is RFC 3339 such as 2026-01-31T12:00:00.5Z, not '{given}'.", refused.Message);
    }

    [Fact]
    public void Operators_TwoMoments_FollowTheirNanoseconds() => Gen.Select(Moments, Moments).Sample((a, b) =>
        (new Timestamp(a) < new Timestamp(b)) == (a < b)
        && (new Timestamp(a) > new Timestamp(b)) == (a > b)
        && (new Timestamp(a) <= new Timestamp(b)) == (a <= b)
        && (new Timestamp(a) >= new Timestamp(b)) == (a >= b));

    [Fact]
    public void HasValue_NoneAndAnyOther_AreFalseAndTrue()
    {
        Assert.False(Timestamp.None.HasValue);
        Assert.True(Timestamp.From(new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero)).HasValue);
    }
}
