using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Guardian.Contracts;
using Microsoft.Extensions.Logging;

namespace Guardian.Client.Reporting;

/// <summary>Takes observations from trading threads without ever holding them up, and sends them in batches.</summary>
/// <remarks>
/// Thread-safe. What waits is bounded; beyond that it is dropped, counted, and the guardian records the gap. Batches
/// are numbered, so one whose answer was lost is sent again and folded once. While no silo can be reached they wait.
/// For reports that must not be lost with a silo use <see cref="Producing.LosslessProducer"/>, which waits instead.
/// </remarks>
public sealed partial class GuardianReports : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ReportLane> _lanes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _epochs = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly IGuardianClient _client;
    private readonly GuardianReportOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<GuardianReports> _logger;
    private readonly Meter _meter;
    private readonly Counter<long> _sentCount;
    private readonly Counter<long> _droppedCount;
    private readonly Lock _gate = new();
    private Task? _running;
    private long _waiting;
    private long _sent;
    private long _dropped;
    private long _refused;
    private int _disposed;

    /// <summary>Initializes it; nothing is sent before the first report.</summary>
    /// <param name="client">Where batches go.</param>
    /// <param name="options">How they are gathered.</param>
    /// <param name="time">The clock of pauses.</param>
    /// <param name="meters">Makes the meter.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which, and the rule.</exception>
    public GuardianReports(
        IGuardianClient client,
        GuardianReportOptions options,
        TimeProvider time,
        IMeterFactory meters,
        ILogger<GuardianReports> logger)
    {
        if (options.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        (_client, _options, _time, _logger) = (client, options, time, logger);
        _meter = meters.Create(Gating.GuardianGates.MeterName);
        _sentCount = _meter.CreateCounter<long>("guardian.client.reports", "{observation}", "Reports that arrived.");
        _droppedCount = _meter.CreateCounter<long>(
            "guardian.client.reports.dropped", "{observation}", "Reports that found no room.");
        _meter.CreateObservableGauge(
            "guardian.client.reports.waiting", () => Waiting, "{observation}", "Reports that wait to be sent.");
    }

    /// <summary>Gets how many wait.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    /// <summary>Gets how many a guardian has answered for.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Gets how many found no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Gets how many a guardian refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Takes an observation; never waits and never throws.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="item">The observation.</param>
    /// <returns>False when it found no room: it is dropped and counted.</returns>
    public bool Report(string symbol, Observation item)
    {
        ReportLane lane = _lanes.GetOrAdd(symbol, static (key, options) => new ReportLane(key, options), _options);
        if (Interlocked.Increment(ref _waiting) > _options.Capacity || Volatile.Read(ref _disposed) != 0)
        {
            Interlocked.Decrement(ref _waiting);
            Interlocked.Increment(ref _dropped);
            _droppedCount.Add(1);
            lane.Dropped();
            return false;
        }

        lane.Add(item);
        if (_running is null) Begin();
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync();
        Task? running;
        lock (_gate) running = _running;
        if (running is not null) await running;
        _meter.Dispose();
        _stop.Dispose();
    }

    private void Begin()
    {
        lock (_gate) _running ??= Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        using PeriodicTimer timer = new(_options.FlushPeriod, _time);
        List<Task> sending = [];
        try
        {
            do
            {
                sending.RemoveAll(task => task.IsCompleted);
                foreach ((string symbol, ReportLane lane) in _lanes)
                {
                    // One that is not answered holds up nobody else.
                    if (lane.IsSending || !lane.HasWork) continue;
                    lane.IsSending = true;
                    sending.Add(SendAsync(symbol, lane));
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            await Task.WhenAll(sending);
        }
    }

    private async Task SendAsync(string symbol, ReportLane lane)
    {
        try
        {
            while (lane.HasWork && !_stop.IsCancellationRequested)
            {
                string session = SessionOf(symbol);
                if (!_epochs.TryGetValue(session, out long epoch))
                    _epochs[session] = epoch = await _client.OpenProducerAsync(session, _options.Producer);
                (int done, int refused) = await lane.SendAsync(_client, epoch);
                if (done == 0 && lane.IsStale) _epochs.TryRemove(KeyValuePair.Create(session, epoch));
                Interlocked.Add(ref _waiting, -done);
                Interlocked.Add(ref _sent, done - refused);
                Interlocked.Add(ref _refused, refused);
                _sentCount.Add(done - refused);
            }
        }
        catch (GuardianUnreachableException)
        {
            // The same batch again with the next turn.
        }
        catch (Exception error)
        {
            LogFailed(error, symbol);
        }
        finally
        {
            lane.IsSending = false;
        }
    }

    private static string SessionOf(string symbol)
    {
        int at = symbol.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? SymbolName.Live : symbol[(at + 1)..];
    }

    [LoggerMessage(5200, LogLevel.Error, "Reports of {Symbol} could not be sent; they are sent again.")]
    private partial void LogFailed(Exception error, string symbol);
}
