using System.Runtime.InteropServices;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Latency;

/// <summary>A log-linear histogram of latencies with exact counts at two limits; merging is integer addition.</summary>
/// <remarks>
/// Percentiles of a portfolio come from merged histograms, never from averaged percentiles. Merging is associative and
/// commutative, and an empty histogram without limits is its neutral element. Histograms of different limits merge
/// too, but the exact counts are then unknown (<see cref="HasExactCounts"/>). Not thread-safe.
/// </remarks>
public sealed class LatencyHistogram
{
    private const long NoLimit = 0;
    private const long MixedLimit = -1;

    private readonly long[] _counts = new long[LogLinearBuckets.Count];
    private Totals _totals;
    private long _warningLimit;
    private long _limit;

    /// <summary>Initializes an empty histogram that takes its limits from the first one merged into it.</summary>
    public LatencyHistogram()
        : this(NoLimit, NoLimit)
    {
    }

    /// <summary>Initializes an empty histogram.</summary>
    /// <param name="warningLimit">Lower limit in microseconds, &gt; 0.</param>
    /// <param name="limit">Upper limit in microseconds, at or above <paramref name="warningLimit"/>.</param>
    public LatencyHistogram(long warningLimit, long limit)
    {
        _warningLimit = warningLimit;
        _limit = limit;
    }

    /// <summary>Gets the samples.</summary>
    public long Count => _totals.Count;

    /// <summary>Gets the exact largest sample in microseconds, or null when empty.</summary>
    public long? Maximum => _totals.Count == 0 ? null : _totals.Maximum;

    /// <summary>
    /// Gets a value indicating whether the counts at the limits are known, which they are for equal limits.
    /// </summary>
    public bool HasExactCounts => _limit > 0;

    /// <summary>Gets the samples at or above the lower limit; 0 where they are not known.</summary>
    public long AtOrAboveWarning => _totals.Warnings;

    /// <summary>Gets the samples at or above the upper limit; 0 where they are not known.</summary>
    public long AtOrAboveLimit => _totals.Breaches;

    /// <summary>Adds samples of one value.</summary>
    /// <param name="value">Microseconds, ≥ 0.</param>
    /// <param name="count">How many, &gt; 0.</param>
    /// <returns>False when they were refused: a negative value, no count, or more than fits.</returns>
    public bool Add(long value, long count = 1)
    {
        if (value < 0 || count <= 0 || count > long.MaxValue - _totals.Count) return false;
        _counts[LogLinearBuckets.IndexOf(value)] += count;
        _totals = new Totals(
            _totals.Count + count,
            _totals.Warnings + (HasExactCounts && value >= _warningLimit ? count : 0),
            _totals.Breaches + (HasExactCounts && value >= _limit ? count : 0),
            Math.Max(_totals.Maximum, value));
        return true;
    }

    /// <summary>Adds another histogram to this one; counts that would not fit stop at the largest number.</summary>
    /// <param name="other">What is added; it stays as it is.</param>
    public void Merge(LatencyHistogram other)
    {
        for (int index = 0; index < _counts.Length; index++) _counts[index] = Sum(_counts[index], other._counts[index]);
        MergeTotals(other._totals, other._warningLimit, other._limit);
    }

    /// <summary>Gets a percentile by nearest rank: the upper edge of its bucket, or the maximum above 60 s.</summary>
    /// <param name="perMille">Percentile in thousandths, 0 to 1000.</param>
    /// <returns>Microseconds, 0 to +0.78 % off and never below the true one; null when empty.</returns>
    public long? Percentile(int perMille)
    {
        if (Count == 0) return null;
        long left = LatencyPercentiles.Rank(Count, perMille);
        for (int index = 0; index < LogLinearBuckets.Overflow; index++)
        {
            left -= _counts[index];
            if (left <= 0) return LogLinearBuckets.UpperEdge(index);
        }

        return Maximum;
    }

    /// <summary>Gets the usual percentiles in milliseconds.</summary>
    public LatencyPercentiles Percentiles() => Count == 0
        ? LatencyPercentiles.Empty
        : new LatencyPercentiles(
            Count, InMilliseconds(500), InMilliseconds(900), InMilliseconds(950), InMilliseconds(990),
            InMilliseconds(999), LatencyPercentiles.ToMilliseconds(_totals.Maximum));

    /// <summary>Writes the filled buckets only: each as its distance from the one before and its count.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(StateWriter writer)
    {
        writer.WriteSigned(_warningLimit);
        writer.WriteSigned(_limit);
        writer.WriteUnsigned((ulong)_totals.Count);
        if (_totals.Count == 0) return;
        writer.WriteUnsigned((ulong)_totals.Warnings);
        writer.WriteUnsigned((ulong)_totals.Breaches);
        writer.WriteUnsigned((ulong)_totals.Maximum);
        int filled = 0;
        foreach (long count in _counts) filled += count > 0 ? 1 : 0;
        writer.WriteUnsigned((ulong)filled);
        int previous = -1;
        for (int index = 0; index < _counts.Length; index++)
        {
            if (_counts[index] == 0) continue;
            writer.WriteUnsigned((ulong)(index - previous - 1));
            writer.WriteUnsigned((ulong)_counts[index]);
            previous = index;
        }
    }

    /// <summary>Reads a written histogram.</summary>
    /// <param name="reader">Where from.</param>
    /// <exception cref="StateFormatException">The bytes are not a histogram.</exception>
    public static LatencyHistogram Read(ref StateReader reader)
    {
        var histogram = new LatencyHistogram(reader.ReadSigned(), reader.ReadSigned());
        long count = ReadLong(ref reader, long.MaxValue);
        if (histogram._limit < MixedLimit || histogram._warningLimit > histogram._limit
            || (histogram._warningLimit <= 0 && histogram._warningLimit != histogram._limit))
        {
            throw new StateFormatException("Condition failed: the limits of a histogram are not in order.");
        }

        if (count == 0) return histogram;
        long warnings = ReadLong(ref reader, histogram.HasExactCounts ? count : 0);
        long breaches = ReadLong(ref reader, warnings);
        histogram._totals = new Totals(count, warnings, breaches, ReadLong(ref reader, long.MaxValue));
        histogram.ReadCounts(ref reader);
        return histogram;
    }

    internal void Add(ReadOnlySpan<uint> counts, Totals totals, long warningLimit, long limit)
    {
        for (int index = 0; index < counts.Length; index++) _counts[index] = Sum(_counts[index], counts[index]);
        MergeTotals(totals, warningLimit, limit);
    }

    private static long ReadLong(ref StateReader reader, long limit)
    {
        ulong value = reader.ReadUnsigned();
        return value <= (ulong)limit
            ? (long)value
            : throw new StateFormatException($"Condition failed: a count of {value} is above its limit of {limit}.");
    }

    private static long Sum(long left, long right) => right > long.MaxValue - left ? long.MaxValue : left + right;

    private void ReadCounts(ref StateReader reader)
    {
        int filled = reader.ReadCount(LogLinearBuckets.Count);
        long left = Count;
        int index = -1;
        for (int i = 0; i < filled; i++)
        {
            int room = LogLinearBuckets.Count - 2 - index;
            if (room < 0) throw new StateFormatException($"Condition failed: {filled} buckets do not fit.");
            index += 1 + reader.ReadCount(room);
            long here = ReadLong(ref reader, left);
            if (here == 0) throw new StateFormatException($"Condition failed: bucket {index} was written empty.");
            _counts[index] = here;
            left -= here;
        }

        if (left != 0 || LogLinearBuckets.IndexOf(_totals.Maximum) != index)
            throw new StateFormatException("Condition failed: counts and maximum do not belong together.");
    }

    private void MergeTotals(Totals other, long warningLimit, long limit)
    {
        if (limit != NoLimit && (limit != _limit || warningLimit != _warningLimit))
        {
            bool adopt = _limit == NoLimit && Count == 0;
            _warningLimit = adopt ? warningLimit : MixedLimit;
            _limit = adopt ? limit : MixedLimit;
        }
        else if (limit == NoLimit && other.Count > 0)
        {
            _warningLimit = _limit == NoLimit ? NoLimit : MixedLimit;
            _limit = _warningLimit;
        }

        _totals = new Totals(
            Sum(_totals.Count, other.Count),
            HasExactCounts ? Sum(_totals.Warnings, other.Warnings) : 0,
            HasExactCounts ? Sum(_totals.Breaches, other.Breaches) : 0,
            Math.Max(_totals.Maximum, other.Maximum));
    }

    private double InMilliseconds(int perMille) => LatencyPercentiles.ToMilliseconds(Percentile(perMille) ?? 0);

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Totals(long Count, long Warnings, long Breaches, long Maximum);
}
