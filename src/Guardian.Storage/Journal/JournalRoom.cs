using Guardian.Contracts;

namespace Guardian.Storage.Journal;

/// <summary>Keeps the room for what waits for the disk; a tenth of every bound is kept for state.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="entries">Most entries that wait.</param>
/// <param name="bytes">Most bytes that wait.</param>
/// <param name="fileBytes">Most bytes of the file.</param>
internal sealed class JournalRoom(long entries, long bytes, long fileBytes)
{
    // As the options are called, so that whoever reads a count knows which one to raise.
    private static readonly string[] Limits =
    [
        nameof(StorageOptions.BacklogEntries), nameof(StorageOptions.BacklogBytes), nameof(StorageOptions.JournalBytes),
        nameof(StorageOptions.MaximumEntryBytes),
    ];

    private readonly Lock _gate = new();
    private long _entries;
    private long _bytes;
    private long _fileBytes;
    private readonly long[] _unrecordedBy = new long[Limits.Length];
    private long _unrecorded;
    private long _unrecordedState;

    /// <summary>Gets the entries that found no room.</summary>
    internal long Unrecorded => Interlocked.Read(ref _unrecorded);

    /// <summary>Gets those of them that were not samples.</summary>
    internal long UnrecordedState => Interlocked.Read(ref _unrecordedState);

    /// <summary>Gets the entries that found no room, by the limit that refused them; limits without any are left out.
    /// </summary>
    internal UnrecordedCount[] UnrecordedBy =>
    [
        .. Limits.Select((limit, i) => new UnrecordedCount(limit, Interlocked.Read(ref _unrecordedBy[i])))
            .Where(count => count.Entries > 0),
    ];

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
        int refused;
        lock (_gate)
        {
            refused = Refusing(of == EventClass.Sample ? 9 : 10, size);
            if (refused < 0)
            {
                _entries++;
                _bytes += size;
                return true;
            }
        }

        Count(of, refused);
        return false;
    }

    /// <summary>Says whether a sample of a kilobyte would be taken now; counts nothing.</summary>
    internal bool HasRoom()
    {
        const long Size = 1024;
        lock (_gate) return Refusing(9, Size) < 0;
    }

    /// <summary>Counts an entry that is larger than any may be.</summary>
    internal void RefuseTooLarge(EventClass of) => Count(of, Limits.Length - 1);

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

    // The number of the limit that refuses it; negative when there is room.
    private int Refusing(int tenths, long size)
    {
        if (_entries + 1 > Part(entries, tenths)) return 0;
        if (_bytes + size > Part(bytes, tenths)) return 1;
        return _fileBytes + _bytes + size > Part(fileBytes, tenths) ? 2 : -1;
    }

    private void Count(EventClass of, int limit)
    {
        Interlocked.Increment(ref _unrecorded);
        Interlocked.Increment(ref _unrecordedBy[limit]);
        if (of != EventClass.Sample) Interlocked.Increment(ref _unrecordedState);
    }

    private static long Part(long whole, int tenths) => (whole / 10 * tenths) + (whole % 10 * tenths / 10);
}
