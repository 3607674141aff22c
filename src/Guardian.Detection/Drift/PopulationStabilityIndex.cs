namespace Guardian.Detection.Drift;

/// <summary>The population stability index of two samples in the same bins. Thread-safe: it has no state.</summary>
/// <remarks>
/// PSI = Σ (aᵢ − eᵢ) ln(aᵢ / eᵢ), the symmetrised Kullback-Leibler divergence, with (count + ½) / (n + ½ k) for each
/// proportion: an empty bin neither divides by zero nor sets the result by an arbitrary floor. Without drift,
/// PSI / (1/n + 1/m) is about χ² with k − 1 degrees of freedom.
/// </remarks>
public static class PopulationStabilityIndex
{
    /// <summary>Computes the index; NaN where one side holds nothing, since there is nothing to compare.</summary>
    /// <param name="reference">Counts by bin of the reference, each ≥ 0.</param>
    /// <param name="actual">Counts by bin of the sample that is judged, as many bins.</param>
    /// <exception cref="ArgumentException">The numbers of bins differ or are 0.</exception>
    public static double Compute(ReadOnlySpan<long> reference, ReadOnlySpan<long> actual)
    {
        if (reference.Length != actual.Length || reference.IsEmpty)
        {
            throw new ArgumentException(
                $"Condition failed: reference has {reference.Length} bins and actual {actual.Length}; both need the "
                + "same number, at least 1.",
                nameof(actual));
        }

        long n = 0;
        long m = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            n += reference[i];
            m += actual[i];
        }

        if (n == 0 || m == 0) return double.NaN;
        double halfBins = 0.5 * reference.Length;
        double psi = 0;
        for (int i = 0; i < reference.Length; i++)
            psi += Term(reference[i], n + halfBins, actual[i], m + halfBins);
        return psi;
    }

    /// <summary>Computes the value that chance alone exceeds only with probability 1 − p.</summary>
    /// <param name="chiSquare">χ² quantile at p with k − 1 degrees of freedom.</param>
    /// <param name="n">Values in the reference.</param>
    /// <param name="m">Values in the sample that is judged; with 0 the line is infinite.</param>
    public static double NoiseLine(double chiSquare, long n, long m) => chiSquare * ((1.0 / n) + (1.0 / m));

    /// <summary>One bin's share of the sum, always ≥ 0.</summary>
    internal static double Term(long reference, double referenceTotal, long actual, double actualTotal)
    {
        double e = (reference + 0.5) / referenceTotal;
        double a = (actual + 0.5) / actualTotal;
        return (a - e) * Math.Log(a / e);
    }
}
