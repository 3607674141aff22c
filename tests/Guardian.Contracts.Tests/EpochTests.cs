using System.Text.Json;
using CsCheck;

namespace Guardian.Contracts.Tests;

public sealed class EpochTests
{
    private static readonly Gen<Epoch> Epochs = Gen.Select(
        Gen.Long[0, long.MaxValue],
        Gen.Int[0, int.MaxValue],
        (number, generation) => new Epoch(number, generation));

    [Fact]
    public void TryParse_WhatToStringWrote_GivesTheSameEpoch() =>
        Epochs.Sample(epoch => Epoch.TryParse(epoch.ToString(), out Epoch read) && read == epoch);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("1.2.3")]
    [InlineData("-1.2")]
    [InlineData("1.-2")]
    [InlineData(" 1.2")]
    [InlineData("9223372036854775808.0")]
    [InlineData("0.2147483648")]
    public void TryParse_AnythingElse_IsRefused(string? text)
    {
        Assert.False(Epoch.TryParse(text, out Epoch epoch));
        Assert.Equal(default, epoch);
    }

    [Fact]
    public void CompareTo_TwoEpochs_OrdersByNumberThenGeneration() => Gen.Select(Epochs, Epochs).Sample((a, b) =>
        Math.Sign(a.CompareTo(b)) == Math.Sign((a.Number, a.Generation).CompareTo((b.Number, b.Generation)))
        && (a < b) == (a.CompareTo(b) < 0)
        && (a > b) == (a.CompareTo(b) > 0)
        && (a <= b) == (a.CompareTo(b) <= 0)
        && (a >= b) == (a.CompareTo(b) >= 0));

    [Fact]
    public void CompareTo_SameNumber_LetsTheGenerationDecide()
    {
        Assert.True(new Epoch(7, 1) < new Epoch(7, 2));
        Assert.True(new Epoch(7, 2) < new Epoch(8, 1));
    }

    [Fact]
    public void Json_Epoch_IsOneString()
    {
        Assert.Equal("\"7.2\"", JsonSerializer.Serialize(new Epoch(7, 2)));
        Assert.Equal(new Epoch(7, 2), JsonSerializer.Deserialize<Epoch>("\"7.2\""));
        JsonException refused = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Epoch>("\"seven\""));
        Assert.Equal("Condition failed: an epoch is number.generation, not 'seven'.", refused.Message);
    }
}
