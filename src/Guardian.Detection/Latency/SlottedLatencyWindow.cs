using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Guardian.Detection.Latency;

/// <summary>The last minute of a stage as histograms in twelve 5-s slots aligned to the epoch.</summary>
/// <remarks>
/// It holds the running slot and the eleven before it. Slots count in 16 bits; whenever a cell is full, 65,536 go to a
/// small list beside it, so nothing is lost and nothing grows with the rate. A rolling total over the slots makes a
/// percentile one scan. About 71 KB, all of it made at construction. Not thread-safe.
/// </remarks>
public sealed partial class SlottedLatencyWindow
{
    /// <summary>Number of slots.</summary>
    public const int SlotCount = 12;

    /// <summary>Length of a slot in nanoseconds: 5 s.</summary>
    public const long SlotLength = 5_000_000_000;

    /// <summary>Most samples in the window; what comes above is refused.</summary>
    public const long MaximumCount = int.MaxValue;

    private const int Width = LogLinearBuckets.Count;
    private const int ClosedSlots = SlotCount - 1;
    private const int CellFull = ushort.MaxValue + 1;

    // The running slot in full width, so that a sample is one addition; the closed ones packed, beside their total.
    private readonly uint[] _running = new uint[Width];
    private readonly ushort[] _cells = new ushort[ClosedSlots * Width];
    private readonly uint[] _total = new uint[Width];
    private readonly Tally[] _closed = new Tally[ClosedSlots];
    private readonly List<Carry> _carries = [];
    private readonly long _warningLimit;
    private readonly long _limit;
    private long _slot;

    // Totals over the window, and what they were before the running slot: the difference is the running slot.
    private long _count;
    private long _warnings;
    private long _breaches;
    private long _maximum;
    private Tally _before;

    /// <summary>Initializes an empty window.</summary>
    /// <param name="warningLimit">Lower limit in microseconds, &gt; 0.</param>
    /// <param name="limit">Upper limit in microseconds, at or above <paramref name="warningLimit"/>.</param>
    public SlottedLatencyWindow(long warningLimit, long limit)
    {
        _warningLimit = warningLimit;
        _limit = limit;
    }

    /// <summary>Gets the samples in the window.</summary>
    public long Count => _count;

    /// <summary>Gets the samples at or above the lower limit.</summary>
    public long AtOrAboveWarning => _warnings;

    /// <summary>Gets the samples at or above the upper limit.</summary>
    public long AtOrAboveLimit => _breaches;

    /// <summary>Gets the exact largest sample in microseconds, or null when the window is empty.</summary>
    public long? Maximum
    {
        get
        {
            if (_count == 0) return null;
            long maximum = _maximum;
            foreach (Tally tally in _closed) maximum = Math.Max(maximum, tally.Maximum);
            return maximum;
        }
    }

    /// <summary>Adds a sample to the running slot.</summary>
    /// <param name="value">Microseconds, ≥ 0.</param>
    /// <returns>False when it was refused: negative, or the window is full.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Add(long value)
    {
        if (value < 0 || _count >= MaximumCount) return false;
        unchecked
        {
            _running[LogLinearBuckets.IndexOf(value)]++;
            _count++;
        }

        if (value > _maximum) _maximum = value;
        if (value >= _warningLimit)
        {
            _warnings++;
            if (value >= _limit) _breaches++;
        }

        return true;
    }

    /// <summary>Adds samples to the running slot that are below both limits; there is room for them.</summary>
    /// <param name="values">Microseconds, from 0 to below <see cref="LogLinearBuckets.LargestExact"/>.</param>
    internal void AddSmall(ReadOnlySpan<int> values)
    {
        Span<int> indexes = stackalloc int[values.Length];
        long maximum = LogLinearBuckets.IndexesOf(values, indexes);
        uint[] running = _running;
        unchecked
        {
            foreach (int index in indexes) running[index]++;
        }

        _count += values.Length;
        if (maximum > _maximum) _maximum = maximum;
    }

    /// <summary>Makes the slot of <paramref name="now"/> the running one and forgets what is too old.</summary>
    /// <param name="now">Session time, Unix nanoseconds; an earlier slot than the running one changes nothing.</param>
    public void RollTo(long now)
    {
        long slot = SlotTime.IndexOf(now, SlotLength);
        if (slot <= _slot) return;
        long oldest = slot - SlotCount + 1;
        Tally running = Running();
        for (long gone = _slot - ClosedSlots; gone < Math.Min(oldest, _slot); gone++) Forget(PlaceOf(gone));
        Close(running, keeps: oldest <= _slot);
        _slot = slot;
        _before = new Tally(_count, _warnings, _breaches, 0);
        _maximum = 0;
    }

    /// <summary>Forgets every sample and keeps the running slot.</summary>
    public void Clear()
    {
        if (_count != 0)
        {
            Array.Clear(_running);
            Array.Clear(_cells);
            Array.Clear(_total);
        }

        Array.Clear(_closed);
        _carries.Clear();
        _count = 0;
        _warnings = 0;
        _breaches = 0;
        _maximum = 0;
        _before = default;
    }

    /// <summary>Gets a percentile by nearest rank: the upper edge of its bucket, or the maximum above 60 s.</summary>
    /// <param name="perMille">Percentile in thousandths, 0 to 1000.</param>
    /// <returns>Microseconds, 0 to +0.78 % off and never below the true one; null when the window is empty.</returns>
    public long? Percentile(int perMille)
    {
        if (_count == 0) return null;
        long left = LatencyPercentiles.Rank(_count, perMille);
        for (int index = 0; index < LogLinearBuckets.Overflow; index++)
        {
            left -= _total[index] + _running[index];
            if (left <= 0) return LogLinearBuckets.UpperEdge(index);
        }

        return Maximum;
    }

    /// <summary>Adds the window to a histogram.</summary>
    /// <param name="histogram">What it is added to, of the same limits.</param>
    public void AddTo(LatencyHistogram histogram)
    {
        Span<uint> counts = stackalloc uint[Width];
        SumTo(counts);
        histogram.Add(
            counts, new LatencyHistogram.Totals(_count, _warnings, _breaches, Maximum ?? 0), _warningLimit, _limit);
    }

    internal void StartAt(long now)
    {
        Clear();
        _slot = SlotTime.IndexOf(now, SlotLength);
    }

    /// <summary>Tells whether a sample of that time would still be in the window.</summary>
    internal bool Covers(long time) => SlotTime.IndexOf(time, SlotLength) > _slot - SlotCount;

    private Tally Running() =>
        new(_count - _before.Count, _warnings - _before.Warnings, _breaches - _before.Breaches, _maximum);

    private static int PlaceOf(long slot) => SlotTime.Place(slot, ClosedSlots);

    // What the running slot counted goes to the closed ones, or away where a silence outlasted it.
    private void Close(Tally tally, bool keeps)
    {
        if (keeps) _closed[PlaceOf(_slot)] = tally;
        if (tally.Count == 0) return;
        if (keeps)
        {
            for (int index = 0; index < Width; index++)
            {
                _total[index] += _running[index];
                SetCell(PlaceOf(_slot), index, _running[index]);
            }
        }
        else
        {
            _count -= tally.Count;
            _warnings -= tally.Warnings;
            _breaches -= tally.Breaches;
        }

        Array.Clear(_running);
    }

    private void SetCell(int place, int index, uint count)
    {
        int cell = (place * Width) + index;
        _cells[cell] = (ushort)(count % CellFull);
        if (count >= CellFull) _carries.Add(new Carry(cell, (int)(count - (count % CellFull))));
    }

    private void SumTo(Span<uint> counts)
    {
        for (int index = 0; index < counts.Length; index++) counts[index] = _total[index] + _running[index];
    }

    private void Forget(int place)
    {
        Tally tally = _closed[place];
        if (tally.Count == 0) return;
        int offset = place * Width;
        Span<ushort> cells = _cells.AsSpan(offset, Width);
        Span<uint> total = _total;
        for (int index = 0; index < cells.Length; index++) total[index] = unchecked(total[index] - cells[index]);
        cells.Clear();
        for (int i = _carries.Count - 1; i >= 0; i--)
        {
            int index = _carries[i].Cell - offset;
            if (index is < 0 or >= Width) continue;
            total[index] -= (uint)_carries[i].Count;
            _carries.RemoveAt(i);
        }

        _count -= tally.Count;
        _warnings -= tally.Warnings;
        _breaches -= tally.Breaches;
        _closed[place] = default;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Tally(long Count, long Warnings, long Breaches, long Maximum);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Carry(int Cell, int Count);
}
