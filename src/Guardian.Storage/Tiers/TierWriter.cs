using Guardian.Contracts;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Tiers;

/// <summary>Ships the journal to one tier at its own pace: cursor, back-off and health of its own.</summary>
/// <remarks>
/// One loop, in the order of the journal, so that what a newer epoch overtakes is known to be late. The cursor moves
/// after the tier has stored, so that a crash between the two repeats, never loses; the tier is idempotent. A store
/// that is away is tried for ever; a row that alone can't be stored is parked.
/// </remarks>
/// <param name="store">The tier's store.</param>
/// <param name="journal">The journal.</param>
/// <param name="parked">Where poison rows go.</param>
/// <param name="options">Valid options.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
public sealed class TierWriter(
    ITierStore store,
    IJournal journal,
    IParkedStore parked,
    StorageOptions options,
    TimeProvider time,
    ILogger<TierWriter> logger)
{
    private const int MostEvents = 50_000;

    private readonly BackOff _backOff = new(options.RetryFirst, options.RetryLongest);
    private volatile string? _lastError;
    private volatile bool _failing;
    private long _stored;
    private long _parkedRows;
    private long _shippedAt = time.GetTimestamp() - (2 * time.TimestampFrequency);
    private bool _resumed;
    private Action<long>? _shipped;

    /// <summary>Gets the tier's name.</summary>
    public string Tier => store.Tier;

    /// <summary>Gets whether another silo reads what this one ships.</summary>
    public bool IsShared => store.IsShared;

    /// <summary>Gets the events that were new to the tier.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>Gets the rows that were parked.</summary>
    public long Parked => Interlocked.Read(ref _parkedRows);

    /// <summary>Asks to be told up to which position the tier has stored; must neither throw nor wait.</summary>
    public void OnShipped(Action<long> tell)
    {
        lock (_backOff) _shipped += tell;
    }

    /// <summary>Waits until the tier has what is durable in the journal now; not at all while it can't be written.
    /// </summary>
    /// <param name="patience">The longest wait.</param>
    /// <returns>Whether it has.</returns>
    public async Task<bool> HasCaughtUpAsync(TimeSpan patience)
    {
        long end = journal.DurablePosition;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Action<long> look = position => _ = position >= end && done.TrySetResult();
        OnShipped(look);
        try
        {
            if (journal.GetCursor(store.Cursor) >= end) return true;
            if (_failing) return false;
            await done.Task.WaitAsync(patience, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_backOff) _shipped -= look;
        }
    }

    /// <summary>Says how the tier is now.</summary>
    public TierHealth Health()
    {
        JournalLag lag = default;
        string? error = _lastError;
        try
        {
            lag = journal.LagAfter(journal.GetCursor(store.Cursor));
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
            Store = store.Store,
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
    /// <exception cref="StorageUnavailableException">The tier can't be written.</exception>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        long end = journal.DurablePosition;
        await ResumeAsync(cancellation);
        while (journal.GetCursor(store.Cursor) < end) await ShipAsync(cancellation);
    }

    private async Task StepAsync(CancellationToken cancellation)
    {
        await ResumeAsync(cancellation);
        if (await WaitAsync(cancellation))
        {
            await GatherAsync(cancellation);
            await ShipAsync(cancellation);
        }

        if (_failing) StorageLog.TierRecovered(logger, Tier);
        _failing = false;
        _backOff.Succeeded();
    }

    // Without work a server is looked at now and then: its loss is known before the next event.
    private async Task<bool> WaitAsync(CancellationToken cancellation)
    {
        long cursor = journal.GetCursor(store.Cursor);
        if (store.LookPeriod == Timeout.InfiniteTimeSpan || journal.DurablePosition > cursor)
        {
            await journal.WaitForAsync(cursor, cancellation);
            return true;
        }

        using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task news = journal.WaitForAsync(cursor, look.Token);
        bool came = await Task.WhenAny(news, Task.Delay(store.LookPeriod, time, look.Token)) == news;
        await look.CancelAsync();
        if (came) await news;
        _resumed = came;
        if (!came) await ResumeAsync(cancellation);
        return came;
    }

    // A few rows cost a server as much as some hundred, and this machine too, where decisions are made.
    private async Task GatherAsync(CancellationToken cancellation)
    {
        TimeSpan left = store.Gathering - time.GetElapsedTime(_shippedAt);
        long rows = journal.DurablePosition - journal.GetCursor(store.Cursor);
        if (left > TimeSpan.Zero && rows < options.WriterBatch / 2) await Task.Delay(left, time, cancellation);
        _shippedAt = time.GetTimestamp();
    }

    // A store that was away may have come back as another one: it says itself from where it is to be fed.
    private async Task ResumeAsync(CancellationToken cancellation)
    {
        if (_resumed) return;
        long cursor = journal.GetCursor(store.Cursor);
        long wanted = await InTimeAsync(stop => store.ResumeAsync(cursor, stop).AsTask(), cancellation);
        if (wanted < cursor)
        {
            StorageLog.TierRewound(logger, Tier, cursor, wanted);
            journal.RewindCursor(store.Cursor, Math.Max(0, wanted));
        }

        _resumed = true;
    }

    private Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation) =>
        InTimeAsync(stop => store.AppendAsync(rows, stop), cancellation);

    // A store that neither answers nor fails is away too. What it does later with what was given up does no harm: the
    // same rows come again, and are known then.
    private async Task<long> InTimeAsync(Func<CancellationToken, Task<long>> call, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(options.WriterPatience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            return await call(stop.Token).WaitAsync(stop.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new StorageUnavailableException(
                $"Condition failed: {store.Store} did not answer within {options.WriterPatience}.", e);
        }
    }

    private async Task ShipAsync(CancellationToken cancellation)
    {
        long cursor = journal.GetCursor(store.Cursor);
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
            journal.MoveCursor(store.Cursor, durable);
            return;
        }

        try
        {
            Interlocked.Add(ref _stored, await AppendAsync(rows, cancellation));
            CrashPoint.Reached(CrashPoint.HistoryStored);
            journal.MoveCursor(store.Cursor, rows[^1].Position);
            _shipped?.Invoke(rows[^1].Position);
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
                Interlocked.Add(ref _stored, await AppendAsync([row], cancellation));
                journal.MoveCursor(store.Cursor, row.Position);
                _shipped?.Invoke(row.Position);
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
        journal.MoveCursor(store.Cursor, row.Position);
    }

    private async Task FailedAsync(Exception reason, CancellationToken cancellation)
    {
        _failing = true;
        _resumed = false;
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
