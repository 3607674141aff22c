using Guardian.Contracts;
using Guardian.Grains.Auditing;
using Guardian.Grains.Placement;
using Guardian.Grains.Streams;
using Guardian.Grains.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Dashboard;
using Orleans.Runtime.Placement;
using Orleans.Streams;

namespace Guardian.Grains.Guarding;

/// <summary>The watchman of one symbol: Orleans' side of a <see cref="GuardianLife"/>.</summary>
/// <remarks>
/// Reentrant, so that a check never waits behind a hold that waits for the disk. A live guardian stays in memory: a
/// dead feed is exactly an idle guardian.
/// </remarks>
[NoProfiling]
[Reentrant]
[GuardianPlacement]
[GrainType("guardian")]
public sealed partial class GuardianGrain(
    GuardianServices services,
    SummaryPublisher publisher,
    HumanActions people,
    SiloShare share,
    GuardianTicker ticker,
    LoadKeeper loads,
    GuardianMetrics metrics,
    ILogger<GuardianGrain> logger)
    : Grain, IGuardianGrain, IGuardianShell, IGrainMigrationParticipant
{
    private const string GuestKey = "guardian-guest";

    // Longer than any process lives.
    private static readonly TimeSpan Always = TimeSpan.FromDays(36_500);

    private GuardianLife? _life;
    private GuardianPulse? _pulse;
    private GuardianWork _work = new(isGuest: false);
    private bool _comesAsGuest;
    private bool _goes;

    private SymbolName Name => Life.Core.Name;

    private GuardianLife Life => _life ?? throw new InvalidOperationException("Invariant: a call before activation.");

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _life = await GuardianLife.BeginAsync(
            Requests.NameOf(this.GetPrimaryKeyString()),
            this.GetGrainId(),
            services,
            this,
            work => Task.Run(work, cancellationToken),
            logger);
        _work = loads.Came(this.GetPrimaryKeyString(), _comesAsGuest);
        _pulse = new GuardianPulse(Name.Key, _work, Life.IsDue, Tick, TaskScheduler.Current, logger);
        ticker.Came(_pulse);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        publisher.Withdraw(this.GetPrimaryKeyString());
        if (_life is null) return Task.CompletedTask;
        if (_pulse is not null) ticker.Went(_pulse);
        _goes = true;
        loads.Went(this.GetPrimaryKeyString(), _work);
        return _life.EndAsync();
    }

    /// <inheritdoc/>
    public void OnDehydrate(IDehydrationContext dehydrationContext)
    {
        // Its state comes from the tiers, as after a death; all that it takes along is why it moves.
        if (_work.Target is not null) dehydrationContext.TryAddValue(GuestKey, true);
    }

    /// <inheritdoc/>
    public void OnRehydrate(IRehydrationContext rehydrationContext) =>
        _comesAsGuest = rehydrationContext.TryGetValue(GuestKey, out bool isGuest) && isGuest;

    /// <inheritdoc/>
    public ValueTask<Decision> Check(OrderRequest order)
    {
        long started = GuardianMetrics.BeginCheck();
        Decision decision = Life.Check(order);
        metrics.Checked(decision, started);
        _work.Did(1);
        return ValueTask.FromResult(decision);
    }

    /// <inheritdoc/>
    public ValueTask<ObserveResult> Observe(ObservationBatch batch) =>
        services.Directory.WhyNotIssued(Name.Session, batch) is { } message
            ? new ValueTask<ObserveResult>(AskAroundAsync(batch, message))
            : ValueTask.FromResult(Observed(batch));

    /// <inheritdoc/>
    public ValueTask<Verdict> GetVerdict() => ValueTask.FromResult(Life.GetVerdict());

    /// <inheritdoc/>
    public Task<ActionResult> Hold(HoldRequest request) => people.HoldAsync(
        request with { Session = Name.Session }, $"symbol {Name.Key}", () => Life.Hold(request));

    /// <inheritdoc/>
    public Task<ActionResult> Release(ReleaseRequest request) =>
        people.ReleaseAsync(request, Name.Session, () => Life.Release(request));

    /// <inheritdoc/>
    public Task<ActionResult> Reset(ResetRequest request) =>
        people.ResetAsync(request, Name, () => Life.Reset(request));

    /// <inheritdoc/>
    public Task<ActionResult> Rebaseline(RebaselineRequest request) =>
        people.RebaselineAsync(request, Name, () => Life.Rebaseline(request));

    /// <inheritdoc/>
    public Task<GuardianLimits> GetLimits() => Task.FromResult(Life.GetLimits());

    /// <inheritdoc/>
    public Task<ActionResult> SetLimits(LimitsRequest request) =>
        people.LimitsAsync(request, Name, () => Life.SetLimits(request));

    /// <inheritdoc/>
    public Task Wake()
    {
        Life.Wake();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ActionResult> Forget() => Life.Forget();

    /// <inheritdoc/>
    void IGuardianShell.Tell(string session, HistoryEvent[] events)
    {
        metrics.Changed(events);
        PublishAsync(session, events).Ignore();
    }

    /// <inheritdoc/>
    void IGuardianShell.Offer(GuardianSummary summary) => publisher.Offer(summary);

    /// <inheritdoc/>
    void IGuardianShell.Withdraw(string symbol) => publisher.Withdraw(symbol);

    /// <inheritdoc/>
    void IGuardianShell.KeepAwake(bool always) => DelayDeactivation(always ? Always : TimeSpan.Zero);

    // From here on calls wait for the next activation, which begins once this call is over.
    void IGuardianShell.Leave() => DeactivateOnIdle();

    private ObserveResult Observed(ObservationBatch batch)
    {
        ObserveResult result = Life.Observe(batch);
        metrics.Observed(result);
        _work.Did(result.Accepted);
        return result;
    }

    // Another silo may have issued the epoch a moment ago.
    private async Task<ObserveResult> AskAroundAsync(ObservationBatch batch, string message)
    {
        if (services.Directory.IsShared)
        {
            await services.Directory.RefreshAsync();
            if (services.Directory.WhyNotIssued(Name.Session, batch) is null) return Observed(batch);
        }

        return new ObserveResult { Code = ObserveCode.Invalid, Message = message };
    }

    // A turn that it was called to just before it went may come while it ends: what it has withdrawn stays withdrawn.
    private void Tick()
    {
        if (_goes) return;
        Life.Tick();
        MoveWhereDue();
    }

    private void MoveWhereDue()
    {
        if (_work.Target is { } target)
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, target);
            MigrateOnIdle();
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
        else if (!_work.IsGuest && share.MayMove(Name.Key))
        {
            MigrateOnIdle();
        }
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
