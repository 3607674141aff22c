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
    private int _replacements;
    private string? _unmarked;
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
            if (_fault is null) return true;
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
            CrashPoint.Reached(CrashPoint.AppendBegun);
            foreach (LocalCommand command in _batch) Apply(command);
            database.Commit();
            file.Committed();
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
        _replacements = 0;
        _backOff.Succeeded();
        foreach (LocalCommand command in _batch)
        {
            if (command is AppendCommand append) file.Settled(append.Entry);
        }

        Publish();
        foreach (LocalCommand command in _applied) Tell(command);
        CrashPoint.Reached(CrashPoint.CommitTold);
        file.Reuse(_batch);
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
        string problem = reason.Message;
        try
        {
            // A new file takes at once what the old one could not; only once, so that a dead disk is left to rest.
            if (file.Mend(reason) && _replacements++ == 0)
            {
                _fault = null;
                _retryAfter = TimeSpan.Zero;
                return;
            }
        }
        catch (Exception e)
        {
            problem = e.Message;
        }

        _fault = problem;
        _retryAfter = _backOff.Failed();
        _failedAt = time.GetTimestamp();
        StorageLog.WriteFailed(logger, file.FilePath, _retryAfter, problem);
        var told = new StorageUnavailableException(
            $"Condition failed: {file.FilePath} can't be written ({problem}). Free or repair the disk; "
            + "writing is tried again by itself.",
            reason);
        foreach (LocalCommand command in _batch)
        {
            if (!command.IsKept) command.Failed(told);
        }

        _batch.RemoveAll(command => !command.IsKept);
    }

    private void Trim()
    {
        try
        {
            database.CheckPlace();
            bool more = _trimmer.Step(file.SlowestCursor());
            if (!more) _lastTrim = time.GetTimestamp();
            Measure();
        }
        catch (Exception e)
        {
            StorageLog.TrimFailed(logger, file.FilePath, e.Message);
            _lastTrim = time.GetTimestamp();
            Recover(e);
        }
    }

    private void Publish()
    {
        Interlocked.Exchange(ref _events, database.Marks.Through);
        Interlocked.Exchange(ref _position, database.Marks.Position);
        Measure();
        string? unmarked = database.MarkFault;
        if (unmarked is not null && _unmarked is null) StorageLog.NotMarked(logger, file.FilePath, unmarked);
        _unmarked = unmarked;
    }

    // What was committed is told whether the file can be measured or not; the last measure stays.
    private void Measure()
    {
        try
        {
            file.Room.Measure(database.UsedBytes());
        }
        catch (SqliteException e)
        {
            StorageLog.NotMeasured(logger, file.FilePath, e.Message);
        }
    }

    // Told outside the lock: where a driver steps the writer, who is told may wait again at once.
    private void TellWaiters()
    {
        long position = DurablePosition;
        List<TaskCompletionSource>? due = null;
        lock (_waitersGate)
        {
            for (int i = _waiters.Count - 1; i >= 0; i--)
            {
                if (position <= _waiters[i].After) continue;
                (due ??= []).Add(_waiters[i].Source);
                _waiters.RemoveAt(i);
            }
        }

        due?.ForEach(source => source.TrySetResult());
    }
}
