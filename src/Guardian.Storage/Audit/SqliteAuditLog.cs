using Guardian.Contracts;
using Guardian.Storage.Local;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Audit;

/// <summary>The log of human actions in the local file: write-behind, tried until stored.</summary>
/// <remarks>
/// Thread-safe. One pump writes what waits in the order it came; numbers and hashes are given inside the group commit.
/// A failed commit is repeated with the same ids, so that an entry is never stored twice. Each stored head is logged
/// too: a log that is kept elsewhere then holds what this file alone can't prove.
/// </remarks>
public sealed class SqliteAuditLog : IAuditLog, IAsyncDisposable
{
    /// <summary>Most entries that wait for the disk; more are lost, counted and told.</summary>
    public const int MostWaiting = 10_000;

    private const int MostAtOnce = 256;

    private readonly LocalFile _file;
    private readonly TimeProvider _time;
    private readonly ILogger<SqliteAuditLog> _logger;
    private readonly BackOff _backOff;
    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private readonly CancellationTokenSource _closing = new();
    private Task _pump = Task.CompletedTask;
    private bool _pumping;
    private bool _closed;
    private long _lost;
    private volatile AuditHead? _head;
    private volatile string? _lastError;

    /// <summary>Initializes the log; nothing is read before it is asked for.</summary>
    /// <param name="file">The opened local file.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public SqliteAuditLog(
        LocalFile file, StorageOptions options, TimeProvider time, ILogger<SqliteAuditLog> logger)
    {
        _file = file;
        _time = time;
        _logger = logger;
        _backOff = new BackOff(options.RetryFirst, options.RetryLongest);
    }

    /// <summary>Gets how long recording waits for the disk before the action is answered all the same.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets how long closing waits for entries that can't be written.</summary>
    public static TimeSpan ClosePatience { get; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task RecordAsync(AuditAction action)
    {
        var waiting = new Waiting($"{Guid.NewGuid():N}", Timestamp.From(_time.GetUtcNow()), action);
        if (!TryEnqueue(waiting))
        {
            Interlocked.Increment(ref _lost);
            StorageLog.AuditLost(_logger, action.Actor, action.Action, action.Target, action.Reason);
            return;
        }

        try
        {
            await waiting.Stored.Task.WaitAsync(Patience, _time);
        }
        catch (TimeoutException)
        {
            StorageLog.AuditSlow(_logger, action.Action, action.Target, Patience);
        }
    }

    /// <inheritdoc/>
    public AuditState State()
    {
        int waiting;
        lock (_gate) waiting = _waiting.Count;
        return new AuditState
        {
            Head = _head ?? ReadHead(),
            Waiting = waiting,
            Lost = Interlocked.Read(ref _lost),
            LastError = _lastError,
        };
    }

    /// <inheritdoc/>
    public AuditPage Read(AuditQuery query)
    {
        _ = AuditCursor.Read(query);
        return _file.Read(session => AuditRows.Page(session, query));
    }

    /// <inheritdoc/>
    public AuditReport Verify() => _file.Read(AuditRows.Verify);

    /// <summary>Waits for what can still be written; what can't be is counted and logged.</summary>
    public async ValueTask DisposeAsync()
    {
        Task pump;
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            pump = _pump;
        }

        _closing.CancelAfter(ClosePatience);
        await pump;
        lock (_gate)
        {
            foreach (Waiting one in _waiting)
            {
                Interlocked.Increment(ref _lost);
                AuditAction lost = one.Action;
                StorageLog.AuditLost(_logger, lost.Actor, lost.Action, lost.Target, lost.Reason);
                one.Stored.TrySetResult();
            }

            _waiting.Clear();
        }

        _closing.Dispose();
    }

    private bool TryEnqueue(Waiting waiting)
    {
        lock (_gate)
        {
            if (_closed || _waiting.Count >= MostWaiting) return false;
            _waiting.Enqueue(waiting);
            if (_pumping) return true;
            _pumping = true;
            _pump = Task.Run(PumpAsync);
            return true;
        }
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            Waiting[] batch;
            lock (_gate)
            {
                batch = [.. _waiting.Take(MostAtOnce)];
                if (batch.Length == 0 || _closing.IsCancellationRequested)
                {
                    _pumping = false;
                    return;
                }
            }

            if (!await TryStoreAsync(batch)) continue;
            lock (_gate)
            {
                foreach (Waiting _ in batch) _waiting.Dequeue();
            }

            foreach (Waiting one in batch) one.Stored.TrySetResult();
        }
    }

    private async Task<bool> TryStoreAsync(Waiting[] batch)
    {
        try
        {
            _head = await _file.WriteAsync(database => Store(database, batch), batch.Length * 512L) ?? _head;
            if (_head is { } head) StorageLog.AuditHead(_logger, head.Writer, head.Count, head.Hash);
            _lastError = null;
            _backOff.Succeeded();
            return true;
        }
        catch (Exception e)
        {
            _lastError = e.Message;
            TimeSpan delay = _backOff.Failed();
            StorageLog.AuditFailed(_logger, batch.Length, delay, e.Message);
            await WaitAsync(delay);
            return false;
        }
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, _time, _closing.Token);
        }
        catch (OperationCanceledException)
        {
            // Closing: the pump sees it and ends.
        }
    }

    private static AuditHead? Store(LocalDatabase database, Waiting[] batch)
    {
        string writer = database.Marks.File;
        foreach (Waiting one in batch) AuditRows.Append(database.Session, writer, one.Id, one.At, one.Action);
        return AuditRows.Head(database.Session, writer);
    }

    private AuditHead? ReadHead()
    {
        try
        {
            return _file.Read(session =>
                session.Scalar("select value from meta where key = 'file'") is string writer
                    ? AuditRows.Head(session, writer)
                    : null);
        }
        catch (StorageUnavailableException e)
        {
            _lastError = e.Message;
            return null;
        }
    }

    private sealed record Waiting(string Id, Timestamp At, AuditAction Action)
    {
        internal TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
