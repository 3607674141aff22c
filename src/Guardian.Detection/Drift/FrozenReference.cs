using Guardian.Detection.Encoding;

namespace Guardian.Detection.Drift;

/// <summary>What a feature looked like when it was well: bins, counts, moments. Immutable, thread-safe.</summary>
/// <remarks>Frozen from values once; the values themselves are not kept. Replaced only as a whole.</remarks>
public sealed class FrozenReference
{
    /// <summary>The most values a reference may be frozen from.</summary>
    public const int MaxValues = 100_000;

    private readonly double[] _edges;
    private readonly long[] _counts;

    private FrozenReference(double[] edges, long[] counts)
    {
        (_edges, _counts) = (edges, counts);
        foreach (long count in counts) Count += count;
    }

    /// <summary>Gets the bin edges, strictly ascending: one fewer than <see cref="BinCount"/>.</summary>
    public ReadOnlySpan<double> Edges => _edges;

    /// <summary>Gets the reference's counts by bin.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Gets the number of bins, 2 to 50.</summary>
    public int BinCount => _counts.Length;

    /// <summary>Gets the number of finite values that were frozen, ≥ 1.</summary>
    public long Count { get; }

    /// <summary>Gets the number of NaN and infinite values that were removed before.</summary>
    public long NonFinite { get; private init; }

    /// <summary>Gets whether all values were equal, so that the bins are below, equal and above.</summary>
    public bool IsConstant { get; private init; }

    /// <summary>Gets the mean of the finite values; not finite itself where the sum overflowed.</summary>
    public double Mean { get; private init; }

    /// <summary>Gets the sample standard deviation; 0 for a constant reference.</summary>
    public double StandardDeviation { get; private init; }

    /// <summary>Gets the largest PSI of a window-long block against the rest; 0 with too few blocks.</summary>
    public double BlockLine { get; private init; }

    /// <summary>Gets whether z-scores can be made: the deviation is finite and above 0.</summary>
    public bool HasScale =>
        double.IsFinite(Mean) && double.IsFinite(StandardDeviation) && StandardDeviation > 0;

    /// <summary>Says why values can't be frozen into a reference, or null where they can.</summary>
    /// <param name="feature">Name of the feature, for the message.</param>
    /// <param name="values">The values as uploaded, in order of arrival.</param>
    /// <param name="bins">Bins wanted, ≥ 2.</param>
    public static string? Refusal(string feature, ReadOnlySpan<double> values, int bins)
    {
        if (values.Length > MaxValues)
        {
            return $"Condition failed: the reference of feature {feature} has {values.Length} values; at most "
                + $"{MaxValues} are taken. Send a sample of it.";
        }

        int finite = 0;
        foreach (double value in values)
            if (double.IsFinite(value)) finite++;
        if (finite >= bins) return null;
        return $"Condition failed: the reference of feature {feature} has {finite} finite values ({values.Length} "
            + $"sent); {bins} bins need at least {bins}. Send more values, or leave the reference out to learn it.";
    }

    /// <summary>Freezes values into a reference.</summary>
    /// <param name="values">The values in order of arrival; NaN and infinities are removed and counted.</param>
    /// <param name="bins">Bins wanted, 2 to 50; fewer result where quantiles coincide.</param>
    /// <param name="window">Length of the window that will be judged, for the block line.</param>
    /// <exception cref="ArgumentException">No value is finite, or there are too many.</exception>
    public static FrozenReference Freeze(ReadOnlySpan<double> values, int bins, int window)
    {
        double[] finite = KeepFinite(values);
        if (finite.Length == 0 || values.Length > MaxValues)
        {
            throw new ArgumentException(
                $"Condition failed: a reference needs 1 to {MaxValues} values with at least one finite; got "
                + $"{values.Length} with {finite.Length} finite.",
                nameof(values));
        }

        double[] sorted = [.. finite];
        Array.Sort(sorted);
        double[] edges = QuantileBins.Edges(sorted, bins);
        byte[] indexes = new byte[finite.Length];
        long[] counts = new long[edges.Length + 1];
        for (int i = 0; i < finite.Length; i++)
        {
            indexes[i] = (byte)QuantileBins.IndexOf(edges, finite[i]);
            counts[indexes[i]]++;
        }

        (double mean, double deviation) = Moments(finite);
        return new FrozenReference(edges, counts)
        {
            NonFinite = values.Length - finite.Length,
            IsConstant = sorted[0].Equals(sorted[^1]),
            Mean = mean,
            StandardDeviation = deviation,
            BlockLine = Drift.BlockLine.Compute(indexes, counts, window),
        };
    }

    /// <summary>Finds the bin of a finite value, in O(log bins).</summary>
    public int IndexOf(double value) => QuantileBins.IndexOf(_edges, value);

    internal void Write(StateWriter writer)
    {
        writer.WriteByte((byte)_counts.Length);
        foreach (double edge in _edges) writer.WriteDouble(edge);
        foreach (long count in _counts) writer.WriteUnsigned((ulong)count);
        writer.WriteUnsigned((ulong)NonFinite);
        writer.WriteBool(IsConstant);
        writer.WriteDouble(Mean);
        writer.WriteDouble(StandardDeviation);
        writer.WriteDouble(BlockLine);
    }

    internal static FrozenReference Read(ref StateReader reader)
    {
        int bins = reader.ReadByte();
        if (bins is < 2 or > DriftOptions.MaxBins)
            throw new StateFormatException($"Condition failed: {bins} bins; 2 to {DriftOptions.MaxBins} are written.");
        double[] edges = new double[bins - 1];
        for (int i = 0; i < edges.Length; i++)
        {
            edges[i] = reader.ReadDouble();
            if (double.IsNaN(edges[i]) || (i > 0 && edges[i] <= edges[i - 1]))
                throw new StateFormatException($"Condition failed: edge {i} is not above the one before.");
        }

        long[] counts = new long[bins];
        long total = 0;
        for (int i = 0; i < counts.Length; i++) total += counts[i] = reader.ReadCount(MaxValues);
        if (total == 0) throw new StateFormatException("Condition failed: a reference counts at least one value.");
        return new FrozenReference(edges, counts)
        {
            NonFinite = reader.ReadCount(MaxValues),
            IsConstant = reader.ReadBool(),
            Mean = reader.ReadDouble(),
            StandardDeviation = reader.ReadDouble(),
            BlockLine = reader.ReadDouble(),
        };
    }

    private static double[] KeepFinite(ReadOnlySpan<double> values)
    {
        List<double> finite = new(values.Length);
        foreach (double value in values)
            if (double.IsFinite(value)) finite.Add(value);
        return [.. finite];
    }

    /// <summary>Mean and sample deviation by Welford's update.</summary>
    private static (double Mean, double Deviation) Moments(double[] values)
    {
        double mean = 0;
        double squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double delta = values[i] - mean;
            mean += delta / (i + 1);
            squares += delta * (values[i] - mean);
        }

        return (mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : 0);
    }
}
