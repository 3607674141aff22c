namespace Guardian.Detection.Drift;

/// <summary>How far parts of a reference already differ from the rest of it. Thread-safe: it has no state.</summary>
/// <remarks>
/// The χ² line holds for independent values. Values that repeat (autocorrelation) make whole windows differ without
/// any drift, and the reference shows by how much.
/// </remarks>
internal static class BlockLine
{
    /// <summary>A reference shorter than this many windows gives no line.</summary>
    public const int MinWindows = 3;

    /// <summary>Computes the largest PSI of any block of <paramref name="window"/> values against all others.</summary>
    /// <param name="bins">The bin of each reference value, in order of arrival.</param>
    /// <param name="counts">Counts by bin of the whole reference.</param>
    /// <param name="window">Length of a block, ≥ 1.</param>
    /// <returns>The line; 0 where the reference holds fewer than <see cref="MinWindows"/> windows.</returns>
    public static double Compute(ReadOnlySpan<byte> bins, ReadOnlySpan<long> counts, int window)
    {
        if (bins.Length < (long)MinWindows * window) return 0;
        long[] block = new long[counts.Length];
        for (int i = 0; i < window; i++) block[bins[i]]++;
        double blockTotal = window + (0.5 * counts.Length);
        double restTotal = bins.Length - window + (0.5 * counts.Length);
        double[] terms = new double[counts.Length];
        for (int b = 0; b < terms.Length; b++)
            terms[b] = PopulationStabilityIndex.Term(counts[b] - block[b], restTotal, block[b], blockTotal);

        double largest = Sum(terms);
        for (int i = window; i < bins.Length; i++)
        {
            int arrives = bins[i];
            int leaves = bins[i - window];
            if (arrives == leaves) continue;
            block[arrives]++;
            block[leaves]--;
            terms[arrives] = PopulationStabilityIndex.Term(
                counts[arrives] - block[arrives], restTotal, block[arrives], blockTotal);
            terms[leaves] = PopulationStabilityIndex.Term(
                counts[leaves] - block[leaves], restTotal, block[leaves], blockTotal);
            largest = Math.Max(largest, Sum(terms));
        }

        return largest;
    }

    private static double Sum(double[] terms)
    {
        double sum = 0;
        foreach (double term in terms) sum += term;
        return sum;
    }
}
