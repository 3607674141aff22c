namespace Guardian.Detection.Clock;

/// <summary>
/// Arithmetic on Unix nanoseconds that saturates where it would overflow, so that no input can throw.
/// </summary>
internal static class Nanoseconds
{
    /// <summary>One microsecond.</summary>
    internal const long Microsecond = 1_000;

    /// <summary>One millisecond.</summary>
    internal const long Millisecond = 1_000_000;

    /// <summary>One second.</summary>
    internal const long Second = 1_000_000_000;

    /// <summary>One hour.</summary>
    internal const long Hour = 3_600 * Second;

    /// <summary>One day.</summary>
    internal const long Day = 24 * Hour;

    /// <summary>Converts a duration; a span beyond 292 years saturates.</summary>
    internal static long From(TimeSpan span)
    {
        Int128 value = (Int128)span.Ticks * TimeSpan.NanosecondsPerTick;
        return Saturate(value);
    }

    /// <summary>Adds, staying within the range of a long.</summary>
    internal static long Add(long left, long right)
    {
        long sum = unchecked(left + right);
        bool overflow = ((left ^ sum) & (right ^ sum)) < 0;
        return overflow ? (left < 0 ? long.MinValue : long.MaxValue) : sum;
    }

    /// <summary>Subtracts, staying within the range of a long.</summary>
    internal static long Subtract(long left, long right)
    {
        long difference = unchecked(left - right);
        bool overflow = ((left ^ right) & (left ^ difference)) < 0;
        return overflow ? (left < 0 ? long.MinValue : long.MaxValue) : difference;
    }

    /// <summary>Divides, rounding towards minus infinity.</summary>
    /// <param name="value">Any number.</param>
    /// <param name="divisor">A number above 0.</param>
    internal static long FloorDivide(long value, long divisor)
    {
        (long quotient, long remainder) = Math.DivRem(value, divisor);
        return remainder < 0 ? quotient - 1 : quotient;
    }

    /// <summary>Narrows to a long, staying within its range.</summary>
    internal static long Saturate(Int128 value) =>
        value > long.MaxValue ? long.MaxValue : value < long.MinValue ? long.MinValue : (long)value;
}
