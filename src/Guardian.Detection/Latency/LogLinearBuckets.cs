using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Guardian.Detection.Latency;

/// <summary>Maps integer microseconds to log-linear buckets: 128 per octave, hence at most 0.78 % wide.</summary>
/// <remarks>
/// index = (s &lt;&lt; 7) + (x &gt;&gt; s) with s = max(0, bitlength(x) − 8): values below 256 µs have a bucket of
/// their own. Values above 60 s share the one overflow bucket; whoever counts there keeps the exact maximum beside it.
/// Thread-safe: no state.
/// </remarks>
public static class LogLinearBuckets
{
    /// <summary>Binary logarithm of the sub-buckets per octave.</summary>
    public const int SubBucketBits = 7;

    /// <summary>Below it, a float holds every whole number exactly.</summary>
    public const int LargestExact = 1 << 24;

    private const int FloatShift = 23 - SubBucketBits;
    private const int FloatBias = (126 + SubBucketBits) << SubBucketBits;

    /// <summary>Largest value with a bucket of its own, in microseconds: 60 s.</summary>
    public const long LargestValue = 60_000_000;

    /// <summary>Index of the bucket for everything above <see cref="LargestValue"/>.</summary>
    public const int Overflow = 2533;

    /// <summary>Number of buckets, the overflow bucket included.</summary>
    public const int Count = Overflow + 1;

    /// <summary>Gets the bucket of a value.</summary>
    /// <param name="value">Microseconds, ≥ 0; a negative value has no bucket and is answered with the overflow.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int IndexOf(long value)
    {
        unchecked
        {
            if ((ulong)value > LargestValue) return Overflow;
            int shift = Math.Max(0, 56 - BitOperations.LeadingZeroCount((ulong)value));
            return (shift << SubBucketBits) + (int)(value >> shift);
        }
    }

    /// <summary>Finds the buckets of many values at once.</summary>
    /// <param name="values">Microseconds, each from 0 to below <see cref="LargestExact"/>.</param>
    /// <param name="indexes">Takes the bucket of each; as long as <paramref name="values"/>.</param>
    /// <returns>The largest value; 0 for none.</returns>
    /// <remarks>
    /// A float has the bucket of a whole number from 128 on in its upper bits, exponent and first seven of the
    /// mantissa; below, the number is its own bucket. Exact as long as a float holds the number exactly.
    /// </remarks>
    public static int IndexesOf(ReadOnlySpan<int> values, Span<int> indexes)
    {
        int done = 0;
        int largest = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<int> top = default;
            ref int from = ref MemoryMarshal.GetReference(values);
            ref int to = ref MemoryMarshal.GetReference(indexes[..values.Length]);
            for (; done <= values.Length - Vector256<int>.Count; done += Vector256<int>.Count)
            {
                var value = Vector256.LoadUnsafe(ref from, (nuint)done);
                top = Vector256.Max(top, value);
                Vector256<int> bits = Vector256.ConvertToSingle(value).AsInt32();
                Vector256<int> index = Vector256.ShiftRightArithmetic(bits, FloatShift) - Vector256.Create(FloatBias);
                Vector256<int> own = Vector256.LessThan(value, Vector256.Create(1 << SubBucketBits));
                Vector256.ConditionalSelect(own, value, index).StoreUnsafe(ref to, (nuint)done);
            }

            for (int i = 0; i < Vector256<int>.Count; i++) largest = Math.Max(largest, top[i]);
        }

        for (; done < values.Length; done++)
        {
            largest = Math.Max(largest, values[done]);
            indexes[done] = IndexOf(values[done]);
        }

        return largest;
    }

    /// <summary>Gets the smallest value of a bucket, in microseconds.</summary>
    /// <param name="index">0 to <see cref="Overflow"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    public static long LowerEdge(int index)
    {
        Check(index);
        if (index == Overflow) return LargestValue + 1;
        int shift = Shift(index);
        return (long)(index - (shift << SubBucketBits)) << shift;
    }

    /// <summary>Gets the largest value of a bucket, in microseconds; the overflow bucket has no end.</summary>
    /// <param name="index">0 to <see cref="Overflow"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    public static long UpperEdge(int index)
    {
        Check(index);
        if (index == Overflow) return long.MaxValue;
        int shift = Shift(index);
        return ((long)(index - (shift << SubBucketBits) + 1) << shift) - 1;
    }

    private static int Shift(int index) => Math.Max(0, (index >> SubBucketBits) - 1);

    private static void Check(int index)
    {
        if (index is < 0 or >= Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(index), index, $"Condition failed: index = {index} must be from 0 to {Overflow}.");
        }
    }
}
