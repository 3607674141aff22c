using Guardian.Contracts;

namespace Guardian.Storage.History;

/// <summary>Bounds of what may be asked of the history; every store holds to them.</summary>
internal static class HistoryRules
{
    internal const long MostWindows = 10_000;

    private const string LatencyPrefix = "latency.";

    internal static void Check(HistoryQuery query)
    {
        CheckSymbol(query.Symbol);
        if (query.Limit is < 1 or > HistoryQuery.MaximumLimit)
        {
            throw Fault(nameof(query), $"limit is {query.Limit}; it takes 1 to {HistoryQuery.MaximumLimit}.");
        }

        if (query.From.HasValue && query.To.HasValue && query.To <= query.From)
            throw Fault(nameof(query), $"to is {query.To}; it must be after from ({query.From}).");
        foreach (HistoryKind kind in query.Kinds)
        {
            if (!Enum.IsDefined(kind))
                throw Fault(nameof(query), $"kind {(int)kind} is unknown; known are {string.Join(", ", Names())}.");
        }
    }

    /// <summary>Checks a series query.</summary>
    /// <returns>The stage.</returns>
    internal static string Check(SeriesQuery query)
    {
        CheckSymbol(query.Symbol);
        if (!query.Metric.StartsWith(LatencyPrefix, StringComparison.Ordinal)
            || query.Metric.Length == LatencyPrefix.Length)
        {
            throw Fault(
                nameof(query), $"metric is '{query.Metric}'; it takes latency.STAGE, such as latency.market-data.");
        }

        if (!query.From.HasValue || !query.To.HasValue)
            throw Fault(nameof(query), "from and to are both needed for a series.");
        if (query.To <= query.From)
            throw Fault(nameof(query), $"to is {query.To}; it must be after from ({query.From}).");
        if (query.Step < TimeSpan.FromSeconds(1) || query.Step > TimeSpan.FromDays(1))
            throw Fault(nameof(query), $"step is {query.Step:c}; it takes 1 s to 1 day.");
        Int128 range = (Int128)query.To.UnixNanoseconds - query.From.UnixNanoseconds;
        Int128 windows = range / Nanoseconds(query.Step);
        if (windows > MostWindows)
        {
            throw Fault(
                nameof(query), $"the range has {windows} windows; it takes up to {MostWindows}. Widen the step.");
        }

        return query.Metric[LatencyPrefix.Length..];
    }

    internal static long Nanoseconds(TimeSpan span) => span.Ticks * 100;

    internal static ArgumentException Fault(string parameter, string text) =>
        new("Condition failed: " + text, parameter);

    private static void CheckSymbol(string symbol)
    {
        if (!SymbolName.TryParse(symbol, out _, out string error)) throw new ArgumentException(error, nameof(symbol));
    }

    private static IEnumerable<string> Names() => Enum.GetNames<HistoryKind>().Select(name => name.ToLowerInvariant());
}
