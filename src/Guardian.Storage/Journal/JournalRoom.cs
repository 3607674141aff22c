namespace Guardian.Storage.Journal;

/// <summary>Keeps the room for what waits for the disk; a tenth of every bound is kept for state.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="entries">Most entries that wait.</param>
/// <param name="bytes">Most bytes that wait.</param>
/// <param name="fileBytes">Most bytes of the file.</param>
internal sealed class JournalRoom(long entries, long bytes, long fileBytes)
{
    private readonly Lock _gate = new();
    private long _entries;
    private long _bytes;
    private long _fileBytes;
    private long _unrecorded;
    private long _unrecordedState;

    /// <summary>Gets the entries that found no room.</summary>
    internal long Unrecorded => Interlocked.Read(ref _unrecorded);

    /// <summary>Gets those of them that were not samples.</summary>
    internal long UnrecordedState => Interlocked.Read(ref _unrecordedState);

    /// <summary>Gets the bytes that wait.</summary>
    internal long WaitingBytes
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    /// <summary>Gets the entries that wait.</summary>
    internal long Waiting
    {
        get
        {
            lock (_gate) return _entries;
        }
    }

    /// <summary>Gets the size of the file as last measured.</summary>
    internal long FileBytes
    {
        get
        {
            lock (_gate) return _fileBytes;
        }
    }

    /// <summary>Gets the most bytes of the file.</summary>
    internal long FileBytesLimit => fileBytes;

    /// <summary>Takes room for an entry.</summary>
    /// <returns>False when there is none: counted as unrecorded.</returns>
    internal bool TryTake(EventClass of, long size)
    {
        int tenths = of == EventClass.Sample ? 9 : 10;
        lock (_gate)
        {
            if (_entries + 1 <= Part(entries, tenths) && _bytes + size <= Part(bytes, tenths)
                && _fileBytes + _bytes + size <= Part(fileBytes, tenths))
            {
                _entries++;
                _bytes += size;
                return true;
            }
        }

        Refuse(of);
        return false;
    }

    /// <summary>Counts an entry that is not taken.</summary>
    internal void Refuse(EventClass of)
    {
        Interlocked.Increment(ref _unrecorded);
        if (of != EventClass.Sample) Interlocked.Increment(ref _unrecordedState);
    }

    internal void Give(long size)
    {
        lock (_gate)
        {
            _entries--;
            _bytes -= size;
        }
    }

    /// <summary>Notes how large the file is now.</summary>
    internal void Measure(long used)
    {
        lock (_gate) _fileBytes = used;
    }

    private static long Part(long whole, int tenths) => (whole / 10 * tenths) + (whole % 10 * tenths / 10);
}
