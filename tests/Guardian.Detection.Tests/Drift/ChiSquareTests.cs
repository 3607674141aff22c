using System.Text.Json;
using Guardian.Detection.Drift;

namespace Guardian.Detection.Tests.Drift;

public sealed class ChiSquareTests
{
    [Fact]
    public void Quantile_EveryRowOfTheVectors_Agrees()
    {
        using JsonDocument vectors = DriftVectors.Open("psi.json");
        int rows = 0;
        foreach (JsonElement row in vectors.RootElement.GetProperty("chi2_quantiles").EnumerateArray())
        {
            double expected = row.GetProperty("value").GetDouble();
            double actual = ChiSquare.Quantile(row.GetProperty("p").GetDouble(), row.GetProperty("df").GetInt32());
            Assert.True(Math.Abs(actual - expected) <= 1e-10 * expected, $"{row}: {actual:R}");
            rows++;
        }

        Assert.Equal(42, rows);
    }

    [Fact]
    public void Quantile_PublishedThresholds_Agree()
    {
        using JsonDocument vectors = DriftVectors.Open("psi.json");
        JsonElement published =
            vectors.RootElement.GetProperty("published").GetProperty("feature_engine_auto_threshold");
        foreach (JsonElement row in published.GetProperty("rows").EnumerateArray())
        {
            double chiSquare = ChiSquare.Quantile(
                1 - row.GetProperty("p").GetDouble(), row.GetProperty("bins").GetInt32() - 1);
            double line = PopulationStabilityIndex.NoiseLine(
                chiSquare, row.GetProperty("N").GetInt64(), row.GetProperty("M").GetInt64());
            Assert.Equal(row.GetProperty("threshold").GetDouble(), line, 1e-10);
        }
    }

    [Fact]
    public void Probability_OfEveryQuantile_GivesItsProbabilityBack()
    {
        for (int degrees = 1; degrees <= ChiSquare.MaxDegrees; degrees++)
            foreach (double p in (double[])[0.001, 0.05, 0.5, 0.9, 0.999, 0.999999])
                Assert.Equal(p, ChiSquare.Probability(ChiSquare.Quantile(p, degrees), degrees), 1e-12);
    }

    [Fact]
    public void Probability_AtTheEnds_IsNothingAndAll()
    {
        Assert.Equal(0, ChiSquare.Probability(0, 3));
        Assert.Equal(0, ChiSquare.Probability(-1, 3));
        Assert.Equal(1, ChiSquare.Probability(double.PositiveInfinity, 3));
        Assert.Equal(0, ChiSquare.Quantile(0, 3), 1e-12);
    }

    [Theory]
    [InlineData(1.0, 1)]
    [InlineData(-0.1, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(0.5, 0)]
    [InlineData(0.5, ChiSquare.MaxDegrees + 1)]
    public void Quantile_OutOfRange_IsRefused(double p, int degrees)
    {
        ArgumentOutOfRangeException refused =
            Assert.Throws<ArgumentOutOfRangeException>(() => ChiSquare.Quantile(p, degrees));
        Assert.StartsWith("Condition failed:", refused.Message, StringComparison.Ordinal);
    }
}
