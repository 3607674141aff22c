namespace Guardian.Storage.Local;

/// <summary>What waits for the writer's thread. Adding never blocks on the disk. Thread-safe.</summary>
internal sealed class LocalQueue(TimeProvider time)
{
    private readonly object _gate = new();
    private readonly Queue<LocalCommand> _waiting = new();
    private int _urgent;
    private bool _closed;

    /// <summary>Gets whether no more is taken.</summary>
    internal bool IsClosed
    {
        get
        {
            lock (_gate) return _closed;
        }
    }

    internal int Count
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Adds a command.</summary>
    /// <returns>False when the queue is closed.</returns>
    internal bool Add(LocalCommand command)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _waiting.Enqueue(command);
            if (command.IsUrgent) _urgent++;
            if (_waiting.Count == 1 || command.IsUrgent) Monitor.Pulse(_gate);
            return true;
        }
    }

    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until something is there, the time is over or the queue is closed.</summary>
    internal void WaitForWork(TimeSpan atMost)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 && !_closed) Monitor.Wait(_gate, atMost);
        }
    }

    /// <summary>
    /// Waits for more to gather, not longer than given and not once somebody waits for what is there.
    /// </summary>
    internal void Gather(TimeSpan atMost)
    {
        long start = time.GetTimestamp();
        lock (_gate)
        {
            for (TimeSpan left = atMost; left > TimeSpan.Zero; left = atMost - time.GetElapsedTime(start))
            {
                if (_urgent > 0 || _closed || !Monitor.Wait(_gate, left)) return;
            }
        }
    }

    /// <summary>Waits a delay out, or until the queue is closed.</summary>
    internal void Pause(TimeSpan delay)
    {
        long start = time.GetTimestamp();
        lock (_gate)
        {
            for (TimeSpan left = delay; left > TimeSpan.Zero; left = delay - time.GetElapsedTime(start))
            {
                if (_closed) return;
                Monitor.Wait(_gate, left);
            }
        }
    }

    /// <summary>Moves what waits into a batch, up to a number of commands and bytes.</summary>
    internal void Take(List<LocalCommand> batch, int most, long mostBytes)
    {
        lock (_gate)
        {
            long bytes = 0;
            while (batch.Count < most && bytes < mostBytes && _waiting.TryDequeue(out LocalCommand? command))
            {
                if (command.IsUrgent) _urgent--;
                bytes += command.Bytes;
                batch.Add(command);
            }
        }
    }
}
