using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Streams;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Guardian.Grains.Aggregation;

/// <summary>Keeps the portfolio view from the summaries on the stream; a lost one is made good by the next.</summary>
[ImplicitStreamSubscription(StreamNames.Summaries)]
[GrainType("guardian-aggregator")]
public sealed class AggregatorGrain(SiloClock clock)
    : Grain, IAggregatorGrain, IStreamSubscriptionObserver, IAsyncObserver<SummaryBatch>
{
    private readonly PortfolioView _view = new();

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
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task OnCompletedAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
