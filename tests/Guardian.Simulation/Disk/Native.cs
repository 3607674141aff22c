using System.Runtime.InteropServices;

namespace Guardian.Simulation.Disk;

/// <summary><c>sqlite3_file</c> with our handle behind it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeFile
{
    internal NativeMethods* Methods;
    internal IntPtr Handle;
}

/// <summary><c>sqlite3_io_methods</c>, version 2.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMethods
{
    internal int Version;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int> Close;
    internal delegate* unmanaged[Cdecl]<NativeFile*, byte*, int, long, int> Read;
    internal delegate* unmanaged[Cdecl]<NativeFile*, byte*, int, long, int> Write;
    internal delegate* unmanaged[Cdecl]<NativeFile*, long, int> Truncate;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int, int> Sync;
    internal delegate* unmanaged[Cdecl]<NativeFile*, long*, int> FileSize;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int, int> Lock;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int, int> Unlock;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int*, int> CheckReservedLock;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int, void*, int> FileControl;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int> SectorSize;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int> DeviceCharacteristics;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int, int, int, void**, int> ShmMap;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int, int, int, int> ShmLock;
    internal delegate* unmanaged[Cdecl]<NativeFile*, void> ShmBarrier;
    internal delegate* unmanaged[Cdecl]<NativeFile*, int, int> ShmUnmap;
}

/// <summary><c>sqlite3_vfs</c>, version 2.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeVfs
{
    internal int Version;
    internal int FileSize;
    internal int MaximumPath;
    internal NativeVfs* Next;
    internal byte* Name;
    internal void* Data;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, byte*, NativeFile*, int, int*, int> Open;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, byte*, int, int> Delete;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, byte*, int, int*, int> Access;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, byte*, int, byte*, int> FullPathname;
    internal void* DlOpen;
    internal void* DlError;
    internal void* DlSym;
    internal void* DlClose;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, int, byte*, int> Randomness;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, int, int> Sleep;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, double*, int> CurrentTime;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, int, byte*, int> GetLastError;
    internal delegate* unmanaged[Cdecl]<NativeVfs*, long*, int> CurrentTimeInt64;
}
