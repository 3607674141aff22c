using System.Runtime.InteropServices;

namespace Guardian.Simulation.Disk;

/// <summary>The shared memory of a write-ahead log: regions, and locks that connections of one silo share.</summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    internal const int Locks = 8;

    private readonly List<IntPtr> _regions = [];
    private readonly int[] _shared = new int[Locks];
    private readonly bool[] _exclusive = new bool[Locks];

    internal int Users { get; set; }

    internal void* Map(int region, int size, bool extend)
    {
        while (_regions.Count <= region)
        {
            if (!extend) return null;
            _regions.Add((IntPtr)NativeMemory.AllocZeroed((nuint)size));
        }

        return (void*)_regions[region];
    }

    internal bool TryLock(int offset, int count, bool exclusive, ref ushort heldShared, ref ushort heldExclusive)
    {
        for (int i = offset; i < offset + count; i++)
        {
            ushort mask = (ushort)(1 << i);
            bool mine = (heldExclusive & mask) != 0;
            if (_exclusive[i] && !mine) return false;
            int others = _shared[i] - ((heldShared & mask) != 0 ? 1 : 0);
            if (exclusive && others > 0) return false;
        }

        for (int i = offset; i < offset + count; i++)
        {
            ushort mask = (ushort)(1 << i);
            if (exclusive)
            {
                _exclusive[i] = true;
                heldExclusive |= mask;
            }
            else if ((heldShared & mask) == 0)
            {
                _shared[i]++;
                heldShared |= mask;
            }
        }

        return true;
    }

    internal void Unlock(int offset, int count, ref ushort heldShared, ref ushort heldExclusive)
    {
        for (int i = offset; i < offset + count; i++)
        {
            ushort mask = (ushort)(1 << i);
            if ((heldExclusive & mask) != 0) _exclusive[i] = false;
            if ((heldShared & mask) != 0) _shared[i]--;
            heldShared = (ushort)(heldShared & ~mask & 0xFF);
            heldExclusive = (ushort)(heldExclusive & ~mask & 0xFF);
        }
    }

    public void Dispose()
    {
        foreach (IntPtr region in _regions) NativeMemory.Free((void*)region);
        _regions.Clear();
    }
}

/// <summary>The five lock levels of SQLite on one file, for several connections of one silo.</summary>
internal sealed class FileLocks
{
    internal const int None = 0;
    internal const int Shared = 1;
    internal const int Reserved = 2;
    internal const int Pending = 3;
    internal const int Exclusive = 4;

    private int _shared;
    private object? _reserved;
    private object? _exclusive;

    internal bool IsReserved => _reserved is not null || _exclusive is not null;

    internal bool TryLock(object who, int held, int wanted)
    {
        if (wanted <= held) return true;
        if (_exclusive is not null && _exclusive != who) return false;
        if (wanted >= Reserved && _reserved is not null && _reserved != who) return false;
        if (wanted == Exclusive && _shared > (held >= Shared ? 1 : 0)) return false;
        if (held == None) _shared++;
        if (wanted >= Reserved) _reserved = who;
        if (wanted == Exclusive) _exclusive = who;
        return true;
    }

    internal void Unlock(object who, int held, int wanted)
    {
        if (wanted >= held) return;
        if (_exclusive == who) _exclusive = null;
        if (_reserved == who) _reserved = null;
        if (wanted == None && held >= Shared) _shared--;
    }

    internal void Clear() => (_shared, _reserved, _exclusive) = (0, null, null);
}
