using System.Text.Json;
using Guardian.Detection.Drift;

namespace Guardian.Detection.Tests.Drift;

public sealed class PsiVectorTests
{
    [Fact]
    public void FrozenReference_EveryCaseOfTheVectors_HasItsEdgesAndCounts()
    {
        EachCase((vector, expected, reference, _) =>
        {
            if (!reference.IsConstant)
                Assert.Equal(DriftVectors.Doubles(expected.GetProperty("edges")), reference.Edges.ToArray());
            Assert.Equal(expected.GetProperty("model").GetString() == "constant", reference.IsConstant);
            Assert.Equal(expected.GetProperty("bin_count").GetInt32(), reference.BinCount);
            Assert.Equal(DriftVectors.Longs(expected.GetProperty("reference_counts")), reference.Counts.ToArray());
            Assert.Equal(vector.GetProperty("reference_finite").GetInt64(), reference.Count);
            Assert.Equal(vector.GetProperty("reference_nonfinite").GetInt64(), reference.NonFinite);
        });
    }

    [Fact]
    public void Compute_EveryCaseOfTheVectors_GivesCountsAndPsi()
    {
        EachCase((vector, expected, reference, actual) =>
        {
            long[] counts = Count(reference, actual);
            Assert.Equal(DriftVectors.Longs(expected.GetProperty("actual_counts")), counts);
            double psi = expected.GetProperty("psi_jeffreys05").GetDouble();
            double computed = PopulationStabilityIndex.Compute(reference.Counts, counts);
            double tolerance = 1e-12 + (1e-10 * psi);
            Assert.True(Math.Abs(computed - psi) <= tolerance, $"{vector.GetProperty("id")}: {computed:R}, {psi:R}");
        });
    }

    [Fact]
    public void Judge_EveryCaseOfTheVectors_GivesItsVerdict()
    {
        HashSet<Level> seen = [];
        EachCase((vector, expected, reference, actual) =>
        {
            long[] counts = Count(reference, actual);
            double chiSquare = ChiSquare.Quantile(0.999, reference.BinCount - 1);
            DriftJudgement judged = DriftJudgement.Judge(
                PopulationStabilityIndex.Compute(reference.Counts, counts),
                reference.Count,
                counts.Sum(),
                chiSquare,
                blockLine: 0,
                DriftPolicy.Default);
            Assert.Equal(expected.GetProperty("critical_chi2_0_999").GetDouble(), judged.NoiseLine, 1e-9);
            Level level = expected.GetProperty("verdict").GetString() switch
            {
                "insufficientData" => Level.Unknown,
                "stable" => Level.Healthy,
                "moderate" => Level.Warning,
                "drift" => Level.Breach,
                { } other => throw new InvalidDataException(other),
                null => throw new InvalidDataException("no verdict"),
            };
            Assert.True(level == judged.Level, $"{vector.GetProperty("id")}: {judged}");
            seen.Add(level);
        });
        Assert.Equal(4, seen.Count);
    }

    private static long[] Count(FrozenReference reference, double[] values)
    {
        long[] counts = new long[reference.BinCount];
        foreach (double value in values.Where(double.IsFinite)) counts[reference.IndexOf(value)]++;
        return counts;
    }

    private static void EachCase(Action<JsonElement, JsonElement, FrozenReference, double[]> check)
    {
        using JsonDocument vectors = DriftVectors.Open("psi.json");
        int cases = 0;
        foreach (JsonElement vector in vectors.RootElement.GetProperty("cases").EnumerateArray())
        {
            FrozenReference reference = FrozenReference.Freeze(
                DriftVectors.Doubles(vector.GetProperty("reference")),
                vector.GetProperty("bins_requested").GetInt32(),
                window: 500);
            check(
                vector,
                vector.GetProperty("expected").GetProperty("nearestRank"),
                reference,
                DriftVectors.Doubles(vector.GetProperty("actual")));
            cases++;
        }

        Assert.Equal(20, cases);
    }
}
