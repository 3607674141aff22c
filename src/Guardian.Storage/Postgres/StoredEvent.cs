using Guardian.Contracts;
using Guardian.Storage.History;

namespace Guardian.Storage.Postgres;

/// <summary>An event on its way into the table.</summary>
/// <param name="Event">The event.</param>
/// <param name="Reasons">Its reasons as JSON.</param>
/// <param name="Late">Whether it came of an older epoch after a newer one had begun.</param>
internal readonly record struct StoredEvent(HistoryEvent Event, string? Reasons, bool Late);

/// <summary>What an event is known by.</summary>
internal readonly record struct EventKey(string Symbol, Epoch Epoch, long Sequence, long At)
{
    internal static EventKey Of(HistoryEvent e) => new(e.Symbol, e.Epoch, e.Sequence, e.At.UnixNanoseconds);
}
