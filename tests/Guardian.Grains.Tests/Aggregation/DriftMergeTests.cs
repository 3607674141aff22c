using Guardian.Contracts;
using Guardian.Grains.Aggregation;

namespace Guardian.Grains.Tests.Aggregation;

public sealed class DriftMergeTests
{
    [Fact]
    public void Merge_SymbolsOfOneNumberOfBins_AddsTheirCounts()
    {
        FeatureDrift drift = Assert.Single(DriftMerge.Merge(
        [
            Of("A", Level.Healthy, [100, 100], [50, 50]), Of("B", Level.Breach, [200, 200], [90, 10]),
        ]));
        Assert.Equal(("score", 2, 2), (drift.Feature, drift.Symbols, drift.Merged));
        Assert.Equal((600, 200), (drift.ReferenceCount, drift.WindowCount));
        // (140.5/201 − 300.5/601) ln(…) twice, by hand.
        Assert.Equal(0.1677, drift.Psi!.Value, 1e-4);
        // χ² at 0.999 with one degree of freedom, 10.8276, by (1/600 + 1/200).
        Assert.Equal(0.07218, drift.NoiseLine!.Value, 1e-4);
        Assert.Equal("B", drift.WorstSymbol);
        Assert.True(drift.WorstPsi > drift.Psi);
        Assert.Equal(new Dictionary<Level, int> { [Level.Healthy] = 1, [Level.Breach] = 1 }, drift.ByLevel);
    }

    [Fact]
    public void Merge_OppositeMoves_CancelInTheSumButNotInTheWorst()
    {
        FeatureDrift drift = Assert.Single(DriftMerge.Merge(
        [
            Of("A", Level.Breach, [100, 100], [90, 10]), Of("B", Level.Breach, [100, 100], [10, 90]),
        ]));
        Assert.Equal(0, drift.Psi!.Value, 1e-9);
        Assert.True(drift.WorstPsi > 0.8, $"{drift.WorstPsi}");
        Assert.Equal(2, drift.ByLevel[Level.Breach]);
        Assert.Equal("A", drift.WorstSymbol);
    }

    [Fact]
    public void Merge_AnotherNumberOfBins_IsLeftOutOfTheSumAndStillCounted()
    {
        FeatureDrift drift = Assert.Single(DriftMerge.Merge(
        [
            Of("A", Level.Healthy, [10, 10, 10], [5, 5, 5]), Of("B", Level.Healthy, [10, 10], [5, 5]),
            Of("C", Level.Healthy, [10, 10], [5, 5]),
        ]));
        Assert.Equal((3, 2, 40L), (drift.Symbols, drift.Merged, drift.ReferenceCount));
    }

    [Fact]
    public void Merge_NothingToCompare_IsNullAndNotZero()
    {
        GuardianSummary learning = Of("A", Level.Unknown, [10, 10], [0, 0]) with { Features = [] };
        FeatureDrift[] drift = DriftMerge.Merge([learning]);
        Assert.Equal((1, 0), (Assert.Single(drift).Symbols, drift[0].Merged));
        Assert.Null(drift[0].Psi);
        Assert.Null(drift[0].WorstSymbol);
        drift = DriftMerge.Merge([Of("A", Level.Unknown, [10, 10], [0, 0])]);
        Assert.Null(drift[0].Psi);
        Assert.Null(drift[0].NoiseLine);
    }

    [Fact]
    public void Merge_CountsThatAreNone_AreLeftOut()
    {
        FeatureDrift[] drift = DriftMerge.Merge(
            [Of("A", Level.Healthy, [10], [10]), Of("B", Level.Healthy, [10, 10], [10])]);
        Assert.Equal((2, 0), (Assert.Single(drift).Symbols, drift[0].Merged));
    }

    private static GuardianSummary Of(string symbol, Level level, long[] reference, long[] window) => new()
    {
        Summary = new SymbolSummary { Symbol = symbol },
        Levels = [new SubjectLevel("drift", "score", level), new SubjectLevel("latency", "score", Level.Breach)],
        Features = [new FeatureCounts("score", reference, window)],
    };
}
