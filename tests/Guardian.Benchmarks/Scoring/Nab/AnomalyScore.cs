using Guardian.Detection.Drift;

namespace Guardian.Benchmarks.Scoring.Nab;

/// <summary>An anomaly score in [0, 1] for each value of a series, made of the detectors' own pieces.</summary>
/// <remarks>
/// <para>
/// The history is frozen into a reference every 50 values, as a person would rebaseline. A value counts by its z-score
/// in it, times how rare so extreme a value was there (orders of magnitude, like the tail count of a latency), over 3.
/// The last 50 values count by their PSI in units of the reference's limit: the largest of 0.25, the noise and the
/// block line. A window at its limit is worth a z-score of 3. The larger of both counts, x / (1 + x) puts it into
/// [0, 1]. One incident is one episode: what does not exceed the 120 values before it scores 0.
/// </para>
/// <para>The same settings serve every series; nothing looks ahead. Deterministic: there is no chance in it.</para>
/// </remarks>
internal static class AnomalyScore
{
    /// <summary>Values after which the history is frozen anew.</summary>
    public const int Step = 50;

    /// <summary>Values in the window that is judged for drift.</summary>
    public const int Window = 50;

    /// <summary>Values before anything scores.</summary>
    public const int Warm = 150;

    /// <summary>Quantile bins of the reference.</summary>
    public const int Bins = 10;

    /// <summary>What a window at its drift limit is worth, in standard deviations.</summary>
    public const double DriftWeight = 3;

    /// <summary>Orders of magnitude of rarity at which a z-score counts as it is.</summary>
    public const double TailUnit = 3;

    /// <summary>Values before it that a score must exceed.</summary>
    public const int Quiet = 120;

    private const double MaximumScore = 1000;

    /// <summary>Scores a series.</summary>
    /// <param name="values">Finite values, in order.</param>
    public static double[] Of(ReadOnlySpan<double> values)
    {
        double[] raw = new double[values.Length];
        History? history = null;
        for (int i = 0; i < values.Length; i++)
        {
            if (i % Step == 0 && i >= Warm + Window) history = new History(values[..(i + 1 - Window)]);
            if (history is null) continue;
            double drift = history.Drift(values.Slice(i + 1 - Window, Window));
            raw[i] = Math.Max(history.Tail(values[i]), DriftWeight * drift);
        }

        return Episodes(raw);
    }

    private static double[] Episodes(double[] raw)
    {
        double[] scores = new double[raw.Length];
        for (int i = 0; i < raw.Length; i++)
        {
            double before = 0;
            for (int k = Math.Max(0, i - Quiet); k < i; k++) before = Math.Max(before, raw[k]);
            scores[i] = raw[i] > before ? raw[i] / (1 + raw[i]) : 0;
        }

        return scores;
    }

    private sealed class History
    {
        private readonly FrozenReference _reference;
        private readonly double[] _sorted;
        private readonly double _limit;
        private readonly long[] _counts;

        public History(ReadOnlySpan<double> values)
        {
            _reference = FrozenReference.Freeze(values, Bins, Window);
            _sorted = values.ToArray();
            Array.Sort(_sorted);
            _counts = new long[_reference.BinCount];
            double chiSquare = ChiSquare.Quantile(DriftPolicy.Default.Significance, _reference.BinCount - 1);
            double noise = PopulationStabilityIndex.NoiseLine(chiSquare, values.Length, Window);
            _limit = Math.Max(DriftPolicy.Default.Breach, Math.Max(noise, _reference.BlockLine));
        }

        public double Drift(ReadOnlySpan<double> window)
        {
            Array.Clear(_counts);
            foreach (double value in window) _counts[_reference.IndexOf(value)]++;
            return PopulationStabilityIndex.Compute(_reference.Counts, _counts) / _limit;
        }

        public double Tail(double value)
        {
            double distance = value - _reference.Mean;
            if (distance == 0) return 0;
            double deviation = _reference.HasScale ? _reference.StandardDeviation : 0;
            double score = deviation == 0 ? MaximumScore : Math.Min(Math.Abs(distance) / deviation, MaximumScore);
            double margin = deviation / 1000;
            int beyond = distance > 0
                ? _sorted.Length - QuantileBins.IndexOf(_sorted, value - margin)
                : QuantileBins.IndexOf(_sorted, value + margin);
            return score * Math.Log10((_sorted.Length + 1.0) / (beyond + 1.0)) / TailUnit;
        }
    }
}
