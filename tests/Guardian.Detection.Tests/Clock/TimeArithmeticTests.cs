using Guardian.Detection.Clock;
using Guardian.Detection.Drift;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Clock;

/// <summary>Arithmetic on times against that of wider numbers, at the ends of their range and around zero.</summary>
public sealed class TimeArithmeticTests
{
    private static readonly long[] Times =
    [
        long.MinValue, long.MinValue + 1, -1_000_000_001, -1_000_000_000, -999_999_999, -11, -10, -9, -1, 0, 1, 9, 10,
        11, 999_999_999, 1_000_000_000, long.MaxValue - 10, long.MaxValue - 9, long.MaxValue - 1, long.MaxValue,
    ];

    [Fact]
    public void SlotTime_OfAnyTime_IsThatOfWiderNumbers()
    {
        foreach (long time in Times)
        {
            Int128 index = Floor(time, 10);
            Assert.Equal(index, SlotTime.IndexOf(time, 10));
            Assert.Equal(Saturated((index + 1) * 10), SlotTime.EndOf(time, 10));
            Assert.Equal(time - (Floor(time, 7) * 7), SlotTime.Place(time, 7));
            foreach (long span in Times.Where(span => span >= 0))
                Assert.Equal(Saturated((Int128)time + span), SlotTime.Add(time, span));
        }
    }

    [Fact]
    public void Nanoseconds_OfAnyTimes_StayWithinTheirRange()
    {
        foreach (long left in Times)
        {
            Assert.Equal(Floor(left, 10), Nanoseconds.FloorDivide(left, 10));
            foreach (long right in Times)
            {
                Assert.Equal(Saturated((Int128)left + right), Nanoseconds.Add(left, right));
                Assert.Equal(Saturated((Int128)left - right), Nanoseconds.Subtract(left, right));
            }
        }
    }

    [Fact]
    public void SessionTime_OfAnyTime_IsThatOfWiderNumbers()
    {
        foreach (long time in Times)
        {
            Assert.Equal(Floor(time, SessionTime.Second), SessionTime.SecondOf(time));
            foreach (long span in Times.Where(span => span >= 0))
                Assert.Equal(Saturated((Int128)time + span), SessionTime.Add(time, span));
        }

        foreach (long second in (long[])[-5, 0, 5, long.MaxValue / SessionTime.Second, long.MaxValue])
            Assert.Equal(Saturated((Int128)second * SessionTime.Second), SessionTime.StartOf(second));
    }

    private static Int128 Floor(Int128 value, long divisor)
    {
        (Int128 quotient, Int128 remainder) = Int128.DivRem(value, divisor);
        return remainder < 0 ? quotient - 1 : quotient;
    }

    private static long Saturated(Int128 value) => (long)Int128.Clamp(value, long.MinValue, long.MaxValue);
}
