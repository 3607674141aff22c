using System.Threading.Channels;
using Guardian.Contracts;

namespace Guardian.Silo.Api.Events;

/// <summary>One listener of a feed: what comes first, then what comes later. Disposing leaves the feed.</summary>
internal sealed class Listener(EventFeed feed, IReadOnlyList<FeedEvent> first, Channel<FeedEvent> channel) : IDisposable
{
    /// <summary>Gets what was missed, or all that holds now.</summary>
    public IReadOnlyList<FeedEvent> First => first;

    /// <summary>Gets what comes later; completes when the listener is too slow, who may come back and resume.</summary>
    public ChannelReader<FeedEvent> Later => channel.Reader;

    /// <summary>Gets the writing end, for the feed.</summary>
    public ChannelWriter<FeedEvent> Writer => channel.Writer;

    /// <inheritdoc/>
    public void Dispose() => feed.Leave(this);
}

/// <summary>Asks the grains of a session four times a second and tells listeners what changed. Thread-safe.</summary>
/// <remarks>Asking is shared by all listeners and stops with the last of them.</remarks>
internal sealed partial class EventFeed : IDisposable
{
    /// <summary>Time between two rounds.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private const int Backlog = 4_096;
    private const int RoundsPerTierCheck = 4;
    private readonly string _session;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly FeedState _state = new();
    private readonly HashSet<Listener> _listeners = [];
    private CancellationTokenSource? _asking;
    private bool _failing;

    /// <summary>Initializes the feed of a session; nothing is asked before somebody listens.</summary>
    public EventFeed(string session, string name, IGrainFactory grains, TimeProvider time, ILogger log)
    {
        _session = session;
        Name = name;
        _grains = grains;
        _time = time;
        _log = log;
    }

    /// <summary>Gets the name that marks the ids of this feed's life.</summary>
    public string Name { get; }

    /// <summary>Gets the number of listeners.</summary>
    public int Listeners
    {
        get
        {
            lock (_gate) return _listeners.Count;
        }
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="lastSeen">The last event seen; null for a newcomer.</param>
    public Listener Join(long? lastSeen)
    {
        Channel<FeedEvent> channel = Channel.CreateBounded<FeedEvent>(
            new BoundedChannelOptions(Backlog) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        lock (_gate)
        {
            Listener listener = new(this, _state.Since(lastSeen), channel);
            _listeners.Add(listener);
            if (_asking is null)
            {
                _asking = new CancellationTokenSource();
                CancellationToken stop = _asking.Token;
                _ = Task.Run(() => AskAsync(stop), stop);
            }

            return listener;
        }
    }

    /// <summary>Ends listening.</summary>
    public void Leave(Listener listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
            listener.Writer.TryComplete();
            if (_listeners.Count > 0 || _asking is null) return;
            _asking.Cancel();
            _asking.Dispose();
            _asking = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _asking?.Cancel();
            _asking?.Dispose();
            _asking = null;
        }
    }

    private async Task AskAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(Period, _time);
        try
        {
            for (int round = 0; ; round = (round + 1) % RoundsPerTierCheck)
            {
                await AskOnceAsync(withTiers: round == 0, stop);
                await timer.WaitForNextTickAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The last listener left.
        }
    }

    private async Task AskOnceAsync(bool withTiers, CancellationToken stop)
    {
        try
        {
            RosterEntry[] roster = await _grains.GetGrain<IPortfolioGrain>(_session).GetRoster();
            Verdict[] verdicts = await Task.WhenAll(
                roster.Select(e => _grains.GetGrain<IGuardianGrain>(e.Symbol).GetVerdict().AsTask()));
            Alert[] alerts = await _grains.GetGrain<IAlertGrain>(_session).GetAlerts(withResolved: true);
            DurabilityReport? tiers = withTiers ? await _grains.GetGrain<IHistoryGrain>(0).GetDurability() : null;
            stop.ThrowIfCancellationRequested();
            Tell(roster, verdicts, alerts, tiers);
            _failing = false;
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // Said once: the next rounds try again, and the listeners see comments in the meantime.
            if (!_failing) AskingFailed(_log, problem, _session);
            _failing = true;
        }
    }

    private void Tell(RosterEntry[] roster, Verdict[] verdicts, Alert[] alerts, DurabilityReport? tiers)
    {
        lock (_gate)
        {
            _state.Keep(roster.Select(e => e.Symbol).ToHashSet(StringComparer.Ordinal));
            _state.KeepAlerts(alerts.Select(a => a.Id).ToHashSet(StringComparer.Ordinal));
            FeedEvent[] events =
                [.. _state.Take(verdicts), .. _state.Take(alerts), .. tiers is null ? [] : _state.Take(tiers)];
            foreach (Listener listener in _listeners)
            {
                // Too slow a listener is let go: it comes back with the last id and gets what it missed.
                if (events.Any(e => !listener.Writer.TryWrite(e))) listener.Writer.TryComplete();
            }
        }
    }

    [LoggerMessage(4110, LogLevel.Warning, "The events of session {Session} can't be asked for; trying again.")]
    private static partial void AskingFailed(ILogger logger, Exception problem, string session);
}
