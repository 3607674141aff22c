using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.History;
using Guardian.Grains.Placement;
using Microsoft.Extensions.Hosting;

namespace Guardian.Grains.Telemetry;

/// <summary>The meter <c>Guardian</c>: what this silo's guardians did, and how it and its tiers are. Thread-safe.
/// </summary>
/// <remarks>
/// No series has a symbol: their number is bounded. Explained one by one in docs/reference/metrics.md. Hosted, so that
/// it is there from the start and not with the first guardian.
/// </remarks>
public sealed class GuardianMetrics : IHostedService, IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Guardian";

    /// <summary>The histogram of decisions, seconds.</summary>
    public const string CheckDuration = "guardian.check.duration";

    /// <summary>One decision in so many of a thread is timed, its first to begin with.</summary>
    /// <remarks>Percentiles are those of all, and most decisions read no clock for it.</remarks>
    public const int TimedOneIn = 8;

    [ThreadStatic]
    private static uint _begun;

    private readonly Meter _meter;
    private readonly ConcurrentDictionary<string, StrongBox<long>> _checks = new(StringComparer.Ordinal);
    private readonly Histogram<double> _checkDuration;
    private readonly Counter<long> _observations;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _transitions;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">Makes the meter.</param>
    /// <param name="tiers">Tells how the tiers are.</param>
    /// <param name="board">Tells what is held.</param>
    /// <param name="share">Tells which silos there are.</param>
    /// <param name="ticker">Tells how many guardians there are.</param>
    /// <param name="loads">Tells which of them moved for their load.</param>
    public GuardianMetrics(
        IMeterFactory meters,
        TierReporter tiers,
        HaltBoard board,
        SiloShare share,
        GuardianTicker ticker,
        LoadKeeper loads)
    {
        _meter = meters.Create(MeterName);
        _meter.CreateObservableCounter(
            "guardian.checks", CountChecks, "{check}", "Orders that were decided, by code.");
        _checkDuration = _meter.CreateHistogram<double>(
            CheckDuration, "s", "Time of a decision on the guardian's turn; one in eight is timed.");
        _observations = _meter.CreateCounter<long>(
            "guardian.observations", "{observation}", "Observations that were folded.");
        _refused = _meter.CreateCounter<long>(
            "guardian.observations.refused", "{observation}", "Observations that were refused as invalid.");
        _transitions = _meter.CreateCounter<long>(
            "guardian.transitions", "{transition}", "Changes of level or breaker, by guardrail and what it became.");
        _observations.Add(0); // There from the start: what never rose can be told from what is not counted.
        _refused.Add(0);
        _meter.CreateObservableUpDownCounter(
            "guardian.guardians", () => ticker.Count, "{guardian}", "Guardians on this silo.");
        _meter.CreateObservableUpDownCounter(
            "guardian.guests", () => loads.Guests, "{guardian}", "Guardians that are here for their load.");
        _meter.CreateObservableCounter(
            "guardian.load.moves", () => loads.Moved, "{guardian}", "Guardians given to a silo with less to do.");
        _meter.CreateObservableGauge(
            "guardian.silos", () => share.Active.Count, "{silo}", "Active silos as this one knows them.");
        _meter.CreateObservableGauge(
            "guardian.halts.open", () => board.Entries.Count(h => h.IsOpen), "{halt}", "Open holds and latches.");
        _meter.CreateObservableGauge(
            "guardian.halts.undurable", () => board.Undurable.Count, "{halt}", "Halts that act and do not rest yet.");
        _meter.CreateObservableGauge(
            "guardian.tier.healthy", () => Of(tiers, t => t.Healthy ? 1.0 : 0.0), null, "Whether a tier is well.");
        _meter.CreateObservableGauge(
            "guardian.tier.lag.seconds", () => Of(tiers, t => t.LagSeconds), "s", "Age of what a tier lacks.");
        _meter.CreateObservableGauge(
            "guardian.tier.lag.events", () => Of(tiers, t => (double)t.LagEvents), "{event}", "What a tier lacks.");
    }

    /// <summary>Begins a decision.</summary>
    /// <returns>When, <see cref="Stopwatch.GetTimestamp"/>; 0: it is not timed.</returns>
    public static long BeginCheck() => _begun++ % TimedOneIn == 0 ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Counts a decision.</summary>
    /// <param name="decision">What was answered.</param>
    /// <param name="started">What <see cref="BeginCheck"/> returned.</param>
    public void Checked(Decision decision, long started)
    {
        if (started != 0) _checkDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        // Counted here and told when somebody asks: an instrument with a label would cost more than the decision.
        if (!_checks.TryGetValue(decision.Code, out StrongBox<long>? count))
            count = _checks.GetOrAdd(decision.Code, _ => new StrongBox<long>());
        Interlocked.Increment(ref count.Value);
    }

    /// <summary>Counts a batch.</summary>
    public void Observed(ObserveResult result)
    {
        if (result.Accepted > 0) _observations.Add(result.Accepted);
        if (result.Errors.Length > 0) _refused.Add(result.Errors.Length);
    }

    /// <summary>Counts transitions.</summary>
    public void Changed(HistoryEvent[] transitions)
    {
        foreach (HistoryEvent one in transitions)
        {
            _transitions.Add(
                1,
                KeyValuePair.Create<string, object?>("guardrail", one.Guardrail),
                KeyValuePair.Create<string, object?>("to", one.To));
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> CountChecks() =>
    [
        .. _checks.Select(one => new Measurement<long>(
            Volatile.Read(ref one.Value.Value), KeyValuePair.Create<string, object?>("code", one.Key))),
    ];

    private static IEnumerable<Measurement<double>> Of(TierReporter tiers, Func<TierHealth, double> value) =>
    [
        .. tiers.Report().Tiers.Select(t => new Measurement<double>(
            value(t), KeyValuePair.Create<string, object?>("tier", t.Tier))),
    ];
}
