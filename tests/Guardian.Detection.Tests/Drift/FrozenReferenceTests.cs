using Guardian.Detection.Drift;

namespace Guardian.Detection.Tests.Drift;

public sealed class FrozenReferenceTests
{
    [Fact]
    public void Freeze_ConstantValues_HasThreeBinsBelowEqualAndAbove()
    {
        FrozenReference reference = FrozenReference.Freeze([.. Enumerable.Repeat(7.0, 50)], 10, 500);
        Assert.True(reference.IsConstant);
        Assert.False(reference.HasScale);
        Assert.Equal([0, 50, 0], reference.Counts.ToArray());
        Assert.Equal(
            (0, 1, 2), (reference.IndexOf(6.999999999999), reference.IndexOf(7), reference.IndexOf(7.000000000001)));
    }

    [Fact]
    public void Freeze_NearlyAllEqualToTheMaximum_StillHasBinsToSeeDriftWith()
    {
        FrozenReference reference = FrozenReference.Freeze([1, .. Enumerable.Repeat(7.0, 99)], 10, 500);
        Assert.False(reference.IsConstant);
        Assert.Equal([1, 99, 0], reference.Counts.ToArray());
    }

    [Fact]
    public void Freeze_ConstantZero_TakesBothZeros()
    {
        foreach ((double frozen, double value) in ((double, double)[])[(0.0, -0.0), (-0.0, 0.0)])
            Assert.Equal(1, FrozenReference.Freeze([frozen, frozen], 10, 500).IndexOf(value));
    }

    [Fact]
    public void Freeze_Moments_AreThoseOfTheFiniteValues()
    {
        FrozenReference reference =
            FrozenReference.Freeze([double.NaN, 2, 4, 4, 4, 5, 5, 7, 9, double.PositiveInfinity], 4, 500);
        Assert.Equal((5.0, 8L, 2L), (reference.Mean, reference.Count, reference.NonFinite));
        Assert.Equal(Math.Sqrt(32.0 / 7), reference.StandardDeviation, 1e-12);
    }

    [Fact]
    public void Freeze_ValuesThatOverflowTheMoments_HasNoScaleButBins()
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? double.MaxValue : -double.MaxValue)];
        FrozenReference reference = FrozenReference.Freeze(values, 10, 500);
        Assert.False(reference.HasScale);
        Assert.Equal(2, reference.BinCount);
    }

    [Fact]
    public void Freeze_NoFiniteValue_IsRefused()
    {
        ArgumentException refused =
            Assert.Throws<ArgumentException>(() => FrozenReference.Freeze([double.NaN, double.NaN], 10, 500));
        Assert.Equal(
            "Condition failed: a reference needs 1 to 100000 values with at least one finite; got 2 with 0 finite. "
            + "(Parameter 'values')",
            refused.Message);
    }

    [Theory]
    [InlineData(0, 0, "has 0 finite values (0 sent); 10 bins need at least 10.")]
    [InlineData(1, 0, "has 1 finite values (1 sent); 10 bins need at least 10.")]
    [InlineData(0, 30, "has 0 finite values (30 sent); 10 bins need at least 10.")]
    [InlineData(9, 5, "has 9 finite values (14 sent); 10 bins need at least 10.")]
    public void Refusal_TooFewFiniteValues_SaysHowManyAndWhatToDo(int finite, int notFinite, string what)
    {
        double[] numbers = [.. Enumerable.Range(0, finite).Select(i => (double)i)];
        double[] values = [.. numbers, .. Enumerable.Repeat(double.NaN, notFinite)];
        Assert.Equal(
            $"Condition failed: the reference of feature f {what} "
            + "Send more values, or leave the reference out to learn it.",
            FrozenReference.Refusal("f", values, 10));
    }

    [Fact]
    public void Refusal_AtTheBounds_TakesWhatIsJustWithin()
    {
        Assert.Null(FrozenReference.Refusal("f", [.. Enumerable.Range(0, 10).Select(i => (double)i)], 10));
        Assert.Null(FrozenReference.Refusal("f", new double[FrozenReference.MaxValues], 10));
        Assert.Equal(
            "Condition failed: the reference of feature f has 100001 values; at most 100000 are taken. "
            + "Send a sample of it.",
            FrozenReference.Refusal("f", new double[FrozenReference.MaxValues + 1], 10));
    }

    [Theory]
    [InlineData(299, false)]
    [InlineData(300, true)]
    public void BlockLine_WithFewerThanThreeWindows_IsNone(int count, bool has)
    {
        double[] values = [.. Enumerable.Range(0, count).Select(i => (double)i)];
        Assert.Equal(has, FrozenReference.Freeze(values, 10, 100).BlockLine > 0);
    }

    [Fact]
    public void BlockLine_AnyReference_IsTheLargestOverAllBlocksByBruteForce()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(20); seed++)
        {
            Lcg lcg = new(seed);
            int window = 10 + lcg.Below(30);
            double[] values = new double[(3 * window) + lcg.Below(60)];
            double level = 0;
            for (int i = 0; i < values.Length; i++) values[i] = level = (0.9 * level) + Math.Round(lcg.Normal(), 1);
            FrozenReference reference = FrozenReference.Freeze(values, 6, window);
            double largest = 0;
            for (int from = 0; from + window <= values.Length; from++)
            {
                long[] block = new long[reference.BinCount];
                long[] rest = new long[reference.BinCount];
                for (int i = 0; i < values.Length; i++)
                    (i >= from && i < from + window ? block : rest)[reference.IndexOf(values[i])]++;
                largest = Math.Max(largest, PopulationStabilityIndex.Compute(rest, block));
            }

            double off = Math.Abs(largest - reference.BlockLine);
            Assert.True(off < 1e-12, $"seed {seed}: {reference.BlockLine}, {largest}");
        }
    }

    [Fact]
    public void BlockLine_AboveTheBareLimit_RaisesTheLimit()
    {
        DriftJudgement judged = DriftJudgement.Judge(0.4, 1000, 500, 27.9, 0.41, DriftPolicy.Default);
        Assert.Equal((Level.Warning, 0.41), (judged.Level, judged.Limit));
        Assert.Equal(
            Level.Breach, DriftJudgement.Judge(0.41, 1000, 500, 27.9, 0.41, DriftPolicy.Default).Level);
    }
}
