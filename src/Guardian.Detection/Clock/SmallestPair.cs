using System.Runtime.InteropServices;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Clock;

/// <summary>The two smallest differences seen and how many there were.</summary>
/// <remarks>
/// Two, so that one damaged stamp can be told from a clock that is off: a clock is off more than once.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal struct SmallestPair
{
    internal long First;
    internal long Second;
    internal int Count;

    internal static SmallestPair Empty => new() { First = long.MaxValue, Second = long.MaxValue };

    internal void Add(long difference)
    {
        if (Count < int.MaxValue) Count++;
        if (difference < First) (First, Second) = (difference, First);
        else if (difference < Second) Second = difference;
    }

    internal void Add(SmallestPair other)
    {
        if (other.Count == 0) return;
        int count = (int)Math.Min((long)Count + other.Count, int.MaxValue);
        if (other.First < First)
        {
            Second = Math.Min(First, other.Second);
            First = other.First;
        }
        else
        {
            Second = Math.Min(Second, other.First);
        }

        Count = count;
    }

    /// <summary>
    /// Gives the smallest; the second where the first stands alone by more than <paramref name="gap"/>.
    /// </summary>
    internal readonly long Robust(long gap) => IsLone(gap) ? Second : First;

    internal readonly bool IsLone(long gap) => Count > 1 && Second - First > gap;

    internal readonly void Write(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)Count);
        if (Count > 0) writer.WriteSigned(First);
        if (Count > 1) writer.WriteSigned(Second);
    }

    internal static SmallestPair Read(ref StateReader reader)
    {
        SmallestPair pair = Empty;
        pair.Count = reader.ReadCount(int.MaxValue);
        if (pair.Count > 0) pair.First = ReadDifference(ref reader);
        if (pair.Count > 1) pair.Second = ReadDifference(ref reader);
        return pair;
    }

    private static long ReadDifference(ref StateReader reader)
    {
        long difference = reader.ReadSigned();
        return difference is >= -Nanoseconds.Hour and <= Nanoseconds.Hour
            ? difference
            : throw new StateFormatException($"Condition failed: a difference of {difference} ns is beyond one hour.");
    }
}
