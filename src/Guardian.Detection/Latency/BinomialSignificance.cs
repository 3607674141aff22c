using System.Collections.Concurrent;

namespace Guardian.Detection.Latency;

/// <summary>
/// Tells how many samples at or above a limit are more than chance, if 1 % of them were there by right.
/// </summary>
/// <remarks>
/// A count k of n is significant at α when P(Binomial(n, 1 %) ≥ k) &lt; α, and never below what makes the P99 reach the
/// limit. Up to <see cref="TableLimit"/> samples the answer is exact, from one table for each α that is built by the
/// recurrences of the binomial (only + − × ÷, hence the same on every machine). Above, Bernstein's inequality is used:
/// P(X ≥ np + t) ≤ exp(−t² / (2 np(1−p) + 2t/3)); it asks for somewhat more than the exact rule, never for less.
/// Immutable, hence thread-safe. A look-up is O(log) and allocates nothing.
/// </remarks>
public sealed class BinomialSignificance
{
    /// <summary>Largest sample count with an exact answer.</summary>
    public const int TableLimit = 1 << 18;

    /// <summary>Smallest α, below which the table would lose digits.</summary>
    public const double SmallestAlpha = 1e-9;

    /// <summary>Largest α: chance reaches the P99 line itself with 1 % and more.</summary>
    public const double LargestAlpha = 1e-2;

    private const double Share = 0.01;
    private const int CacheLimit = 64;
    private static readonly ConcurrentDictionary<double, BinomialSignificance> Cache = new();

    // _largestN[k]: the largest n for which k is significant.
    private readonly int[] _largestN;
    private readonly double _logInverse;

    /// <summary>Initializes the table for one α.</summary>
    /// <param name="alpha">Probability, <see cref="SmallestAlpha"/> to <see cref="LargestAlpha"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is outside its range.</exception>
    public BinomialSignificance(double alpha)
    {
        if (!(alpha >= SmallestAlpha && alpha <= LargestAlpha))
        {
            throw new ArgumentOutOfRangeException(
                nameof(alpha), alpha, $"Condition failed: alpha = {alpha} must be from 1E-09 to 0.01.");
        }

        Alpha = alpha;
        _logInverse = -Math.Log(alpha);
        _largestN = BuildTable(alpha);
    }

    /// <summary>Gets the probability below which a count is no longer put down to chance.</summary>
    public double Alpha { get; }

    /// <summary>Gets the shared table for an α; the first 64 are kept.</summary>
    /// <param name="alpha">Probability, <see cref="SmallestAlpha"/> to <see cref="LargestAlpha"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is outside its range.</exception>
    public static BinomialSignificance ForAlpha(double alpha)
    {
        if (Cache.TryGetValue(alpha, out BinomialSignificance? known)) return known;
        var made = new BinomialSignificance(alpha);
        return Cache.Count < CacheLimit ? Cache.GetOrAdd(alpha, made) : made;
    }

    /// <summary>Gets the smallest significant count for n samples; it never falls as n grows.</summary>
    /// <param name="n">Samples, ≥ 0. For small n the answer may be above n: then no count is significant.</param>
    public long SmallestCount(long n)
    {
        if (n > TableLimit) return Math.Max(Bernstein(n), P99Rule.BreachCount(n));
        int low = 1;
        int high = _largestN.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_largestN[middle] >= n) high = middle;
            else low = middle + 1;
        }

        return Math.Max(low, P99Rule.BreachCount(n));
    }

    private long Bernstein(long n)
    {
        double third = _logInverse / 3;
        double t = third + Math.Sqrt((third * third) + (2 * _logInverse * n * Share * (1 - Share)));
        return (long)Math.Ceiling((n * Share) + t) + 1;
    }

    // Walks n upwards with tail = P(X ≥ k) and mass = P(X = k − 1), and k upwards whenever the tail reaches α. The
    // tail stays of the size of α, so the subtraction costs no digits that matter.
    private static int[] BuildTable(double alpha)
    {
        const double odds = Share / (1 - Share);
        var largest = new List<int> { 0 };
        int k = 1;
        double tail = 0;
        double mass = 1;
        for (int n = 1; n <= TableLimit; n++)
        {
            tail += Share * mass;
            mass *= (1 - Share) * n / (n - k + 1);
            while (tail >= alpha)
            {
                largest.Add(n - 1);
                mass *= odds * (n - k + 1) / k;
                tail -= mass;
                k++;
            }
        }

        largest.Add(TableLimit);
        return [.. largest];
    }
}
