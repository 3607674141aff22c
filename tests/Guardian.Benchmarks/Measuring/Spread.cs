namespace Guardian.Benchmarks.Measuring;

/// <summary>Smallest, middle and largest of several repeats. Immutable.</summary>
/// <param name="Min">The smallest.</param>
/// <param name="Median">The middle one.</param>
/// <param name="Max">The largest.</param>
internal sealed record Spread(double Min, double Median, double Max)
{
    /// <summary>Makes one of at least one value.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new Spread(sorted[0], median, sorted[^1]);
    }

    /// <summary>Makes one of a figure that does not scatter.</summary>
    public static Spread Of(double value) => new(value, value, value);

    /// <inheritdoc/>
    public override string ToString() =>
        Min.Equals(Max) ? Text(Median) : $"{Text(Median)} ({Text(Min)} to {Text(Max)})";

    private static string Text(double value) => Math.Abs(value) switch
    {
        0 => "0",
        < 10 => $"{value:0.00}",
        < 100 => $"{value:0.0}",
        _ => $"{value:#,0}",
    };
}
