using Guardian.Contracts;

namespace Guardian.Grains.Aggregation;

/// <summary>Finds guardrails that warn, or are in breach, at many symbols at once. Pure; not thread-safe.</summary>
/// <remarks>
/// One symbol that warns is that symbol's trouble. Half of all symbols, and at least <see cref="Least"/>, that warn for
/// the same guardrail within <see cref="Window"/> have something in common: a network, a host, a venue, a model.
/// Time is session time, the latest that any symbol has told.
/// </remarks>
public sealed class WarningCorrelation
{
    /// <summary>Fewest symbols that are a correlation.</summary>
    public const int Least = 3;

    /// <summary>Most symbols named as examples.</summary>
    public const int MaximumExamples = 10;

    /// <summary>How long a warning that has ended still counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Dictionary<string, Timestamp>> _warned = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Timestamp> _since = new(StringComparer.Ordinal);
    private Timestamp _now;

    /// <summary>Takes a symbol's newest summary.</summary>
    public void Take(GuardianSummary summary)
    {
        if (summary.AsOf > _now) _now = summary.AsOf;
        string symbol = summary.Summary.Symbol;
        HashSet<string> warning = new(StringComparer.Ordinal);
        foreach (SubjectLevel level in summary.Levels)
        {
            if (level.Level >= Level.Warning) warning.Add(level.Guardrail);
        }

        foreach (string guardrail in warning)
        {
            if (!_warned.TryGetValue(guardrail, out Dictionary<string, Timestamp>? symbols))
                _warned[guardrail] = symbols = new(StringComparer.Ordinal);
            symbols[symbol] = Timestamp.None;
        }

        foreach ((string guardrail, Dictionary<string, Timestamp> symbols) in _warned)
        {
            bool ended = !warning.Contains(guardrail) && symbols.TryGetValue(symbol, out Timestamp at) && !at.HasValue;
            if (ended) symbols[symbol] = summary.AsOf;
        }
    }

    /// <summary>Tells which guardrails warn at many symbols now, by guardrail.</summary>
    /// <param name="symbols">How many symbols there are.</param>
    public CorrelatedWarning[] Find(int symbols)
    {
        List<CorrelatedWarning> found = [];
        foreach ((string guardrail, Dictionary<string, Timestamp> warned) in _warned)
        {
            string[] over = [.. warned.Where(w => IsOver(w.Value)).Select(w => w.Key)];
            foreach (string symbol in over) warned.Remove(symbol);
            if (warned.Count < Least || warned.Count * 2 < symbols)
            {
                _since.Remove(guardrail);
                continue;
            }

            _since.TryAdd(guardrail, _now);
            found.Add(new CorrelatedWarning
            {
                Guardrail = guardrail,
                Symbols = warned.Count,
                Of = symbols,
                Since = _since[guardrail],
                Examples = [.. warned.Keys.Order(StringComparer.Ordinal).Take(MaximumExamples)],
            });
        }

        return [.. found.OrderBy(c => c.Guardrail, StringComparer.Ordinal)];
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _warned.Clear();
        _since.Clear();
        _now = Timestamp.None;
    }

    private bool IsOver(Timestamp ended) =>
        ended.HasValue && _now.UnixNanoseconds - ended.UnixNanoseconds > Window.Ticks * 100;
}
