namespace Guardian.Simulation.Disk;

/// <summary>One file: what a process sees, what would survive a loss of power, and the writes between the two.
/// </summary>
internal sealed class SimulatedFile(string path)
{
    internal const int Sector = 512;

    private readonly List<Change> _unsynced = [];
    private byte[] _seen = [];
    private int _seenLength;
    private byte[] _durable = [];
    private int _durableLength;
    private byte[] _written = [];
    private int _writtenLength;

    internal string Path { get; set; } = path;

    /// <summary>Gets whether its name would survive: it was synced at least once.</summary>
    internal bool IsNamed { get; private set; }

    internal int Length => _seenLength;

    internal int Unsynced => _unsynced.Count;

    internal SharedMemory? Shared { get; set; }

    internal FileLocks Locks { get; } = new();

    /// <summary>Reads what a process sees.</summary>
    /// <returns>Bytes read; fewer than asked for at the end.</returns>
    internal int Read(Span<byte> into, long offset)
    {
        if (offset >= _seenLength) return 0;
        int count = Math.Min(into.Length, _seenLength - (int)offset);
        _seen.AsSpan((int)offset, count).CopyTo(into);
        return count;
    }

    internal void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        int at = (int)offset;
        Put(ref _seen, ref _seenLength, bytes, at);
        int kept = _writtenLength;
        Put(ref _written, ref _writtenLength, bytes, kept);
        _unsynced.Add(new Change(at, bytes.Length, kept));
    }

    internal void Truncate(long length)
    {
        SetLength(ref _seen, ref _seenLength, (int)length);
        _unsynced.Add(new Change((int)length, -1, 0));
    }

    /// <summary>Makes everything durable.</summary>
    internal void Sync()
    {
        IsNamed = true;
        foreach (Change change in _unsynced) Apply(change, 0, change.Length);
        Settle();
    }

    /// <summary>
    /// A sync that failed: what was to be written stays visible, but by chance never reaches the disk, also not by a
    /// later sync, as Linux marks the pages clean.
    /// </summary>
    internal void FailSync(Chance chance)
    {
        for (int i = _unsynced.Count - 1; i >= 0; i--)
        {
            if (chance.OneIn(2)) _unsynced.RemoveAt(i);
        }
    }

    /// <summary>Loses power: each unsynced write is kept, lost, or torn at sectors.</summary>
    internal void Crash(Chance chance)
    {
        // Most disks lose or keep all; some mix.
        int mood = chance.Below(4);
        foreach (Change change in _unsynced)
        {
            int fate = mood switch { 0 => 0, 1 => 1, _ => chance.Below(3) };
            if (fate == 0) continue;
            if (fate == 1 || change.Length < 0) Apply(change, 0, change.Length);
            else Tear(change, chance);
        }

        _seen = _durable.AsSpan(0, _durableLength).ToArray();
        _seenLength = _durableLength;
        Settle();
        Shared = null;
        Locks.Clear();
    }

    /// <summary>Turns one bit of the durable bytes, as a disk ages.</summary>
    internal void Flip(int at, int bit)
    {
        _durable[at] ^= (byte)(1 << bit);
        _seen[at] = _durable[at];
    }

    internal ReadOnlySpan<byte> Durable => _durable.AsSpan(0, _durableLength);

    private void Tear(Change change, Chance chance)
    {
        int end = change.At + change.Length;
        for (int from = change.At; from < end;)
        {
            int to = Math.Min(end, ((from / Sector) + 1) * Sector);
            if (chance.OneIn(2)) Apply(change, from - change.At, to - from);
            from = to;
        }
    }

    private void Apply(Change change, int from, int count)
    {
        if (change.Length < 0) SetLength(ref _durable, ref _durableLength, change.At);
        else Put(ref _durable, ref _durableLength, _written.AsSpan(change.Kept + from, count), change.At + from);
    }

    private void Settle()
    {
        _unsynced.Clear();
        _writtenLength = 0;
    }

    private static void Put(ref byte[] bytes, ref int length, ReadOnlySpan<byte> from, int at)
    {
        int end = at + from.Length;
        if (end > bytes.Length) Grow(ref bytes, length, Math.Max(end, Math.Max(65_536, bytes.Length * 2)));
        if (at > length) bytes.AsSpan(length, at - length).Clear();
        from.CopyTo(bytes.AsSpan(at));
        if (end > length) length = end;
    }

    private static void Grow(ref byte[] bytes, int length, int to)
    {
        byte[] larger = GC.AllocateUninitializedArray<byte>(to);
        bytes.AsSpan(0, length).CopyTo(larger);
        bytes = larger;
    }

    private static void SetLength(ref byte[] bytes, ref int length, int to)
    {
        if (to > bytes.Length) Grow(ref bytes, length, to);
        if (to > length) bytes.AsSpan(length, to - length).Clear();
        length = to;
    }

    /// <summary>A write, or a change of length where <paramref name="Length"/> is −1.</summary>
    private readonly record struct Change(int At, int Length, int Kept);
}
