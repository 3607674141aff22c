using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Guardian.Simulation.Disk;

/// <content>What SQLite does with an open file.</content>
internal static unsafe partial class SqliteVfs
{
    private const int ShmUnlock = 1;
    private const int ShmExclusive = 8;
    private const int PowerSafeOverwrite = 0x1000;

    private static NativeMethods* Methods { get; set; }

    private static NativeMethods* MakeMethods()
    {
        var methods = (NativeMethods*)NativeMemory.AllocZeroed((nuint)sizeof(NativeMethods));
        *methods = new NativeMethods
        {
            Version = 2,
            Close = &Close,
            Read = &Read,
            Write = &Write,
            Truncate = &Truncate,
            Sync = &Sync,
            FileSize = &FileSize,
            Lock = &LockFile,
            Unlock = &UnlockFile,
            CheckReservedLock = &CheckReservedLock,
            FileControl = &FileControl,
            SectorSize = &SectorSize,
            DeviceCharacteristics = &DeviceCharacteristics,
            ShmMap = &ShmMap,
            ShmLock = &ShmLock,
            ShmBarrier = &ShmBarrier,
            ShmUnmap = &ShmUnmap,
        };
        return methods;
    }

    private static OpenFile Of(NativeFile* file) => (OpenFile)GCHandle.FromIntPtr(file->Handle).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(NativeFile* file)
    {
        OpenFile open = Of(file);
        Unmap(open);
        if (!open.IsDead) open.File.Locks.Unlock(open, open.Level, FileLocks.None);
        if (open.Deletes && !open.IsDead && open.Disk is { IsOff: false } disk) disk.Delete(open.File.Path);
        GCHandle.FromIntPtr(file->Handle).Free();
        file->Methods = null;
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(NativeFile* file, byte* into, int count, long offset)
    {
        OpenFile open = Of(file);
        if (open.IsDead) return IoErrorRead;
        int code = open.Disk?.OnRead() ?? Ok;
        if (code != Ok) return code;
        var span = new Span<byte>(into, count);
        int read = open.File.Read(span, offset);
        if (read == count) return Ok;
        span[read..].Clear();
        return IoErrorShortRead;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(NativeFile* file, byte* from, int count, long offset)
    {
        OpenFile open = Of(file);
        if (open.IsDead) return IoErrorWrite;
        int code = open.Disk?.OnWrite(open.File, count, offset) ?? Ok;
        if (code == Ok) open.File.Write(new ReadOnlySpan<byte>(from, count), offset);
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(NativeFile* file, long length)
    {
        OpenFile open = Of(file);
        if (open.IsDead) return IoErrorWrite;
        open.File.Truncate(length);
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(NativeFile* file, int flags)
    {
        OpenFile open = Of(file);
        if (open.IsDead) return IoErrorSync;
        return open.Disk?.OnSync(open.File) ?? Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(NativeFile* file, long* into)
    {
        *into = Of(file).File.Length;
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int LockFile(NativeFile* file, int wanted)
    {
        OpenFile open = Of(file);
        if (open.IsDead) return IoErrorRead;
        if (!open.File.Locks.TryLock(open, open.Level, wanted)) return Busy;
        open.Level = Math.Max(open.Level, wanted);
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int UnlockFile(NativeFile* file, int wanted)
    {
        OpenFile open = Of(file);
        if (!open.IsDead) open.File.Locks.Unlock(open, open.Level, wanted);
        open.Level = Math.Min(open.Level, wanted);
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CheckReservedLock(NativeFile* file, int* result)
    {
        *result = Of(file).File.Locks.IsReserved ? 1 : 0;
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileControl(NativeFile* file, int operation, void* argument) => NotFound;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SectorSize(NativeFile* file) => SimulatedFile.Sector;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int DeviceCharacteristics(NativeFile* file) => PowerSafeOverwrite;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmMap(NativeFile* file, int region, int size, int extend, void** into)
    {
        OpenFile open = Of(file);
        *into = null;
        if (open.IsDead) return IoErrorRead;
        if (open.Shared is null)
        {
            open.Shared = open.File.Shared ??= new SharedMemory();
            open.Shared.Users++;
        }

        *into = open.Shared.Map(region, size, extend != 0);
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmLock(NativeFile* file, int offset, int count, int flags)
    {
        OpenFile open = Of(file);
        if (open.Shared is not { } shared) return IoErrorRead;
        ushort heldShared = open.HeldShared, heldExclusive = open.HeldExclusive;
        bool done = true;
        if ((flags & ShmUnlock) != 0)
            shared.Unlock(offset, count, ref heldShared, ref heldExclusive);
        else
            done = shared.TryLock(offset, count, (flags & ShmExclusive) != 0, ref heldShared, ref heldExclusive);
        (open.HeldShared, open.HeldExclusive) = (heldShared, heldExclusive);
        return done ? Ok : Busy;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ShmBarrier(NativeFile* file)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmUnmap(NativeFile* file, int deletes)
    {
        Unmap(Of(file));
        return Ok;
    }

    // The regions of a dead life stay until the last of its handles is closed: SQLite still looks at them.
    private static void Unmap(OpenFile open)
    {
        if (open.Shared is not { } shared) return;
        open.Shared = null;
        ushort heldShared = open.HeldShared, heldExclusive = open.HeldExclusive;
        shared.Unlock(0, SharedMemory.Locks, ref heldShared, ref heldExclusive);
        if (--shared.Users > 0) return;
        shared.Dispose();
        if (open.File.Shared == shared) open.File.Shared = null;
    }
}

/// <summary>One open handle.</summary>
internal sealed class OpenFile(SimulatedDisk? disk, SimulatedFile file, bool deletes)
{
    private readonly int _life = disk?.Life ?? 0;

    internal SimulatedDisk? Disk => disk;

    internal SimulatedFile File => file;

    internal bool Deletes => deletes;

    /// <summary>Gets whether its process or machine is gone: whatever it still does has no effect.</summary>
    internal bool IsDead => disk is not null && disk.Life != _life;

    internal int Level { get; set; }

    internal SharedMemory? Shared { get; set; }

    internal ushort HeldShared { get; set; }

    internal ushort HeldExclusive { get; set; }
}
