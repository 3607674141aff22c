using Guardian.Contracts;
using Guardian.Storage.Journal;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.History;

/// <summary>Ships the journal to the history at its own pace: cursor, back-off and health of its own.</summary>
/// <remarks>
/// One loop. The cursor moves after the history is durable, so that a crash between the two repeats, never loses; the
/// history is idempotent. A store that is away is tried for ever; a row that alone can't be stored is parked.
/// </remarks>
/// <param name="journal">The journal.</param>
/// <param name="history">The history.</param>
/// <param name="parked">Where poison rows go.</param>
/// <param name="options">Valid options.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
public sealed class HistoryWriter(
    IJournal journal,
    IHistoryStore history,
    IParkedStore parked,
    StorageOptions options,
    TimeProvider time,
    ILogger<HistoryWriter> logger)
{
    /// <summary>The tier's name.</summary>
    public const string Tier = "L2";

    private const int MostEvents = 50_000;

    private readonly BackOff _backOff = new(options.RetryFirst, options.RetryLongest);
    private volatile string? _lastError;
    private volatile bool _failing;
    private long _stored;
    private long _parkedRows;

    /// <summary>Gets the events that were new to the history.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>Gets the rows that were parked.</summary>
    public long Parked => Interlocked.Read(ref _parkedRows);

    /// <summary>Says how the tier is now.</summary>
    public TierHealth Health()
    {
        JournalLag lag = default;
        string? error = _lastError;
        try
        {
            lag = journal.LagAfter(journal.GetCursor(Tier));
        }
        catch (StorageUnavailableException e)
        {
            error = e.Message;
        }

        double seconds = lag.OldestReceivedAt == 0
            ? 0
            : (Timestamp.From(time.GetUtcNow()).UnixNanoseconds - lag.OldestReceivedAt) / 1e9;
        return new TierHealth
        {
            Tier = Tier,
            Store = history.Store,
            Healthy = !_failing,
            LagEvents = lag.Events,
            LagSeconds = Math.Max(0, seconds),
            Unrecorded = journal.Unrecorded,
            LastError = error,
        };
    }

    /// <summary>Ships until it is cancelled; never throws but for that.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await StepAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                await FailedAsync(e, cancellation);
            }
        }
    }

    /// <summary>Ships everything that is durable now; for tests and shutdown.</summary>
    /// <exception cref="StorageUnavailableException">The history can't be written.</exception>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        long end = journal.DurablePosition;
        while (journal.GetCursor(Tier) < end) await ShipAsync(cancellation);
    }

    private async Task StepAsync(CancellationToken cancellation)
    {
        await journal.WaitForAsync(journal.GetCursor(Tier), cancellation);
        await ShipAsync(cancellation);
        if (_failing) StorageLog.TierRecovered(logger, Tier);
        _failing = false;
        _backOff.Succeeded();
    }

    private async Task ShipAsync(CancellationToken cancellation)
    {
        long cursor = journal.GetCursor(Tier);
        long durable = journal.DurablePosition;
        IReadOnlyList<JournalRow> rows;
        try
        {
            rows = Bounded(journal.ReadAfter(cursor, options.WriterBatch));
        }
        catch (DamagedRecordException e)
        {
            await ParkAsync(new JournalRow(e.Position, new JournalEntry { Symbol = e.Symbol }), e.Problem);
            return;
        }

        if (rows.Count == 0)
        {
            // What was durable before the reading has been forgotten since.
            journal.MoveCursor(Tier, durable);
            return;
        }

        try
        {
            Interlocked.Add(ref _stored, await history.AppendAsync(rows, cancellation));
            journal.MoveCursor(Tier, rows[^1].Position);
        }
        catch (Exception e) when (e is not (StorageUnavailableException or OperationCanceledException))
        {
            _lastError = e.Message;
            foreach (JournalRow row in rows) await AloneAsync(row, cancellation);
        }
    }

    // A transaction of so many events at most, but of one row at least: a stop never waits long for it.
    private static IReadOnlyList<JournalRow> Bounded(IReadOnlyList<JournalRow> rows)
    {
        int events = 0;
        int count = 0;
        while (count < rows.Count && (count == 0 || events + rows[count].Entry.Count <= MostEvents))
            events += rows[count++].Entry.Count;
        return count == rows.Count ? rows : [.. rows.Take(count)];
    }

    private async Task AloneAsync(JournalRow row, CancellationToken cancellation)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                Interlocked.Add(ref _stored, await history.AppendAsync([row], cancellation));
                journal.MoveCursor(Tier, row.Position);
                return;
            }
            catch (Exception e) when (e is not (StorageUnavailableException or OperationCanceledException))
            {
                if (tries < options.PoisonTries) continue;
                await ParkAsync(row, e.Message);
                return;
            }
        }
    }

    private async Task ParkAsync(JournalRow row, string reason)
    {
        long now = Timestamp.From(time.GetUtcNow()).UnixNanoseconds;
        await parked.ParkAsync(new ParkedRow(Tier, row.Position, row.Entry.Symbol, now, reason, row.Entry.Payload));
        Interlocked.Increment(ref _parkedRows);
        _lastError = $"parked journal row {row.Position} of {row.Entry.Symbol}: {reason}";
        StorageLog.Parked(logger, Tier, row.Position, row.Entry.Symbol, reason);
        journal.MoveCursor(Tier, row.Position);
    }

    private async Task FailedAsync(Exception reason, CancellationToken cancellation)
    {
        _failing = true;
        _lastError = reason.Message;
        TimeSpan delay = _backOff.Failed();
        StorageLog.TierFailed(logger, Tier, delay, reason.Message);
        try
        {
            await Task.Delay(delay, time, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it and ends.
        }
    }
}
