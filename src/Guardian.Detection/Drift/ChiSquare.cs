namespace Guardian.Detection.Drift;

/// <summary>The χ² distribution for whole degrees of freedom. Thread-safe: it has no state.</summary>
/// <remarks>
/// The regularised incomplete gamma function by its series below a + 1 and its continued fraction above (Numerical
/// Recipes 6.2); the quantile by bisection, which needs no starting value and ends at neighbouring doubles.
/// </remarks>
public static class ChiSquare
{
    /// <summary>The most degrees of freedom that are served.</summary>
    public const int MaxDegrees = 200;

    private const int MaxIterations = 1000;
    private const double HalfLogPi = 0.57236494292470008707;

    /// <summary>Computes the value that a χ² variable stays below with probability <paramref name="p"/>.</summary>
    /// <param name="p">Probability, from 0 up to but without 1.</param>
    /// <param name="degrees">Degrees of freedom, 1 to <see cref="MaxDegrees"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double Quantile(double p, int degrees)
    {
        if (p is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "Condition failed: p must be in [0, 1).");
        double low = 0;
        double high = degrees + 10;
        while (Probability(high, degrees) < p) high *= 2;
        while (true)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high) return middle;
            if (Probability(middle, degrees) < p) low = middle;
            else high = middle;
        }
    }

    /// <summary>Computes the probability that a χ² variable is at most <paramref name="x"/>.</summary>
    /// <param name="x">The value; below 0 counts as 0.</param>
    /// <param name="degrees">Degrees of freedom, 1 to <see cref="MaxDegrees"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double Probability(double x, int degrees)
    {
        if (degrees is < 1 or > MaxDegrees)
        {
            throw new ArgumentOutOfRangeException(
                nameof(degrees), degrees, $"Condition failed: degrees must be in [1, {MaxDegrees}].");
        }

        if (double.IsNaN(x)) throw new ArgumentOutOfRangeException(nameof(x), x, "Condition failed: x is NaN.");
        if (x <= 0) return 0;
        if (double.IsPositiveInfinity(x)) return 1;
        double a = degrees / 2.0;
        double half = x / 2;
        double factor = Math.Exp((a * Math.Log(half)) - half - LogGammaOfHalf(degrees));
        return half < a + 1 ? factor * LowerSeries(a, half) : 1 - (factor * UpperFraction(a, half));
    }

    /// <summary>ln Γ(degrees / 2), by Γ(a + 1) = a Γ(a) from Γ(½) = √π or Γ(1) = 1.</summary>
    private static double LogGammaOfHalf(int degrees)
    {
        double sum = degrees % 2 == 1 ? HalfLogPi : 0;
        for (int i = degrees % 2 == 1 ? 1 : 2; i < degrees; i += 2) sum += Math.Log(i / 2.0);
        return sum;
    }

    private static double LowerSeries(double a, double x)
    {
        double term = 1 / a;
        double sum = term;
        for (int i = 1; i < MaxIterations && term > sum * double.Epsilon; i++)
        {
            term *= x / (a + i);
            double next = sum + term;
            if (next <= sum) break;
            sum = next;
        }

        return sum;
    }

    /// <summary>Lentz's way through the continued fraction of the upper function.</summary>
    private static double UpperFraction(double a, double x)
    {
        const double tiny = 1e-300;
        double b = x + 1 - a;
        double c = 1 / tiny;
        double d = 1 / b;
        double h = d;
        for (int i = 1; i < MaxIterations; i++)
        {
            double an = -i * (i - a);
            b += 2;
            d = (an * d) + b;
            if (Math.Abs(d) < tiny) d = tiny;
            c = b + (an / c);
            if (Math.Abs(c) < tiny) c = tiny;
            d = 1 / d;
            double step = d * c;
            h *= step;
            if (Math.Abs(step - 1) < 1e-16) break;
        }

        return h;
    }
}
