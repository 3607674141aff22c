using System.Runtime.InteropServices;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Latency;

/// <summary>The last samples of a stage of rare events, exact: at most so many, and none older than an age.</summary>
/// <remarks>
/// Percentiles are exact. Not thread-safe. Nothing is allocated after construction; 32 bytes a sample.
/// </remarks>
public sealed class CountWindow
{
    /// <summary>Largest capacity.</summary>
    public const int LargestCapacity = 10_000;

    private readonly Sample[] _ring;
    private readonly long[] _scratch;
    private readonly long _maximumAge;
    private readonly long _warningLimit;
    private readonly long _limit;
    private int _first;
    private int _count;

    /// <summary>Initializes an empty window.</summary>
    /// <param name="capacity">Most samples, 1 to <see cref="LargestCapacity"/>.</param>
    /// <param name="maximumAge">Oldest age in nanoseconds, &gt; 0; a sample of exactly this age is still in.</param>
    /// <param name="warningLimit">Lower limit in microseconds, &gt; 0.</param>
    /// <param name="limit">Upper limit in microseconds, at or above <paramref name="warningLimit"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is outside its range.</exception>
    public CountWindow(int capacity, long maximumAge, long warningLimit, long limit)
    {
        if (capacity is < 1 or > LargestCapacity)
        {
            throw new ArgumentOutOfRangeException(
                nameof(capacity), capacity, $"Condition failed: capacity = {capacity} must be from 1 to 10000.");
        }

        _ring = new Sample[capacity];
        _scratch = new long[capacity];
        _maximumAge = maximumAge;
        _warningLimit = warningLimit;
        _limit = limit;
    }

    /// <summary>Gets the samples in the window.</summary>
    public int Count => _count;

    /// <summary>Gets the samples at or above the lower limit.</summary>
    public int AtOrAboveWarning { get; private set; }

    /// <summary>Gets the samples at or above the upper limit.</summary>
    public int AtOrAboveLimit { get; private set; }

    /// <summary>Gets when the oldest sample leaves by age; <see cref="long.MaxValue"/> for never.</summary>
    public long NextExpiry => _count == 0 ? long.MaxValue : SlotTime.Add(SlotTime.Add(Oldest, _maximumAge), 1);

    /// <summary>Gets the time of the oldest sample; meaningless when the window is empty.</summary>
    internal long Oldest => _ring[_first].At;

    /// <summary>Adds a sample; the oldest one makes room for it.</summary>
    /// <param name="now">Its time in Unix nanoseconds, not before the last one's.</param>
    /// <param name="value">Microseconds, ≥ 0.</param>
    public void Add(long now, long value)
    {
        if (_count == _ring.Length) DropOldest();
        int at = _first + _count;
        if (at >= _ring.Length) at -= _ring.Length;
        _ring[at] = new Sample(now, value);
        _count++;
        if (value >= _warningLimit) AtOrAboveWarning++;
        if (value >= _limit) AtOrAboveLimit++;
    }

    /// <summary>Forgets what is too old.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <returns>True when something was forgotten.</returns>
    public bool Expire(long now)
    {
        bool any = false;
        while (_count > 0 && NextExpiry <= now && NextExpiry != long.MaxValue)
        {
            DropOldest();
            any = true;
        }

        return any;
    }

    /// <summary>Forgets every sample.</summary>
    public void Clear()
    {
        _first = 0;
        _count = 0;
        AtOrAboveWarning = 0;
        AtOrAboveLimit = 0;
    }

    /// <summary>Gets the exact percentile by nearest rank, sorting a copy.</summary>
    /// <param name="perMille">Percentile in thousandths, 0 to 1000.</param>
    /// <returns>Microseconds; null when the window is empty.</returns>
    public long? Percentile(int perMille) => _count == 0 ? null : At(Sorted(), perMille);

    /// <summary>Gets the usual percentiles in milliseconds, all exact.</summary>
    public LatencyPercentiles Percentiles()
    {
        if (_count == 0) return LatencyPercentiles.Empty;
        ReadOnlySpan<long> sorted = Sorted();
        return new LatencyPercentiles(
            _count,
            LatencyPercentiles.ToMilliseconds(At(sorted, 500)),
            LatencyPercentiles.ToMilliseconds(At(sorted, 900)),
            LatencyPercentiles.ToMilliseconds(At(sorted, 950)),
            LatencyPercentiles.ToMilliseconds(At(sorted, 990)),
            LatencyPercentiles.ToMilliseconds(At(sorted, 999)),
            LatencyPercentiles.ToMilliseconds(sorted[^1]));
    }

    /// <summary>Adds the window to a histogram.</summary>
    /// <param name="histogram">What it is added to.</param>
    public void AddTo(LatencyHistogram histogram)
    {
        var own = new LatencyHistogram(_warningLimit, _limit);
        for (int age = 0; age < _count; age++) own.Add(At(age).Value);
        histogram.Merge(own);
    }

    internal void WriteState(StateWriter writer, long now)
    {
        writer.WriteUnsigned((ulong)_count);
        long previous = now;
        for (int age = _count - 1; age >= 0; age--)
        {
            Sample sample = At(age);
            writer.WriteUnsigned((ulong)(previous - sample.At));
            writer.WriteUnsigned((ulong)sample.Value);
            previous = sample.At;
        }
    }

    internal void ReadState(ref StateReader reader, long now)
    {
        Clear();
        int count = reader.ReadCount(_ring.Length);
        long previous = now;
        for (int age = count - 1; age >= 0; age--)
        {
            ulong before = reader.ReadUnsigned();
            ulong value = reader.ReadUnsigned();
            if (before > (ulong)_maximumAge || previous < long.MinValue + (long)before || value > long.MaxValue)
                throw new StateFormatException($"Condition failed: sample {age} is {before} ns apart or {value} us.");
            previous -= (long)before;
            _ring[age] = new Sample(previous, (long)value);
            if ((long)value >= _warningLimit) AtOrAboveWarning++;
            if ((long)value >= _limit) AtOrAboveLimit++;
        }

        _count = count;
        if (NextExpiry <= now && NextExpiry != long.MaxValue)
            throw new StateFormatException("Condition failed: a sample is older than the window.");
    }

    private static long At(ReadOnlySpan<long> sorted, int perMille) =>
        sorted[(int)LatencyPercentiles.Rank(sorted.Length, perMille) - 1];

    private Sample At(int age)
    {
        int at = _first + age;
        return _ring[at >= _ring.Length ? at - _ring.Length : at];
    }

    private ReadOnlySpan<long> Sorted()
    {
        Span<long> values = _scratch.AsSpan(0, _count);
        for (int age = 0; age < _count; age++) values[age] = At(age).Value;
        values.Sort();
        return values;
    }

    private void DropOldest()
    {
        long value = _ring[_first].Value;
        if (value >= _warningLimit) AtOrAboveWarning--;
        if (value >= _limit) AtOrAboveLimit--;
        _first = _first + 1 == _ring.Length ? 0 : _first + 1;
        _count--;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Sample(long At, long Value);
}
