using Guardian.Detection.Encoding;

namespace Guardian.Detection.Drift;

/// <summary>The two-sided Page-Hinkley test: sums what lies above and below the running mean.</summary>
/// <remarks>
/// Page, "Continuous inspection schemes" (Biometrika 1954), as River has it: fires on a rise and on a fall. NaN and
/// infinities are ignored. Allocates nothing. Not thread-safe.
/// </remarks>
public sealed class PageHinkley
{
    private const int MinInstances = 30;

    private readonly double _delta;
    private readonly double _threshold;
    private readonly double _alpha;
    private double _mean;
    private double _rise;
    private double _fall;
    private double _lowestRise = double.PositiveInfinity;
    private double _highestFall = -1;

    /// <summary>Initializes a detector without data.</summary>
    /// <param name="delta">Change per value that is let pass, in units of the values, ≥ 0.</param>
    /// <param name="threshold">Sum at which it fires (λ), &gt; 0.</param>
    /// <param name="alpha">How much of the sums is kept with each value, in (0, 1].</param>
    public PageHinkley(double delta = 0.25, double threshold = 30, double alpha = 1) =>
        (_delta, _threshold, _alpha) = (delta, threshold, alpha);

    /// <summary>Gets the number of values taken since the start or the last reset.</summary>
    public long Count { get; private set; }

    /// <summary>Takes a value and says whether a change was found; NaN and infinities change nothing.</summary>
    /// <param name="value">The value, best on a scale of about 1.</param>
    public bool Update(double value)
    {
        if (!double.IsFinite(value)) return false;
        Count++;
        _mean += (value - _mean) / Count;
        double deviation = value - _mean;
        _rise = (_alpha * _rise) + deviation - _delta;
        _fall = (_alpha * _fall) + deviation + _delta;
        _lowestRise = Math.Min(_lowestRise, _rise);
        _highestFall = Math.Max(_highestFall, _fall);
        return Count >= MinInstances
            && (_rise - _lowestRise > _threshold || _highestFall - _fall > _threshold);
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        (Count, _mean, _rise, _fall) = (0, 0, 0, 0);
        (_lowestRise, _highestFall) = (double.PositiveInfinity, -1);
    }

    internal void Write(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)Count);
        if (Count == 0) return;
        writer.WriteDouble(_mean);
        writer.WriteDouble(_rise);
        writer.WriteDouble(_fall);
        writer.WriteDouble(_lowestRise);
        writer.WriteDouble(_highestFall);
    }

    internal void Read(ref StateReader reader)
    {
        Reset();
        ulong count = reader.ReadUnsigned();
        if (count > long.MaxValue) throw new StateFormatException($"Condition failed: {count} values in Page-Hinkley.");
        Count = (long)count;
        if (count == 0) return;
        _mean = reader.ReadDouble();
        _rise = reader.ReadDouble();
        _fall = reader.ReadDouble();
        _lowestRise = reader.ReadDouble();
        _highestFall = reader.ReadDouble();
    }
}
