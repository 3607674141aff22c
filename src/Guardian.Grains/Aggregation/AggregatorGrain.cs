using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.Streams;
using Guardian.Storage.Hot;
using Microsoft.Extensions.Logging;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Guardian.Grains.Aggregation;

/// <summary>Keeps the portfolio view from the summaries on the stream; a lost one is made good by the next.</summary>
[ImplicitStreamSubscription(StreamNames.Summaries)]
[GrainType("guardian-aggregator")]
public sealed partial class AggregatorGrain(
    SiloClock clock, HaltBoard board, IHotStore hot, ILogger<AggregatorGrain> logger)
    : Grain, IAggregatorGrain, IStreamSubscriptionObserver, IAsyncObserver<SummaryBatch>
{
    private static readonly TimeSpan KeepPeriod = TimeSpan.FromSeconds(1);

    private readonly PortfolioView _view = new();
    private bool _mayBeRaised = true; // A predecessor may have raised what holds no more.
    private long _keptAt;
    private Task _keeping = Task.CompletedTask;

    /// <inheritdoc/>
    public Task<PortfolioSummary> GetSummary() => Task.FromResult(_view.Summarize(this.GetPrimaryKeyString()));

    /// <inheritdoc/>
    public Task Clear()
    {
        _view.Clear(clock.Timestamp);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        await handleFactory.Create<SummaryBatch>().ResumeAsync(this);

    /// <inheritdoc/>
    public Task OnNextAsync(SummaryBatch item, StreamSequenceToken? token = null)
    {
        _view.Take(item);
        Keep();
        return ReportAsync();
    }

    /// <inheritdoc/>
    public Task OnCompletedAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    // L1 has the newest summary for whoever reads it there; at most one a second, and never waited for.
    private void Keep()
    {
        long now = clock.Now;
        if (!_keeping.IsCompleted || now - _keptAt < KeepPeriod.Ticks * 100) return;
        _keptAt = now;
        string session = this.GetPrimaryKeyString();
        PortfolioSummary summary = _view.Summarize(session) with
        {
            Holds = [.. board.Open(session)],
            TradingState = board.Beyond(session, strategy: null).State,
        };
        _keeping = hot.PutSummaryAsync(summary).AsTask();
        _keeping.Ignore();
    }

    // Said again with every batch while it holds, and once more when it does not: a lost call is made good.
    private async Task ReportAsync()
    {
        Condition[] conditions = CorrelationConditions.Of(_view.Correlated());
        if (conditions.Length == 0 && !_mayBeRaised) return;
        string session = this.GetPrimaryKeyString();
        try
        {
            await GrainFactory.GetGrain<IAlertGrain>(session).Report(CorrelationConditions.Source, conditions);
            _mayBeRaised = conditions.Length > 0;
        }
        catch (Exception error)
        {
            LogNotReported(error, session);
        }
    }

    [LoggerMessage(1601, LogLevel.Warning, "Correlated warnings of session {Session} were not reported; tried again.")]
    private partial void LogNotReported(Exception error, string session);
}
