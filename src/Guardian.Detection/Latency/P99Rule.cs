using System.Runtime.CompilerServices;

namespace Guardian.Detection.Latency;

/// <summary>Decides in integers whether the nearest-rank P99 reaches a limit, without knowing the P99.</summary>
/// <remarks>
/// P99 ≥ T exactly when count(x ≥ T) ≥ n − ⌈0.99 n⌉ + 1 = ⌊n / 100⌋ + 1, which is when 100 · count(x ≥ T) &gt; n. Both
/// integers add up over slots, symbols and silos, so the decision stays exact where a sketch would not. Thread-safe.
/// </remarks>
public static class P99Rule
{
    /// <summary>Gets the smallest count at or above a limit that makes the P99 of n samples reach it.</summary>
    /// <param name="n">Samples, ≥ 0.</param>
    public static long BreachCount(long n) => (n / 100) + 1;

    /// <summary>
    /// Tells whether the P99 of n samples is at or above the limit that <paramref name="count"/> reached.
    /// </summary>
    /// <param name="n">Samples, ≥ 0.</param>
    /// <param name="count">Samples at or above the limit, 0 to n.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Reaches(long n, long count) => count > n / 100;
}
