using Guardian.Detection.Drift;

namespace Guardian.Detection.Tests.Drift;

public sealed class DriftJudgementTests
{
    // n = 1000, m = 500: the noise line is 0.0836. n = m = 100: 0.5575.
    private const double ChiSquare = 27.877164871256568;

    [Theory]
    [InlineData(0.0, Level.Healthy)]
    [InlineData(0.0999999999, Level.Healthy)]
    [InlineData(0.10, Level.Warning)]
    [InlineData(0.2499999999, Level.Warning)]
    [InlineData(0.25, Level.Breach)]
    [InlineData(double.PositiveInfinity, Level.Breach)]
    [InlineData(double.NaN, Level.Breach)]
    public void Judge_EnoughData_FollowsTheBareLimits(double psi, Level level) =>
        Assert.Equal(level, DriftJudgement.Judge(psi, 1000, 500, ChiSquare, 0, DriftPolicy.Default).Level);

    [Theory]
    [InlineData(0.0, Level.Unknown)]
    [InlineData(0.30, Level.Unknown)]
    [InlineData(0.5575, Level.Unknown)]
    [InlineData(0.5576, Level.Breach)]
    public void Judge_NoiseLineAboveTheBareLimit_IsUnknownBelowIt(double psi, Level level) =>
        Assert.Equal(level, DriftJudgement.Judge(psi, 100, 100, ChiSquare, 0, DriftPolicy.Default).Level);

    [Fact]
    public void Judge_WarningUnderTheNoiseLine_IsNotGiven()
    {
        // n = m = 400: the noise line is 0.139.
        Assert.Equal(Level.Healthy, DriftJudgement.Judge(0.13, 400, 400, ChiSquare, 0, DriftPolicy.Default).Level);
        Assert.Equal(Level.Warning, DriftJudgement.Judge(0.14, 400, 400, ChiSquare, 0, DriftPolicy.Default).Level);
    }

    [Fact]
    public void Compute_EmptySide_IsNaNAndHenceABreach()
    {
        double psi = PopulationStabilityIndex.Compute([5, 5], [0, 0]);
        Assert.True(double.IsNaN(psi));
        Assert.Equal(Level.Breach, DriftJudgement.Judge(psi, 10, 0, ChiSquare, 0, DriftPolicy.Default).Level);
    }

    [Fact]
    public void Compute_DifferentNumbersOfBins_IsRefused()
    {
        ArgumentException refused =
            Assert.Throws<ArgumentException>(() => PopulationStabilityIndex.Compute([1, 2], [1, 2, 3]));
        Assert.Equal(
            "Condition failed: reference has 2 bins and actual 3; both need the same number, at least 1. "
            + "(Parameter 'actual')",
            refused.Message);
    }

    [Fact]
    public void Compute_AnyCounts_IsSymmetricAndNotNegative()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(200); seed++)
        {
            Lcg lcg = new(seed);
            long[] a = new long[1 + lcg.Below(12)];
            long[] b = new long[a.Length];
            for (int i = 0; i < a.Length; i++) (a[i], b[i]) = (1 + lcg.Below(50), 1 + lcg.Below(50));
            double psi = PopulationStabilityIndex.Compute(a, b);
            Assert.True(psi >= 0, $"seed {seed}: {psi}");
            Assert.True(Math.Abs(psi - PopulationStabilityIndex.Compute(b, a)) < 1e-12, $"seed {seed}");
            Assert.Equal(0, PopulationStabilityIndex.Compute(a, a), 1e-15);
        }
    }

    [Fact]
    public void DriftCounts_PartsAdded_AreTheWhole()
    {
        DriftCounts whole = new(3);
        DriftCounts left = new(3);
        DriftCounts right = new(3);
        Assert.True(left.TryAdd([10, 20, 30], [1, 2, 3]));
        Assert.True(right.TryAdd([5, 5, 5], [9, 0, 1]));
        Assert.True(whole.TryAdd([15, 25, 35], [10, 2, 4]));
        Assert.True(left.TryAdd(right));
        Assert.Equal(whole.Psi, left.Psi);
        Assert.Equal(whole.Reference.ToArray(), left.Reference.ToArray());
        Assert.Equal(whole.Window.ToArray(), left.Window.ToArray());
    }

    [Fact]
    public void DriftCounts_OtherNumberOfBins_IsRefusedAndChangesNothing()
    {
        DriftCounts counts = new(3);
        Assert.False(counts.TryAdd([1, 2], [1, 2]));
        Assert.False(counts.TryAdd([1, 2, 3], [1, 2]));
        Assert.Equal([0, 0, 0], counts.Reference.ToArray());
        Assert.True(double.IsNaN(counts.Psi));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DriftCounts(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DriftCounts(51));
    }
}
