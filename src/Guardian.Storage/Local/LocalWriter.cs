using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Local;

/// <summary>The writer's thread: gathers commands, commits them as one transaction, tells who waits.</summary>
internal sealed class LocalWriter(
    LocalFile file,
    LocalQueue queue,
    LocalDatabase database,
    StorageOptions options,
    TimeProvider time,
    ILogger logger)
{
    private const int MostCommands = 8_192;
    private const long MostBytes = 16L << 20;

    private readonly Lock _waitersGate = new();
    private readonly List<(long After, TaskCompletionSource Source)> _waiters = [];
    private readonly List<LocalCommand> _batch = [];
    private readonly List<LocalCommand> _applied = [];
    private readonly BackOff _backOff = new(options.RetryFirst, options.RetryLongest);
    private readonly LocalTrimmer _trimmer = new(database, options.TrimRows);
    private long _position;
    private long _events;
    private long _commits;
    private long _lastCommit;
    private long _lastTrim;
    private long _failedAt;
    private TimeSpan _retryAfter;
    private volatile string? _fault;

    internal string? Fault => _fault;

    internal bool IsStarted { get; private set; }

    internal long DurablePosition => Interlocked.Read(ref _position);

    internal long DurableEvents => Interlocked.Read(ref _events);

    internal long Commits => Interlocked.Read(ref _commits);

    internal void Start()
    {
        IsStarted = true;
        _lastTrim = time.GetTimestamp();
        Publish();
        StorageLog.Opened(logger, file.FilePath, database.Marks.Through, database.Marks.Position);
    }

    internal void Run()
    {
        while (Turn(waits: true))
        {
        }

        Close();
    }

    /// <summary>Does at once what is due, without waiting for anything; for a driver that owns the time.</summary>
    internal void Step()
    {
        if (time.GetElapsedTime(_failedAt) < _retryAfter) return;
        _retryAfter = TimeSpan.Zero;
        Turn(waits: false);
    }

    internal void Close()
    {
        queue.Take(_batch, int.MaxValue, long.MaxValue);
        int lost = _batch.Count(command => command.IsKept);
        foreach (LocalCommand command in _batch) command.Failed(file.Closed());
        if (lost > 0) StorageLog.LostAtClose(logger, file.FilePath, lost);
    }

    internal Task WaitForAsync(long after, CancellationToken cancellation)
    {
        if (DurablePosition > after) return Task.CompletedTask;
        var source = new TaskCompletionSource(file.Continuations);
        lock (_waitersGate)
        {
            _waiters.RemoveAll(waiter => waiter.Source.Task.IsCompleted);
            _waiters.Add((after, source));
        }

        TellWaiters();
        return source.Task.WaitAsync(cancellation).ContinueWith(
            task =>
            {
                if (!task.IsCompletedSuccessfully) source.TrySetCanceled(cancellation);
                return task;
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default).Unwrap();
    }

    // False once the queue is closed and nothing is left that could still be written.
    private bool Turn(bool waits)
    {
        if (waits && _batch.Count == 0 && _fault is null) queue.WaitForWork(options.TrimInterval);
        if (waits && queue.Count > 0) queue.Gather(options.CommitInterval - time.GetElapsedTime(_lastCommit));
        queue.Take(_batch, MostCommands, MostBytes);
        if ((_batch.Count > 0 || _fault is not null) && !Commit())
        {
            if (queue.IsClosed) return false;
            if (waits) queue.Pause(_retryAfter);
        }

        if (_batch.Count == 0 && queue.Count == 0 && queue.IsClosed) return false;
        if (_fault is null && time.GetElapsedTime(_lastTrim) >= options.TrimInterval) Trim();
        return true;
    }

    private bool Commit()
    {
        try
        {
            _applied.Clear();
            database.Begin();
            foreach (LocalCommand command in _batch) Apply(command);
            database.Commit();
        }
        catch (Exception e)
        {
            Recover(e);
            return false;
        }

        _lastCommit = time.GetTimestamp();
        Interlocked.Increment(ref _commits);
        if (_fault is not null) StorageLog.WriteRecovered(logger, file.FilePath);
        _fault = null;
        _backOff.Succeeded();
        foreach (LocalCommand command in _batch)
        {
            if (command is AppendCommand) file.Room.Give(command.Bytes);
        }

        Publish();
        foreach (LocalCommand command in _applied) Tell(command);
        _batch.Clear();
        TellWaiters();
        return true;
    }

    private void Apply(LocalCommand command)
    {
        try
        {
            command.Apply(database);
            _applied.Add(command);
        }
        catch (Exception e) when (e is not SqliteException)
        {
            // Only a broken promise of ours comes here: the entry is refused by name, the others flow.
            file.ReportDamage(e.Message);
        }
    }

    private void Tell(LocalCommand command)
    {
        try
        {
            command.Committed();
        }
        catch (Exception e)
        {
            StorageLog.ListenerThrew(logger, e);
        }
    }

    private void Recover(Exception reason)
    {
        _fault = reason.Message;
        _retryAfter = _backOff.Failed();
        _failedAt = time.GetTimestamp();
        StorageLog.WriteFailed(logger, file.FilePath, _retryAfter, reason.Message);
        var told = new StorageUnavailableException(
            $"Condition failed: {file.FilePath} can't be written ({reason.Message}). Free or repair the disk; "
            + "writing is tried again by itself.",
            reason);
        foreach (LocalCommand command in _batch)
        {
            if (!command.IsKept) command.Failed(told);
        }

        _batch.RemoveAll(command => !command.IsKept);
        try
        {
            bool full = reason is SqliteException e && SqliteErrors.IsFull(e);
            if (full) database.Rollback(reopen: false);
            else file.OpenOrSetAside();
        }
        catch (Exception e)
        {
            _fault = e.Message;
        }
    }

    private void Trim()
    {
        try
        {
            bool more = _trimmer.Step(file.SlowestCursor());
            if (!more) _lastTrim = time.GetTimestamp();
            file.Room.Measure(database.UsedBytes());
        }
        catch (SqliteException e)
        {
            StorageLog.TrimFailed(logger, file.FilePath, e.Message);
            _lastTrim = time.GetTimestamp();
            Recover(e);
        }
    }

    private void Publish()
    {
        file.Room.Measure(database.UsedBytes());
        Interlocked.Exchange(ref _events, database.Marks.Through);
        Interlocked.Exchange(ref _position, database.Marks.Position);
    }

    private void TellWaiters()
    {
        long position = DurablePosition;
        lock (_waitersGate)
        {
            for (int i = _waiters.Count - 1; i >= 0; i--)
            {
                if (position <= _waiters[i].After) continue;
                _waiters[i].Source.TrySetResult();
                _waiters.RemoveAt(i);
            }
        }
    }
}
