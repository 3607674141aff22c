namespace Guardian.Detection.Drift;

/// <summary>Bin edges at the quantiles of a sample. Thread-safe: it has no state.</summary>
public static class QuantileBins
{
    /// <summary>Computes the edges of right-closed bins with open ends: (−∞, e₀], (e₀, e₁], … (eₗ, +∞).</summary>
    /// <remarks>
    /// Edge k is the nearest-rank quantile k / bins; an edge that repeats its predecessor or reaches the maximum is
    /// dropped. Where none is left (all values equal, or almost all of them equal to the maximum) the edges enclose
    /// the maximum c itself: below c, c, above c. A single bin could never show drift.
    /// </remarks>
    /// <param name="sorted">The finite values, ascending, at least one.</param>
    /// <param name="bins">Bins wanted, ≥ 2.</param>
    /// <returns>One edge fewer than there are bins, strictly ascending.</returns>
    public static double[] Edges(ReadOnlySpan<double> sorted, int bins)
    {
        double max = sorted[^1];
        List<double> edges = new(bins - 1);
        for (int k = 1; k < bins; k++)
        {
            long rank = (((long)k * sorted.Length) + bins - 1) / bins;
            double edge = sorted[(int)rank - 1];
            if (edge < max && (edges.Count == 0 || edge > edges[^1])) edges.Add(edge);
        }

        return edges.Count > 0 ? [.. edges] : [Math.BitDecrement(max), max];
    }

    /// <summary>Finds the bin of a finite value: the number of edges strictly below it.</summary>
    /// <param name="edges">Edges, strictly ascending.</param>
    /// <param name="value">A finite value.</param>
    public static int IndexOf(ReadOnlySpan<double> edges, double value)
    {
        int low = 0;
        int high = edges.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (edges[middle] < value) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
