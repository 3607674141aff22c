using Guardian.Benchmarks.Scoring.Nab;

namespace Guardian.Benchmarks.Scoring;

/// <summary>Checks the scoring rule against values computed by hand: <c>-- selftest</c>.</summary>
internal static class SelfTest
{
    /// <summary>Runs every check.</summary>
    /// <returns>0 when all hold, 1 otherwise.</returns>
    public static int Run(TextWriter output)
    {
        int failed = 0;

        // 2 / (1 + e⁻⁵) − 1, 2 / (1 + e^−2.5) − 1, and the two ends.
        Check("sigmoid at a window's start", 0.986614298151430, NabScore.Sigmoid(-1));
        Check("sigmoid half-way", 0.848283639957513, NabScore.Sigmoid(-0.5));
        Check("sigmoid at its end", 0, NabScore.Sigmoid(0));
        Check("sigmoid one width behind", -0.986614298151430, NabScore.Sigmoid(1));
        Check("sigmoid three widths behind", -1, NabScore.Sigmoid(3));

        // 100 values, the first 15 not scored; one window of ten values, 40 to 49.
        NabSeries series = new("a/b.csv", new double[100], [(40, 49)]);
        Check("values not scored", 15, series.Probation);
        Check("values not scored of a long series", 750, new NabSeries("a/c.csv", new double[9000], []).Probation);
        Check("nothing found", 0, Score(series));
        Check("the probation is not scored", 0, Score(series, 3, 14));
        Check("found at once", 100, Score(series, 40));
        Check("the earliest counts", 100, Score(series, 40, 44, 49));

        // Place −5/10: 0.848283639957513 / 0.986614298151430 = 0.859792566910; the null is −1, perfect 1.
        Check("found half-way", 100 * (1 + 0.859792566910) / 2, Score(series, 45));

        // One detection before any window: −0.11 beside the found window.
        Check("one outside", 100 * (1 + 1 - 0.11) / 2, Score(series, 40, 20));

        // Nine behind the end of a window ten wide: place 9/9 = 1, −0.986614298 × 0.11.
        Check("one behind", 100 * (1 + 1 - (0.11 * 0.98661429815143)) / 2, Score(series, 40, 58));
        Check("one far behind", 100 * (1 + 1 - 0.11) / 2, Score(series, 40, 76));
        Check("only outside", 100 * -0.11 / 2, Score(series, 20));

        // The threshold that is best for the corpus leaves out the false one, scored lower.
        double[] scores = new double[100];
        (scores[20], scores[45], scores[40]) = (0.3, 0.9, 0.5);
        NabResult best = NabScore.Optimise([(series, scores)]);
        Check("best threshold", 0.5, best.Threshold);
        Check("best score", 100, best.Score);
        Check("a corpus of false ones is best left alone", 0, NabScore.Optimise([(series, Marks(20, 21))]).Score);
        output.WriteLine(failed == 0 ? "selftest: every value as computed by hand" : $"selftest: {failed} wrong");
        return failed == 0 ? 0 : 1;

        void Check(string what, double expected, double actual)
        {
            if (Math.Abs(expected - actual) <= 1e-9) return;
            failed++;
            output.WriteLine($"Invariant: {what}: {actual:R}, by hand {expected:R}");
        }
    }

    private static double Score(NabSeries series, params int[] detections) =>
        NabScore.ScoreAt([(series, Marks(detections))], 0.5).Score;

    private static double[] Marks(params int[] detections)
    {
        double[] scores = new double[100];
        foreach (int detection in detections) scores[detection] = 1;
        return scores;
    }
}
