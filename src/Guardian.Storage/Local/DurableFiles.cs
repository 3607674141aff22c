using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Guardian.Storage.Local;

/// <summary>Files of our own beside SQLite's: a sync that fails is an error, which .NET's own flush swallows.</summary>
/// <remarks>Thread-safe.</remarks>
internal static class DurableFiles
{
    private const int ReadOnly = 0;
    private const int BlockBytes = 1 << 20;

    /// <summary>Makes a file's bytes, or a folder's names, durable.</summary>
    /// <exception cref="IOException">It could not be synced; says why.</exception>
    internal static void Sync(string path)
    {
        if (OperatingSystem.IsWindows()) return; // Windows makes names durable itself; bytes are flushed on writing.
        int file = Open([.. Encoding.UTF8.GetBytes(path), 0], ReadOnly);
        if (file < 0) throw Failed("opened", path);
        try
        {
            if (Fsync(file) != 0) throw Failed("synced", path);
        }
        finally
        {
            _ = Close(file);
        }
    }

    /// <summary>Writes a file so that it is there whole or not at all.</summary>
    internal static void Write(string path, byte[] bytes)
    {
        string half = path + ".half";
        File.WriteAllBytes(half, bytes);
        Sync(half);
        File.Move(half, path, overwrite: true);
        Sync(Path.GetDirectoryName(path)!);
    }

    /// <summary>Copies a file and makes the copy durable.</summary>
    internal static void Copy(string from, string to)
    {
        File.Copy(from, to, overwrite: false);
        Sync(to);
    }

    /// <summary>Computes the SHA-256 of a file, hexadecimal.</summary>
    internal static string Hash(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, BlockBytes);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static IOException Failed(string what, string path) =>
        new($"{path} can't be {what} (error {Marshal.GetLastPInvokeError()}: {Marshal.GetLastPInvokeErrorMessage()})");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int file);
}
