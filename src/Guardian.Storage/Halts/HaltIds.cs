using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Guardian.Storage.Halts;

/// <summary>Ids of halts that no person names. What is the same halt gets the same id wherever it is met.</summary>
public static class HaltIds
{
    /// <summary>What every id of a kill file's hold begins with.</summary>
    public const string KillPrefix = "kill-";

    /// <summary>Makes the id of a latch.</summary>
    /// <param name="key">The symbol's key.</param>
    /// <param name="episode">The episode it latched in.</param>
    /// <param name="since">When it latched, Unix nanoseconds.</param>
    public static string OfLatch(string key, long episode, long since) =>
        string.Create(CultureInfo.InvariantCulture, $"latch-{episode}-{since:x}-{Hash(key, []):x8}");

    /// <summary>Makes the id of a kill file's hold: of another file, or of a later one, it is another.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="inode">The file's number in its file system.</param>
    /// <param name="time">When the file came to be, Unix nanoseconds.</param>
    /// <param name="turn">From 1; rises where the same file must hold once more.</param>
    public static string OfKillFile(string path, ulong inode, long time, int turn)
    {
        uint hash = Hash(path, [(long)(inode & long.MaxValue), time]);
        string id = string.Create(CultureInfo.InvariantCulture, $"{KillPrefix}{time:x}-{hash:x8}");
        return turn <= 1 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}-{turn}");
    }

    private static uint Hash(string text, ReadOnlySpan<long> numbers)
    {
        ulong hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()));
        hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(numbers), unchecked((long)hash));
        return unchecked((uint)(hash ^ (hash >> 32)));
    }
}
