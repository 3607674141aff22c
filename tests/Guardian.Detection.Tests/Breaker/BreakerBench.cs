using Guardian.Detection.Breaker;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests.Breaker;

/// <summary>A breaker with short words for tests.</summary>
internal static class BreakerBench
{
    internal const long Ms = 1_000_000;
    internal const long S = 1_000 * Ms;
    internal const long T0 = 1_680_652_800 * S;

    internal static long At(double seconds) => T0 + (long)Math.Round(seconds * 1_000) * Ms;

    internal static CircuitBreaker Make(BreakerOptions? options = null) =>
        new(new BreakerPolicy(options ?? new BreakerOptions()));

    internal static CircuitBreaker Latched(BreakerOptions? options = null)
    {
        CircuitBreaker breaker = Make(options);
        breaker.TripLatching(T0);
        return breaker;
    }

    internal static CircuitBreaker OnTheRamp(BreakerOptions? options = null)
    {
        CircuitBreaker breaker = Make(options);
        breaker.Trip(T0 - (5 * S));
        breaker.Advance(T0);
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
        return breaker;
    }

    internal static List<BreakerTransition> Taken(CircuitBreaker breaker)
    {
        List<BreakerTransition> taken = [];
        while (breaker.TryTake(out BreakerTransition transition)) taken.Add(transition);
        return taken;
    }

    internal static byte[] Bytes(CircuitBreaker breaker)
    {
        StateWriter writer = new();
        breaker.WriteState(writer);
        return writer.ToArray();
    }

    internal static CircuitBreaker Restore(byte[] state, BreakerOptions? options = null)
    {
        CircuitBreaker breaker = Make(options);
        StateReader reader = new(state);
        breaker.ReadState(ref reader);
        Assert.Equal(0, reader.Remaining);
        return breaker;
    }

    internal static void Accepted(BreakerResult result, string code = "breaker.done") =>
        Assert.Equal(new BreakerResult(true, code, ""), result);

    internal static void Refused(BreakerResult result, string code, string message) =>
        Assert.Equal(new BreakerResult(false, code, message), result);
}
