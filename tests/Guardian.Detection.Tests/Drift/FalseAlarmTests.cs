using Guardian.Detection.Drift;

namespace Guardian.Detection.Tests.Drift;

public sealed class FalseAlarmTests
{
    private const ulong Seed = 20220121;
    private static readonly int[] Sizes = [50, 100, 250, 500, 1000];

    [Fact]
    public void Judge_IndependentDataWithoutDrift_BreachesInAtMostTwoOfAThousand()
    {
        Lcg lcg = new(Seed);
        foreach (int n in Sizes)
        {
            foreach (int m in Sizes)
            {
                // Large samples hardly ever breach and cost the most, so they are tried less often.
                int trials = Math.Min(n, m) <= 100 ? 10_000 : 2_000;
                (int breaches, int bare) = Simulate(lcg, n, m, trials);
                string result = $"seed {Seed}, n {n}, m {m}: {breaches} of {trials} breach; {bare} by the bare limit";
                TestContext.Current.TestOutputHelper?.WriteLine(result);

                // The promise itself, without an allowance for chance: the seed is fixed.
                Assert.True(breaches <= 0.002 * trials, result);

                // The trap: without the noise line small samples cry wolf.
                if (n == 100 && m == 100) Assert.InRange(bare, 0.14 * trials, 0.25 * trials);
            }
        }
    }

    [Theory]
    [InlineData(0.6, 0.95)]
    [InlineData(1.0, 1.0)]
    public void Judge_ShiftedMean_Breaches(double shift, double atLeast)
    {
        Lcg lcg = new(Seed);
        int breaches = 0;
        const int trials = 200;
        for (int i = 0; i < trials; i++)
            if (Judge(lcg, 1000, 500, shift).Level == Level.Breach) breaches++;
        Assert.True(breaches >= atLeast * trials, $"seed {Seed}, shift {shift}: {breaches} of {trials}");
    }

    private static (int Breaches, int Bare) Simulate(Lcg lcg, int n, int m, int trials)
    {
        int breaches = 0;
        int bare = 0;
        for (int i = 0; i < trials; i++)
        {
            DriftJudgement judged = Judge(lcg, n, m, 0);
            if (judged.Level == Level.Breach) breaches++;
            if (judged.Psi >= 0.25) bare++;
        }

        return (breaches, bare);
    }

    private static DriftJudgement Judge(Lcg lcg, int n, int m, double shift)
    {
        double[] values = new double[n];

        // The rule depends on ranks only, so uniforms do where nothing is shifted.
        for (int i = 0; i < n; i++) values[i] = shift > 0 ? lcg.Normal() : lcg.Uniform();
        FrozenReference reference = FrozenReference.Freeze(values, 10, m);
        long[] counts = new long[reference.BinCount];
        for (int i = 0; i < m; i++) counts[reference.IndexOf(shift > 0 ? shift + lcg.Normal() : lcg.Uniform())]++;
        return DriftJudgement.Judge(
            PopulationStabilityIndex.Compute(reference.Counts, counts),
            n,
            m,
            27.877164871256568,
            reference.BlockLine,
            DriftPolicy.Default);
    }
}
