using Guardian.Contracts;
using Guardian.Grains.Auditing;
using Guardian.Grains.Guarding;
using Guardian.Grains.Streams;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Guardian.Grains.Alerting;

/// <summary>Owns the life of every alert of a session, fed by the conditions in the summaries.</summary>
/// <remarks>
/// Its book is stored after every step; an alert that a crash caught between comes again with its condition.
/// </remarks>
[ImplicitStreamSubscription(StreamNames.Summaries)]
[GrainType("guardian-alerts")]
public sealed partial class AlertGrain(
    [PersistentState("alerts", AlertGrain.StorageName)] IPersistentState<AlertBookState> stored,
    SiloClock clock,
    HumanActions people,
    ILogger<AlertGrain> logger) : Grain, IAlertGrain, IStreamSubscriptionObserver, IAsyncObserver<SummaryBatch>
{
    /// <summary>Name of the grain storage.</summary>
    public const string StorageName = "guardian-alerts";

    private const int MaximumHistory = 1_000;
    private const int MaximumTold = 10_000;

    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(500);

    private readonly AlertBook _book = new();
    private long _storedVersion;
    private readonly Dictionary<string, Timestamp> _told = new(StringComparer.Ordinal);
    private Timestamp _cleared;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _book.Load(stored.State);
        foreach (string source in _book.Sources.Where(SiloSource.Is)) _told[source] = clock.Timestamp;
        _storedVersion = _book.Version;
        bool live = string.Equals(this.GetPrimaryKeyString(), SymbolName.Live, StringComparison.Ordinal);
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickPeriod, TickPeriod) { KeepAlive = live });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Alert[]> GetAlerts(bool withResolved)
    {
        _book.Advance(clock.Now);
        return Task.FromResult(_book.List(withResolved));
    }

    /// <inheritdoc/>
    public Task<AlertStep[]> GetHistory(int limit) =>
        Task.FromResult(_book.Steps.Reverse().Take(Math.Clamp(limit, 1, MaximumHistory)).ToArray());

    /// <inheritdoc/>
    public Task<ActionResult> Acknowledge(AcknowledgeRequest request) => people.AcknowledgeAsync(
        request, this.GetPrimaryKeyString(), () => AcknowledgeAsync(request));

    private async Task<ActionResult> AcknowledgeAsync(AcknowledgeRequest request)
    {
        if (Requests.ActorError(request.Actor, request.Reason) is { } message) return Requests.Invalid(message);
        if (!_book.Acknowledge(request.Id, request.Actor, clock.Now))
        {
            return new ActionResult
            {
                Code = "unknown-alert",
                Id = request.Id,
                Message = $"Condition failed: no pending or firing alert has the id '{request.Id}'; list the alerts.",
            };
        }

        bool durable = await StoreAsync();
        return new ActionResult
        {
            Done = true, Code = "acknowledged", Id = request.Id, Durable = durable ? Durability.Full : Durability.None,
        };
    }

    /// <inheritdoc/>
    public Task Report(string source, Condition[] conditions)
    {
        if (_told.Count >= MaximumTold) _told.Clear();
        _told[source] = clock.Timestamp;
        _book.Report(source, conditions, clock.Now);
        return StoreAsync();
    }

    /// <inheritdoc/>
    public Task Clear()
    {
        _book.Load(new AlertBookState());
        _storedVersion = -1;
        _cleared = clock.Timestamp;
        return StoreAsync();
    }

    /// <inheritdoc/>
    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        await handleFactory.Create<SummaryBatch>().ResumeAsync(this);

    /// <inheritdoc/>
    public Task OnNextAsync(SummaryBatch item, StreamSequenceToken? token = null)
    {
        if (item.SentAt < _cleared) return Task.CompletedTask; // Of guardians that have been forgotten since.
        long now = clock.Now;
        foreach (GuardianSummary summary in item.Items)
        {
            // What was told directly is newer than what was on its way: a removed symbol's alert must stay ended.
            if (item.SentAt < _told.GetValueOrDefault(summary.Summary.Symbol)) continue;
            _book.Report(summary.Summary.Symbol, summary.Conditions, now);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task OnCompletedAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex)
    {
        LogStreamError(ex);
        return Task.CompletedTask;
    }

    private Task TickAsync(CancellationToken cancellation)
    {
        long now = clock.Now;
        long before = now - (SiloSource.Lifetime.Ticks * 100);
        foreach (string source in _told.Where(t => SiloSource.Is(t.Key) && t.Value.UnixNanoseconds < before)
            .Select(t => t.Key).ToArray())
        {
            _told.Remove(source);
            _book.Report(source, [], now); // The silo is gone: nobody tells any more how it is.
        }

        _book.Advance(now);
        return StoreAsync();
    }

    private async Task<bool> StoreAsync()
    {
        if (_book.Version == _storedVersion) return true;
        long version = _book.Version;
        stored.State = _book.Save();
        try
        {
            await stored.WriteStateAsync();
            _storedVersion = version;
            return true;
        }
        catch (Exception error)
        {
            LogNotStored(error);
            if (error is InconsistentStateException) DeactivateOnIdle(); // Another life wrote: read its book anew.
            return false;
        }
    }

    [LoggerMessage(1301, LogLevel.Error, "The alert book could not be stored; it is tried again at the next step.")]
    private partial void LogNotStored(Exception error);

    [LoggerMessage(1302, LogLevel.Warning, "The summaries' stream reported an error; the next summary makes it good.")]
    private partial void LogStreamError(Exception error);
}
