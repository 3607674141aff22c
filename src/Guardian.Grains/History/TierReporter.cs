using Guardian.Contracts;
using Guardian.Grains.Alerting;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.Placement;
using Guardian.Storage;
using Guardian.Storage.Audit;
using Guardian.Storage.GrainStorage;
using Guardian.Storage.Hot;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.History;

/// <summary>Tells how the tiers are, and raises what is degraded and who holds the portfolio as conditions.</summary>
public sealed partial class TierReporter(
    IJournal journal,
    IHotStore hot,
    TierWriters tiers,
    StorageHealth health,
    IAuditLog audit,
    LocalConditions local,
    HaltBoard board,
    SiloShare share,
    KillFile killFile,
    IGrainFactory grains,
    SiloClock clock,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<TierReporter> logger,
    GrainStorageDoor? door = null) : BackgroundService
{
    private TaskCompletionSource _woken = new();

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>Tells how the tiers are now.</summary>
    public DurabilityReport Report() =>
        health.Complete(new DurabilityReport { Tiers = [health.Local(), .. Tiers()] });

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration onStart =
            lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken);
        // What does not rest in time is told at once, everything else with the next round.
        board.OnLate(Wake);
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _woken, woken);
            await RaiseAsync();
            await Task.WhenAny(woken.Task, Task.Delay(Period, time, stoppingToken));
        }
    }

    private void Wake() => Volatile.Read(ref _woken).TrySetResult();

    // Newest values have a way of their own beside the journal's: the tier is as well as the worse of the two.
    private TierHealth[] Tiers()
    {
        TierHealth newest = hot.Health();
        TierHealth[] fed = tiers.Health();
        TierHealth[] records = door is null ? [] : [door.Health()];
        if (tiers.Of(TierNames.Hot) is null) return [newest, .. fed, .. records];
        return
        [
            .. fed.Select(tier => tier.Tier != TierNames.Hot || newest.Healthy
                ? tier
                : tier with { Healthy = false, LastError = newest.LastError }),
            .. records,
        ];
    }

    private async Task RaiseAsync()
    {
        try
        {
            IAlertGrain alerts = grains.GetGrain<IAlertGrain>(SymbolName.Live);
            await alerts.Report(SiloSource.Of(share.SiloName, "tiers"), OfTiers());
            await alerts.Report(SiloSource.Of(share.SiloName, "holds"), OfHolds());
            await board.StoreUndurableAsync(); // Last: while the disk is away it takes its time.
        }
        catch (Exception error)
        {
            LogNotRaised(error);
        }
    }

    private Condition[] OfTiers()
    {
        var found = new List<Condition>(local.Now());
        if (journal.Fault is { } fault)
            found.Add(Degraded("L3", $"The local journal can't be written: {fault}"));
        if (killFile.Fault is { } unwatched)
        {
            found.Add(P0(
                AlertNames.KillFileUnwatched,
                "kill-file",
                $"The kill file can't be watched or made: {unwatched}"));
        }

        if (board.Overdue is { Count: > 0 } undurable)
        {
            found.Add(Degraded(
                "halt-board", $"{undurable.Count} holds, latches or their ends act, but do not rest on disk yet"));
        }

        AuditState recorded = audit.State();
        if (recorded.Lost > 0 || recorded.LastError is not null)
        {
            found.Add(Degraded(
                "audit",
                $"{recorded.Waiting} human actions wait to be recorded, {recorded.Lost} were lost: "
                + (recorded.LastError ?? "too many waited at once")));
        }

        found.AddRange(TierConditions.Of(Tiers(), clock.Timestamp));
        if (health.LastCheck is { Count: > 0 } differs) found.Add(TierConditions.OfDifferences(differs));
        return [.. found];
    }

    private Condition Degraded(string key, string summary) => P0(AlertNames.PersistenceDegraded, key, summary);

    private Condition P0(string name, string key, string summary) => new()
    {
        Name = name,
        Severity = Severity.P0,
        Scope = Scope.Portfolio,
        Key = key,
        Summary = summary,
        Since = clock.Timestamp,
    };

    private Condition[] OfHolds() =>
    [
        .. board.Open(SymbolName.Live).Where(h => h.Scope != Scope.Symbol).Select(h => new Condition
        {
            Name = AlertNames.PortfolioHeld,
            Severity = Severity.P0,
            Scope = h.Scope,
            Key = h.Id,
            Summary = h.Scope == Scope.Portfolio
                ? $"The portfolio is {h.State} by {h.Actor}: {h.Reason}"
                : $"Strategy {h.Key} is {h.State} by {h.Actor}: {h.Reason}",
            Since = h.Since,
        }),
    ];

    [LoggerMessage(1501, LogLevel.Warning, "Conditions of the tiers could not be raised; they are raised again.")]
    private partial void LogNotRaised(Exception error);
}
