using Guardian.Detection.Drift;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Tests.Engine;

namespace Guardian.Detection.Tests.Drift;

/// <summary>Counts by bin: of several symbols together, of one feature, and of blocks of a reference.</summary>
public sealed class DriftCountsTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void Constructor_AtTheEndsOfItsRange_IsTakenOrRefused(int bins, bool taken)
    {
        if (taken) Assert.Equal(bins, new DriftCounts(bins).Window.Length);
        else Assert.Throws<ArgumentOutOfRangeException>(() => new DriftCounts(bins));
    }

    [Fact]
    public void TryAdd_Counts_AreAddedBinByBinOrNotAtAll()
    {
        var counts = new DriftCounts(3);
        Assert.True(counts.TryAdd([1, 2, 3], [4, 5, 6]), "refused");
        Assert.True(counts.TryAdd([10, 20, 30], [40, 50, 60]), "refused");
        Assert.False(counts.TryAdd([1, 2], [1, 2, 3]), "taken");
        Assert.False(counts.TryAdd([1, 2, 3], [1, 2]), "taken");
        Assert.Equal([11, 22, 33], counts.Reference.ToArray());
        Assert.Equal([44, 55, 66], counts.Window.ToArray());
    }

    [Fact]
    public void DriftCounts_OfAnEngine_AreThoseOfJudgedFeatures()
    {
        var engine = new GuardianEngine(EngineBench.Policy("default", ("Drift:Window", "100"), ("Drift:Step", "10")));
        var seen = new Collector();
        long now = EngineBench.Start;
        double[] values = [.. Enumerable.Range(0, 1_000).Select(v => (double)(v % 100))];
        Assert.Null(engine.Apply(new Rebaselined(now, "judged", values, "ann", "test"), seen));
        for (int i = 0; i < 30; i++)
        {
            engine.Apply(new Observation(ObservationKind.Feature, ++now, "judged", 99), seen);
            engine.Apply(new Observation(ObservationKind.Feature, ++now, "learning", 99), seen);
        }

        (string feature, long[] reference, long[] window) = Assert.Single(engine.DriftCounts());
        Assert.Equal(("judged", 1_000L, 30L), (feature, reference.Sum(), window.Sum()));
        Assert.Equal(30, window[^1]);
    }

    [Fact]
    public void Compute_OfRandomBlocks_IsTheLargestOfEachAgainstTheRest()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            const int bins = 4;
            int window = random.Next(1, 30);
            byte[] indexes = [.. Enumerable.Range(0, window * 20).Select(i =>
                (byte)(i < window ? 0 : random.Next(bins)))]; // The first block is the odd one.
            long[] counts = [.. Enumerable.Range(0, bins).Select(b => (long)indexes.Count(i => i == b))];
            double largest = double.NegativeInfinity;
            for (int from = 0; from + window <= indexes.Length; from++)
            {
                double psi = 0;
                for (int b = 0; b < bins; b++)
                {
                    long inside = indexes.Skip(from).Take(window).Count(i => i == b);
                    psi += PopulationStabilityIndex.Term(
                        counts[b] - inside, indexes.Length - window + (0.5 * bins), inside, window + (0.5 * bins));
                }

                largest = Math.Max(largest, psi);
            }

            Assert.Equal(largest, BlockLine.Compute(indexes, counts, window), 1e-9);
        }
    }
}
