namespace Guardian.Benchmarks.Scoring.Nab;

/// <summary>The published scoring rule of the Numenta Anomaly Benchmark, with its standard profile.</summary>
/// <remarks>
/// <para>
/// A value whose score reaches the threshold is a detection. In a labelled window only the best (earliest) one counts,
/// from 1 at the window's start down to 0 at its end; a window without any costs 1. Outside, every detection costs up
/// to 0.11: less shortly after a window, all of it three widths later or where no window came before. The first 15 %
/// of a series are not scored. The sum is put between that of no detection at all (0) and of every window found at its
/// first value (100), with the one threshold that is best for the whole corpus.
/// </para>
/// <para>Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", 2015, arXiv:1510.03336.</para>
/// </remarks>
internal static class NabScore
{
    /// <summary>What a detection outside of every window costs at most, in the standard profile.</summary>
    public const double FalsePositive = 0.11;

    /// <summary>What a window without any detection costs, in the standard profile.</summary>
    public const double FalseNegative = 1;

    /// <summary>Computes the sigmoid of a place: −1 is a window's start, 0 its end, above 0 behind it.</summary>
    public static double Sigmoid(double place) => place >= 3 ? -1 : (2 / (1 + Math.Exp(5 * place))) - 1;

    /// <summary>Computes what a detection at each value is worth, and the window it belongs to (−1: none).</summary>
    public static (double Worth, int Window)[] Worth(int count, (int First, int Last)[] windows)
    {
        var worth = new (double, int)[count];
        int current = -1;
        int next = 0;
        int previous = -1;
        for (int i = 0; i < count; i++)
        {
            if (next < windows.Length && i == windows[next].First) current = next++;
            if (current >= 0)
            {
                double width = windows[current].Last - windows[current].First + 1;
                worth[i] = (Sigmoid(-(windows[current].Last - i + 1) / width) / Sigmoid(-1), current);
                if (i == windows[current].Last) (previous, current) = (current, -1);
            }
            else
            {
                double cost = previous < 0 ? -1 : Sigmoid(Behind(i, windows[previous]));
                worth[i] = (cost * FalsePositive, -1);
            }
        }

        return worth;
    }

    /// <summary>Scores a corpus at the threshold that is best for it.</summary>
    /// <param name="corpus">Each series with an anomaly score in [0, 1] for each of its values.</param>
    public static NabResult Optimise(IReadOnlyList<(NabSeries Series, double[] Scores)> corpus)
    {
        Point[] points = Points(corpus);
        Array.Sort(points, (a, b) => b.Score.CompareTo(a.Score));
        Dictionary<(int, int), double> best = [];
        foreach (Point point in points.Where(p => p.Window >= 0)) best[(point.Series, point.Window)] = -FalseNegative;
        double sum = -FalseNegative * best.Count;
        (double Sum, double Threshold) top = (sum, 1.1);
        for (int i = 0; i < points.Length; i++)
        {
            Point point = points[i];
            if (point.Window < 0)
            {
                sum += point.Worth;
            }
            else if (best[(point.Series, point.Window)] is double before && point.Worth > before)
            {
                best[(point.Series, point.Window)] = point.Worth;
                sum += point.Worth - before;
            }

            bool last = i + 1 == points.Length || points[i + 1].Score < point.Score;
            if (last && sum > top.Sum) top = (sum, point.Score);
        }

        return ScoreAt(corpus, top.Threshold);
    }

    /// <summary>Scores a corpus at a threshold.</summary>
    /// <param name="corpus">Each series with an anomaly score in [0, 1] for each of its values.</param>
    /// <param name="threshold">Scores from here on are detections.</param>
    public static NabResult ScoreAt(IReadOnlyList<(NabSeries Series, double[] Scores)> corpus, double threshold)
    {
        int windows = corpus.Sum(c => c.Series.Windows.Length);
        Point[] points = Points(corpus);
        Dictionary<(int, int), double> best = [];
        double sum = 0;
        int outside = 0;
        foreach (Point point in points)
        {
            bool detected = point.Score >= threshold;
            if (point.Window >= 0)
            {
                double known = best.GetValueOrDefault((point.Series, point.Window), -FalseNegative);
                best[(point.Series, point.Window)] = detected ? Math.Max(known, point.Worth) : known;
            }
            else if (detected)
            {
                sum += point.Worth;
                outside++;
            }
        }

        sum += best.Values.Sum();

        // A window that ends within the probation can't be found: only perfection counts it.
        double none = -FalseNegative * best.Count;
        double normalised = windows == 0 ? 0 : 100 * (sum - none) / (windows - none);
        return new NabResult(normalised, sum, threshold, windows, best.Values.Count(v => v > -FalseNegative), outside);
    }

    private static double Behind(int i, (int First, int Last) window) =>
        (double)(i - window.Last) / Math.Max(window.Last - window.First, 1);

    private static Point[] Points(IReadOnlyList<(NabSeries Series, double[] Scores)> corpus)
    {
        List<Point> points = [];
        for (int s = 0; s < corpus.Count; s++)
        {
            (NabSeries series, double[] scores) = corpus[s];
            (double Worth, int Window)[] worth = Worth(scores.Length, series.Windows);
            for (int i = series.Probation; i < scores.Length; i++)
                points.Add(new Point(scores[i], worth[i].Worth, s, worth[i].Window));
        }

        return [.. points];
    }

    private readonly record struct Point(double Score, double Worth, int Series, int Window);
}

/// <summary>A corpus scored.</summary>
/// <param name="Score">0: as good as no detection; 100: perfect; may be below 0.</param>
/// <param name="Sum">The sum before it was put on that scale.</param>
/// <param name="Threshold">Scores from here on were detections.</param>
/// <param name="Windows">Labelled windows.</param>
/// <param name="Found">Windows with a detection.</param>
/// <param name="Outside">Detections outside of every window.</param>
internal sealed record NabResult(double Score, double Sum, double Threshold, int Windows, int Found, int Outside);
