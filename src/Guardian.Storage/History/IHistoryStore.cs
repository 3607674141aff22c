using Guardian.Contracts;
using Guardian.Storage.Tiers;

namespace Guardian.Storage.History;

/// <summary>L2: every event of 24 h and more, in plain named columns, keyed by (symbol, epoch, sequence).</summary>
/// <remarks>Thread-safe. Appending is idempotent: what is there already is left alone.</remarks>
public interface IHistoryStore : ITierStore
{
    /// <summary>Reads a page of events.</summary>
    /// <exception cref="ArgumentException">The cursor or a bound is not valid; says which and why.</exception>
    Task<HistoryPage> QueryAsync(HistoryQuery query, CancellationToken cancellation);

    /// <summary>Reads a latency series by merging sketches, never by averaging percentiles.</summary>
    /// <exception cref="ArgumentException">Metric, range or step is not valid; says which and why.</exception>
    Task<SeriesPoint[]> SeriesAsync(SeriesQuery query, CancellationToken cancellation);
}
