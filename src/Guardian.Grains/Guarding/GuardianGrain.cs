using Guardian.Contracts;
using Guardian.Grains.Streams;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Dashboard;
using Orleans.Streams;

namespace Guardian.Grains.Guarding;

/// <summary>The watchman of one symbol: Orleans' side of a <see cref="GuardianLife"/>.</summary>
/// <remarks>
/// Reentrant, so that a check never waits behind a hold that waits for the disk. A live guardian's timer keeps it
/// awake: a dead feed is exactly an idle guardian.
/// </remarks>
[NoProfiling]
[Reentrant]
[GrainType("guardian")]
public sealed partial class GuardianGrain(
    GuardianServices services, SummaryPublisher publisher, ILogger<GuardianGrain> logger)
    : Grain, IGuardianGrain, IGuardianShell
{
    private GuardianLife? _life;
    private IGrainTimer? _timer;

    private GuardianLife Life => _life ?? throw new InvalidOperationException("Invariant: a call before activation.");

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken) => _life =
        await GuardianLife.BeginAsync(
            Requests.NameOf(this.GetPrimaryKeyString()),
            this.GetGrainId(),
            services,
            this,
            work => Task.Run(work, cancellationToken),
            logger);

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        publisher.Withdraw(this.GetPrimaryKeyString());
        return _life?.EndAsync() ?? Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<Decision> Check(OrderRequest order) => ValueTask.FromResult(Life.Check(order));

    /// <inheritdoc/>
    public ValueTask<ObserveResult> Observe(ObservationBatch batch) => ValueTask.FromResult(Life.Observe(batch));

    /// <inheritdoc/>
    public ValueTask<Verdict> GetVerdict() => ValueTask.FromResult(Life.GetVerdict());

    /// <inheritdoc/>
    public Task<ActionResult> Hold(HoldRequest request) => Life.Hold(request);

    /// <inheritdoc/>
    public Task<ActionResult> Release(ReleaseRequest request) => Life.Release(request);

    /// <inheritdoc/>
    public Task<ActionResult> Reset(ResetRequest request) => Life.Reset(request);

    /// <inheritdoc/>
    public Task<ActionResult> Rebaseline(RebaselineRequest request) => Life.Rebaseline(request);

    /// <inheritdoc/>
    public Task<GuardianLimits> GetLimits() => Task.FromResult(Life.GetLimits());

    /// <inheritdoc/>
    public Task<ActionResult> SetLimits(LimitsRequest request) => Life.SetLimits(request);

    /// <inheritdoc/>
    public Task Wake()
    {
        Life.Wake();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ActionResult> Forget() => Life.Forget();

    /// <inheritdoc/>
    void IGuardianShell.Tell(string session, HistoryEvent[] events) => PublishAsync(session, events).Ignore();

    /// <inheritdoc/>
    void IGuardianShell.Offer(GuardianSummary summary) => publisher.Offer(summary);

    /// <inheritdoc/>
    void IGuardianShell.Withdraw(string symbol) => publisher.Withdraw(symbol);

    /// <inheritdoc/>
    void IGuardianShell.KeepAwake(bool always)
    {
        _timer?.Dispose();
        var options = new GrainTimerCreationOptions(services.Options.TickPeriod, services.Options.TickPeriod)
        {
            KeepAlive = always, Interleave = true,
        };
        _timer = this.RegisterGrainTimer(TickAsync, options);
    }

    // From here on calls wait for the next activation, which begins once this call is over.
    void IGuardianShell.Leave() => DeactivateOnIdle();

    // A first turn may come while the life still begins.
    private Task TickAsync(CancellationToken cancellation)
    {
        _life?.Tick();
        return Task.CompletedTask;
    }

    private async Task PublishAsync(string session, HistoryEvent[] events)
    {
        try
        {
            await this.GetStreamProvider(StreamNames.Provider)
                .GetStream<HistoryEvent[]>(StreamId.Create(StreamNames.Transitions, session))
                .OnNextAsync(events);
        }
        catch (Exception error)
        {
            LogNotPublished(error, this.GetPrimaryKeyString(), events.Length);
        }
    }

    [LoggerMessage(
        1004, LogLevel.Warning, "{Count} transitions of {Symbol} were not published; the summary makes it good.")]
    private partial void LogNotPublished(Exception error, string symbol, int count);
}
