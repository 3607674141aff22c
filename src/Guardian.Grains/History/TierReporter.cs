using System.Globalization;
using Guardian.Contracts;
using Guardian.Grains.Alerting;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Storage;
using Guardian.Storage.Audit;
using Guardian.Storage.History;
using Guardian.Storage.Hot;
using Guardian.Storage.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.History;

/// <summary>Tells how the tiers are, and raises what is degraded and who holds the portfolio as conditions.</summary>
public sealed partial class TierReporter(
    IJournal journal,
    IHotStore hot,
    HistoryWriter history,
    StorageHealth health,
    IAuditLog audit,
    LocalConditions local,
    HaltBoard board,
    KillFile killFile,
    IGrainFactory grains,
    SiloClock clock,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<TierReporter> logger) : BackgroundService
{
    private const double LaggingSeconds = 30;
    private const string TiersSource = "tiers";
    private const string HoldsSource = "holds";

    private TaskCompletionSource _woken = new();

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>Tells how the tiers are now.</summary>
    public DurabilityReport Report() =>
        health.Complete(new DurabilityReport { Tiers = [health.Local(), Hot(), history.Health()] });

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

    private TierHealth Hot() => new() { Tier = "L1", Store = hot.Store, Healthy = true };

    private async Task RaiseAsync()
    {
        try
        {
            IAlertGrain alerts = grains.GetGrain<IAlertGrain>(SymbolName.Live);
            await alerts.Report(TiersSource, OfTiers());
            await alerts.Report(HoldsSource, OfHolds());
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

        TierHealth tier = history.Health();
        if (!tier.Healthy || tier.LagSeconds > LaggingSeconds)
        {
            found.Add(new Condition
            {
                Name = AlertNames.HistoryLagging,
                Severity = Severity.P1,
                Scope = Scope.Portfolio,
                Key = "L2",
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"The history is {tier.LagEvents} events ({tier.LagSeconds:0.#} s) behind: {tier.LastError}"),
                Since = clock.Timestamp,
            });
        }

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
