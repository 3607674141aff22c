using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Latency;

/// <summary>
/// The last ten seconds of a stage in 1-s slots of ten parts aligned to the epoch: only counts, all exact.
/// </summary>
/// <remarks>
/// It holds the running tenth of a second and the 99 before it, so that it differs from an exactly sliding window by at
/// most a tenth of a second (decision 0008). Not thread-safe. Nothing is allocated after construction.
/// </remarks>
public sealed class FastWindow
{
    /// <summary>Number of parts: ten slots of ten.</summary>
    public const int SlotCount = 100;

    /// <summary>Length of a part in nanoseconds: 100 ms.</summary>
    public const long SlotLength = 100_000_000;

    private readonly Tally[] _closed = new Tally[SlotCount];
    private readonly long _clearBelow;
    private readonly long _limit;
    private long _slot;

    // Totals over the window, and what they were before the running slot: the difference is the running slot.
    private Tally _total;
    private Tally _before;

    /// <summary>Initializes an empty window.</summary>
    /// <param name="clearBelow">Lower line in microseconds, &gt; 0.</param>
    /// <param name="limit">Upper line in microseconds, above <paramref name="clearBelow"/>.</param>
    public FastWindow(long clearBelow, long limit)
    {
        _clearBelow = clearBelow;
        _limit = limit;
    }

    /// <summary>Gets the samples in the window.</summary>
    public long Count => _total.Count;

    /// <summary>Gets the samples at or above the lower line.</summary>
    public long AtOrAboveClear => _total.Lower;

    /// <summary>Gets the samples at or above the upper line.</summary>
    public long AtOrAboveLimit => _total.Upper;

    /// <summary>Adds a sample to the running slot.</summary>
    /// <param name="value">Microseconds, ≥ 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long value)
    {
        _total.Count++;
        if (value >= _clearBelow)
        {
            _total.Lower++;
            if (value >= _limit) _total.Upper++;
        }
    }

    /// <summary>Adds so many samples that are below both limits.</summary>
    internal void AddSmall(int count) => _total.Count += count;

    /// <summary>Makes the slot of <paramref name="now"/> the running one and forgets what is too old.</summary>
    /// <param name="now">Session time, Unix nanoseconds; an earlier slot than the running one changes nothing.</param>
    public void RollTo(long now)
    {
        long slot = SlotTime.IndexOf(now, SlotLength);
        if (slot <= _slot) return;
        _closed[SlotTime.Place(_slot, SlotCount)] = _total - _before;
        for (long next = Math.Max(_slot + 1, slot - SlotCount + 1); next <= slot; next++)
        {
            int place = SlotTime.Place(next, SlotCount);
            _total -= _closed[place];
            _closed[place] = default;
        }

        _before = _total;
        _slot = slot;
    }

    /// <summary>Forgets every sample and keeps the running slot.</summary>
    public void Clear()
    {
        Array.Clear(_closed);
        _total = default;
        _before = default;
    }

    /// <summary>Places an empty window in time, also backwards.</summary>
    internal void StartAt(long now)
    {
        Clear();
        _slot = SlotTime.IndexOf(now, SlotLength);
    }

    internal void WriteState(StateWriter writer)
    {
        for (int age = 0; age < SlotCount; age++)
        {
            Tally tally = age == 0 ? _total - _before : _closed[SlotTime.Place(_slot - age, SlotCount)];
            writer.WriteUnsigned((ulong)tally.Count);
            if (tally.Count == 0) continue;
            writer.WriteUnsigned((ulong)tally.Lower);
            writer.WriteUnsigned((ulong)tally.Upper);
        }
    }

    internal static FastWindow ReadState(ref StateReader reader, long clearBelow, long limit, long now)
    {
        var window = new FastWindow(clearBelow, limit);
        window.StartAt(now);
        for (int age = 0; age < SlotCount; age++)
        {
            int count = reader.ReadCount(int.MaxValue);
            if (count == 0) continue;
            int lower = reader.ReadCount(count);
            int upper = reader.ReadCount(lower);
            var tally = new Tally { Count = count, Lower = lower, Upper = upper };
            window._total += tally;
            if (age == 0) continue;
            window._closed[SlotTime.Place(window._slot - age, SlotCount)] = tally;
            window._before += tally;
        }

        return window;
    }

    [StructLayout(LayoutKind.Auto)]
    private record struct Tally
    {
        public long Count;
        public long Lower;
        public long Upper;

        public static Tally operator +(Tally left, Tally right) => new()
        {
            Count = left.Count + right.Count,
            Lower = left.Lower + right.Lower,
            Upper = left.Upper + right.Upper,
        };

        public static Tally operator -(Tally left, Tally right) => new()
        {
            Count = left.Count - right.Count,
            Lower = left.Lower - right.Lower,
            Upper = left.Upper - right.Upper,
        };
    }
}
