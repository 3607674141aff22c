using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Guardian.Simulation.Disk;

/// <summary>The file system that SQLite uses in this process: simulated disks, and nothing of the machine.</summary>
/// <remarks>
/// Registered once as the default. Thread-safe between disks; each disk belongs to one thread. A path that belongs to
/// no simulated disk can't be opened: a simulation never touches a real file.
/// </remarks>
internal static unsafe partial class SqliteVfs
{
    internal const string Root = "/simulated/";
    internal const int Ok = 0;
    internal const int Busy = 5;
    internal const int NotFound = 12;
    internal const int Full = 13;
    internal const int CantOpen = 14;
    internal const int IoErrorRead = 10 | (1 << 8);
    internal const int IoErrorShortRead = 10 | (2 << 8);
    internal const int IoErrorWrite = 10 | (3 << 8);
    internal const int IoErrorSync = 10 | (4 << 8);

    private const int MaximumPath = 512;
    private const int OpenReadOnly = 1;
    private const int OpenReadWrite = 2;
    private const int OpenCreate = 4;

    private static readonly ConcurrentDictionary<string, SimulatedDisk> Disks = new(StringComparer.Ordinal);
    private static readonly Lock Gate = new();
    private static bool _registered;

    /// <summary>Mounts a disk under its folder.</summary>
    internal static void Mount(SimulatedDisk disk)
    {
        Register();
        if (!Disks.TryAdd(disk.Folder, disk))
            throw new InvalidOperationException($"Invariant: {disk.Folder} is taken.");
    }

    internal static void Unmount(SimulatedDisk disk) => Disks.TryRemove(disk.Folder, out _);

    private static void Register()
    {
        lock (Gate)
        {
            if (_registered) return;
            SQLitePCL.Batteries_V2.Init();
            var vfs = (NativeVfs*)NativeMemory.AllocZeroed((nuint)sizeof(NativeVfs));
            *vfs = new NativeVfs
            {
                Version = 2,
                FileSize = sizeof(NativeFile),
                MaximumPath = MaximumPath,
                Name = (byte*)Marshal.StringToCoTaskMemUTF8("guardian-simulation"),
                Open = &Open,
                Delete = &Delete,
                Access = &Access,
                FullPathname = &FullPathname,
                Randomness = &Randomness,
                Sleep = &Sleep,
                CurrentTime = &CurrentTime,
                GetLastError = &GetLastError,
                CurrentTimeInt64 = &CurrentTimeInt64,
            };
            Methods = MakeMethods();
            int code = sqlite3_vfs_register(vfs, 1);
            if (code != Ok) throw new InvalidOperationException($"Invariant: the file system was refused ({code}).");
            _registered = true;
        }
    }

    private static SimulatedDisk? DiskOf(string path) =>
        Path.GetDirectoryName(path) is { } folder ? Disks.GetValueOrDefault(folder) : null;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(NativeVfs* vfs, byte* name, NativeFile* file, int flags, int* outFlags)
    {
        file->Methods = null;
        OpenFile opened;
        if (name is null)
        {
            // SQLite's own scratch: no fault reaches it, nobody else sees it.
            opened = new OpenFile(null, new SimulatedFile(string.Empty), deletes: false);
        }
        else
        {
            string path = Marshal.PtrToStringUTF8((IntPtr)name)!;
            if (DiskOf(path) is not { IsOff: false } disk) return CantOpen;
            SimulatedFile? found = disk.Find(path);
            if (found is null && (flags & OpenCreate) == 0) return CantOpen;
            opened = new OpenFile(disk, found ?? disk.Create(path), deletes: (flags & 8) != 0);
        }

        file->Handle = GCHandle.ToIntPtr(GCHandle.Alloc(opened));
        file->Methods = Methods;
        if (outFlags is not null) *outFlags = flags & (OpenReadOnly | OpenReadWrite | OpenCreate);
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(NativeVfs* vfs, byte* name, int syncFolder)
    {
        string path = Marshal.PtrToStringUTF8((IntPtr)name)!;
        if (DiskOf(path) is not { } disk) return CantOpen;
        if (disk.IsOff) return 10 | (10 << 8);
        if (disk.Find(path) is null) return 10 | (23 << 8);
        disk.Delete(path);
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Access(NativeVfs* vfs, byte* name, int flags, int* result)
    {
        string path = Marshal.PtrToStringUTF8((IntPtr)name)!;
        SimulatedFile? file = DiskOf(path)?.Find(path);
        // As on the machine, an empty file counts as missing where existence is asked.
        *result = file is not null && (flags != 0 || file.Length > 0) ? 1 : 0;
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FullPathname(NativeVfs* vfs, byte* name, int room, byte* into)
    {
        for (int i = 0; i < room; i++)
        {
            into[i] = name[i];
            if (name[i] == 0) return Ok;
        }

        return CantOpen;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Randomness(NativeVfs* vfs, int count, byte* into)
    {
        // Seeds SQLite's generator once a process; salts of a log come of it, and no decision.
        for (int i = 0; i < count; i++) into[i] = unchecked((byte)((i * 131) + 17));
        return count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sleep(NativeVfs* vfs, int microseconds) => microseconds;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CurrentTime(NativeVfs* vfs, double* into)
    {
        *into = 2_460_000.5;
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CurrentTimeInt64(NativeVfs* vfs, long* into)
    {
        *into = 212_544_043_200_000;
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetLastError(NativeVfs* vfs, int room, byte* into) => 0;

    [LibraryImport("e_sqlite3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int sqlite3_vfs_register(NativeVfs* vfs, int makeDefault);
}
