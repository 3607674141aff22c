using System.Globalization;

namespace Guardian.Silo.Api.Events;

/// <summary>Holds the feed of each session that somebody listens to. Thread-safe.</summary>
internal sealed class EventHub(IGrainFactory grains, TimeProvider time, ILogger<EventHub> log) : IDisposable
{
    private readonly Dictionary<string, EventFeed> _feeds = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    // A restarted silo counts anew: ids of its former life must not be taken for its own.
    private readonly string _life =
        time.GetUtcNow().ToUnixTimeMilliseconds().ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Begins to listen to a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="lastEventId">The header <c>Last-Event-ID</c>; one of another life or form counts as none.</param>
    /// <exception cref="RequestRefusedException">Too many listen, or to too many sessions.</exception>
    public (EventFeed Feed, Listener Listener) Join(string session, string? lastEventId)
    {
        lock (_gate)
        {
            if (_feeds.Values.Sum(f => f.Listeners) >= ApiLimits.EventListeners)
                throw TooMany("listeners", ApiLimits.EventListeners);
            if (!_feeds.TryGetValue(session, out EventFeed? feed))
            {
                if (_feeds.Count >= ApiLimits.EventSessions) DropIdle();
                if (_feeds.Count >= ApiLimits.EventSessions) throw TooMany("sessions", ApiLimits.EventSessions);
                _feeds[session] = feed = new EventFeed(session, $"{_life}.{session}", grains, time, log);
            }

            return (feed, feed.Join(SseFrame.ReadLastEventId(feed.Name, lastEventId)));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (EventFeed feed in _feeds.Values) feed.Dispose();
        }
    }

    private static RequestRefusedException TooMany(string what, int limit) => new(Refusal.Of(
        what, limit.ToString(CultureInfo.InvariantCulture), $"at most {limit} of /events at a time",
        StatusCodes.Status429TooManyRequests));

    private void DropIdle()
    {
        foreach ((string session, EventFeed feed) in _feeds.Where(f => f.Value.Listeners == 0).ToArray())
        {
            feed.Dispose();
            _feeds.Remove(session);
        }
    }
}
