namespace Guardian.Detection.Drift;

/// <summary>Counts by bin of references and windows that add up over symbols and silos. Not thread-safe.</summary>
/// <remarks>
/// Bins of different references are added by rank (lowest tenth to lowest tenth), so the sum says whether the features
/// moved within their own references, whatever their scales are.
/// </remarks>
public sealed class DriftCounts
{
    private readonly long[] _reference;
    private readonly long[] _window;

    /// <summary>Initializes counts of nothing.</summary>
    /// <param name="bins">Number of bins, 2 to 50.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public DriftCounts(int bins)
    {
        if (bins is < 2 or > DriftOptions.MaxBins)
        {
            throw new ArgumentOutOfRangeException(
                nameof(bins), bins, $"Condition failed: bins must be in [2, {DriftOptions.MaxBins}].");
        }

        (_reference, _window) = (new long[bins], new long[bins]);
    }

    /// <summary>Gets the counts of the references.</summary>
    public ReadOnlySpan<long> Reference => _reference;

    /// <summary>Gets the counts of the windows.</summary>
    public ReadOnlySpan<long> Window => _window;

    /// <summary>Gets the PSI of the sums; NaN while a side is empty.</summary>
    public double Psi => PopulationStabilityIndex.Compute(_reference, _window);

    /// <summary>Adds counts; false, and nothing added, where the numbers of bins differ.</summary>
    /// <param name="reference">Counts of a reference.</param>
    /// <param name="window">Counts of a window.</param>
    public bool TryAdd(ReadOnlySpan<long> reference, ReadOnlySpan<long> window)
    {
        if (reference.Length != _reference.Length || window.Length != _window.Length) return false;
        for (int i = 0; i < _window.Length; i++)
        {
            _reference[i] += reference[i];
            _window[i] += window[i];
        }

        return true;
    }

    /// <summary>Adds other counts; false, and nothing added, where the numbers of bins differ.</summary>
    public bool TryAdd(DriftCounts other) => TryAdd(other._reference, other._window);
}
