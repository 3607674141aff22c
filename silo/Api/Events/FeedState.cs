using System.Text.Json;
using Guardian.Contracts;

namespace Guardian.Silo.Api.Events;

/// <summary>What is known of a session now, and what changed last. Not thread-safe: its feed holds the lock.</summary>
internal sealed class FeedState
{
    /// <summary>How many events are kept for those who come back.</summary>
    public const int Kept = 1_024;

    private readonly Dictionary<string, (string Mark, FeedEvent Event)> _present = new(StringComparer.Ordinal);
    private readonly Queue<FeedEvent> _recent = new();
    private long _number;

    /// <summary>Takes verdicts; tells the events of those whose state changed.</summary>
    public IReadOnlyList<FeedEvent> Take(IEnumerable<Verdict> verdicts) =>
        [.. verdicts.Select(v => Put("verdict", v.Symbol, Mark(v), v)).OfType<FeedEvent>()];

    /// <summary>Takes alerts; tells the events of those whose life went on.</summary>
    public IReadOnlyList<FeedEvent> Take(IEnumerable<Alert> alerts) =>
        [.. alerts.Select(a => Put("alert", a.Id, $"{a.Status}|{a.AcknowledgedBy}|{a.Summary}", a))
            .OfType<FeedEvent>()];

    /// <summary>Takes tiers; tells the events of those whose health changed.</summary>
    public IReadOnlyList<FeedEvent> Take(DurabilityReport report) =>
        [.. report.Tiers.Select(t => Put("tier", t.Tier, $"{t.Healthy}|{t.LastError}|{t.Unrecorded > 0}", t))
            .OfType<FeedEvent>()];

    /// <summary>Forgets symbols that are on the roster no more.</summary>
    public void Keep(IReadOnlySet<string> symbols)
    {
        foreach (string gone in _present.Keys.Where(k => k.StartsWith("verdict ", StringComparison.Ordinal)
            && !symbols.Contains(k["verdict ".Length..])).ToArray())
            _present.Remove(gone);
    }

    /// <summary>Forgets alerts that are over and told.</summary>
    public void KeepAlerts(IReadOnlySet<string> ids)
    {
        foreach (string gone in _present.Keys.Where(k => k.StartsWith("alert ", StringComparison.Ordinal)
            && !ids.Contains(k["alert ".Length..])).ToArray())
            _present.Remove(gone);
    }

    /// <summary>Tells what somebody who comes must be told first.</summary>
    /// <param name="lastSeen">The last event seen; null for a newcomer.</param>
    /// <returns>What was missed, or everything that holds now where that is not known any more.</returns>
    public IReadOnlyList<FeedEvent> Since(long? lastSeen)
    {
        bool isKept = lastSeen == _number
            || (lastSeen < _number && _recent.TryPeek(out FeedEvent? oldest) && oldest.Number <= lastSeen + 1);
        if (isKept)
            return [.. _recent.Where(e => e.Number > lastSeen)];
        return [.. _present.Values.Select(p => p.Event).OrderBy(e => e.Number)];
    }

    // A verdict moves with every sample; what people must hear of is its state, not its readings' last digit.
    private static string Mark(Verdict verdict) => string.Join('|',
        verdict.TradingState, verdict.Level, verdict.Breaker, verdict.Episode, verdict.SizeFactor,
        verdict.Provenance.Unverified,
        string.Join(',', verdict.Reasons.Select(r => $"{r.Code}/{r.Subject}")),
        string.Join(',', verdict.Readings.Select(r => $"{r.Guardrail}/{r.Subject}/{r.Level}")));

    private FeedEvent? Put<T>(string type, string key, string mark, T value)
    {
        string id = $"{type} {key}";
        if (_present.TryGetValue(id, out (string Mark, FeedEvent Event) known)
            && string.Equals(known.Mark, mark, StringComparison.Ordinal))
            return null;
        FeedEvent item = new(++_number, type, JsonSerializer.Serialize(value, GuardianJson.Options));
        _present[id] = (mark, item);
        _recent.Enqueue(item);
        if (_recent.Count > Kept) _recent.Dequeue();
        return item;
    }
}
