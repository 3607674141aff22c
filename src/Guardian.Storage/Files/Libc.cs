using System.Runtime.InteropServices;

namespace Guardian.Storage.Files;

/// <summary>The few calls that the runtime either lacks or does not report: it swallows errors of a sync.</summary>
internal static class Libc
{
    internal const int NoEntry = 2;
    internal const int NotAFolder = 20;
    internal const uint BirthTime = 0x800;
    internal const ushort KindMask = 0xF000;
    internal const ushort FolderKind = 0x4000;

    private const int Here = -100;
    private const uint Basic = 0x7FF;
    private const int ReadOnly = 0;
    private const int CloseOnExecute = 0x80000;

    internal static int Statx(string path, ref FileFacts facts) =>
        statx(Here, path, 0, Basic | BirthTime, ref facts);

    /// <summary>Brings what was written of a file, or the names of a folder, to the disk.</summary>
    /// <exception cref="IOException">The disk says that it could not.</exception>
    internal static void Sync(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        int handle = open(path, ReadOnly | CloseOnExecute);
        if (handle < 0) throw new IOException($"{path} can't be opened: {Words(Marshal.GetLastPInvokeError())}");
        try
        {
            if (fsync(handle) != 0)
                throw new IOException($"{path} can't be synced: {Words(Marshal.GetLastPInvokeError())}");
        }
        finally
        {
            _ = close(handle);
        }
    }

    internal static string Words(int error) => $"{Marshal.GetPInvokeErrorMessage(error)} (error {error})";

#pragma warning disable SYSLIB1054 // Source-made stubs need unsafe code, which this project does not allow.
#pragma warning disable IDE1006 // The names are those of the C library.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, ref FileFacts facts);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int handle);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int handle);
#pragma warning restore IDE1006
#pragma warning restore SYSLIB1054
}

/// <summary>A point in time as the kernel writes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileTime
{
    internal long Seconds;
    internal uint Rest;
    internal int Unused;

    internal readonly long Nanoseconds => unchecked((Seconds * 1_000_000_000) + Rest);
}

/// <summary>The kernel's <c>struct statx</c>: the same on every architecture.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct FileFacts
{
    internal uint Mask;
    internal uint BlockSize;
    internal ulong Attributes;
    internal uint Links;
    internal uint User;
    internal uint Group;
    internal ushort Mode;
    internal ushort Unused;
    internal ulong Inode;
    internal ulong Size;
    internal ulong Blocks;
    internal ulong AttributesMask;
    internal FileTime Access;
    internal FileTime Birth;
    internal FileTime Change;
    internal FileTime Modification;
}
