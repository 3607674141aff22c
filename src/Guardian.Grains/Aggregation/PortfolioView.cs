using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Latency;

namespace Guardian.Grains.Aggregation;

/// <summary>
/// The view over all guardians of a session: merged windows, counts by state, the worst. Pure; not thread-safe.
/// </summary>
public sealed class PortfolioView
{
    /// <summary>Most symbols among the worst.</summary>
    public const int MaximumWorst = 10;

    private readonly Dictionary<string, GuardianSummary> _symbols = new(StringComparer.Ordinal);
    private readonly WarningCorrelation _correlation = new();
    private Timestamp _cleared;

    /// <summary>Takes summaries; one of an older epoch or sequence than the known one is ignored.</summary>
    public void Take(SummaryBatch batch)
    {
        if (batch.SentAt < _cleared) return;
        foreach (GuardianSummary summary in batch.Items)
        {
            string symbol = summary.Summary.Symbol;
            if (_symbols.TryGetValue(symbol, out GuardianSummary? known) && IsOlder(summary, known)) continue;
            _symbols[symbol] = summary;
            _correlation.Take(summary);
        }

        if (batch.SentAt > AsOf) AsOf = batch.SentAt;
    }

    /// <summary>Gets the wall time of the newest batch.</summary>
    public Timestamp AsOf { get; private set; }

    /// <summary>Tells which guardrails warn at many symbols at once.</summary>
    public CorrelatedWarning[] Correlated() => _correlation.Find(_symbols.Count);

    /// <summary>Forgets everything, also what is still on its way: epochs may begin anew from here.</summary>
    /// <param name="now">Wall time; batches sent before it are ignored.</param>
    public void Clear(Timestamp now)
    {
        _symbols.Clear();
        _correlation.Clear();
        _cleared = now;
    }

    /// <summary>Makes the summary of a session; holds are added by who keeps them.</summary>
    public PortfolioSummary Summarize(string session) => new()
    {
        Session = session,
        AsOf = AsOf,
        Symbols = _symbols.Count,
        ByTradingState = _symbols.Values.GroupBy(s => s.Summary.TradingState).ToDictionary(g => g.Key, g => g.Count()),
        ByLevel = _symbols.Values.GroupBy(s => s.Summary.Level).ToDictionary(g => g.Key, g => g.Count()),
        Latency = MergeLatency(),
        Worst = Worst(),
        Drift = DriftMerge.Merge(_symbols.Values),
        Correlated = Correlated(),
    };

    private static bool IsOlder(GuardianSummary summary, GuardianSummary known) =>
        summary.Epoch < known.Epoch || (summary.Epoch == known.Epoch && summary.Sequence < known.Sequence);

    private SymbolSummary[] Worst() =>
    [
        .. _symbols.Values.Select(s => s.Summary)
            .Where(s => s.TradingState != TradingState.Active || s.Level >= Level.Warning)
            .OrderByDescending(s => s.TradingState).ThenByDescending(s => s.Level)
            .ThenBy(s => s.Symbol, StringComparer.Ordinal).Take(MaximumWorst),
    ];

    private StageLatency[] MergeLatency()
    {
        var merged = new SortedDictionary<string, (LatencyHistogram Window, int Symbols)>(StringComparer.Ordinal);
        foreach (StageWindow window in _symbols.Values.SelectMany(s => s.Windows))
        {
            var reader = new StateReader(window.Histogram);
            LatencyHistogram read = LatencyHistogram.Read(ref reader);
            if (merged.TryGetValue(window.Stage, out (LatencyHistogram Window, int Symbols) known))
            {
                known.Window.Merge(read);
                merged[window.Stage] = (known.Window, known.Symbols + 1);
            }
            else
            {
                merged[window.Stage] = (read, 1);
            }
        }

        return
        [
            .. merged.Where(m => m.Value.Window.Count > 0).Select(m => Map(m.Key, m.Value.Window, m.Value.Symbols)),
        ];
    }

    private static StageLatency Map(string stage, LatencyHistogram window, int symbols) => new()
    {
        Stage = stage,
        Count = window.Count,
        P50 = Milliseconds(window.Percentile(500)),
        P90 = Milliseconds(window.Percentile(900)),
        P99 = Milliseconds(window.Percentile(990)),
        P999 = Milliseconds(window.Percentile(999)),
        Maximum = Milliseconds(window.Maximum),
        Symbols = symbols,
    };

    private static double Milliseconds(long? microseconds) => (microseconds ?? 0) / 1_000d;
}
