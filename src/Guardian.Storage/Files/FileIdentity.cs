using System.Runtime.InteropServices;

namespace Guardian.Storage.Files;

/// <summary>What tells one file at a path from a later one there.</summary>
/// <param name="Inode">Its number in its file system; 0 where the system has none.</param>
/// <param name="Born">When it came to be, Unix nanoseconds; where that is not kept, its last change.</param>
/// <param name="Written">When it was last written, Unix nanoseconds.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
public readonly record struct FileIdentity(ulong Inode, long Born, long Written, bool IsFolder)
{
    /// <summary>Looks at a path; links are followed.</summary>
    /// <returns>Null where there is nothing.</returns>
    /// <exception cref="IOException">It can't be told whether there is anything.</exception>
    public static FileIdentity? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return ByRuntime(path);
        var facts = new FileFacts();
        if (Libc.Statx(path, ref facts) == 0) return OfFacts(ref facts);
        int error = Marshal.GetLastPInvokeError();
        if (error is Libc.NoEntry or Libc.NotAFolder) return null;
        throw new IOException($"{path} can't be looked at: {Libc.Words(error)}");
    }

    private static FileIdentity OfFacts(ref FileFacts facts)
    {
        bool born = (facts.Mask & Libc.BirthTime) != 0;
        return new FileIdentity(
            facts.Inode,
            born ? facts.Birth.Nanoseconds : facts.Change.Nanoseconds,
            facts.Modification.Nanoseconds,
            (facts.Mode & Libc.KindMask) == Libc.FolderKind);
    }

    private static FileIdentity? ByRuntime(string path)
    {
        FileSystemInfo file = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!file.Exists) return null;
        return new FileIdentity(
            0, Nanoseconds(file.CreationTimeUtc), Nanoseconds(file.LastWriteTimeUtc), file is DirectoryInfo);
    }

    private static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * 100;
}
