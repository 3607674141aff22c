using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A small file system in memory that can be filled to the last block; unmounted at the end.</summary>
internal sealed class Tmpfs : IAsyncDisposable
{
    private readonly DirectoryInfo _root;

    private Tmpfs(DirectoryInfo root) => _root = root;

    /// <summary>Gets a folder on it.</summary>
    public string Folder => Path.Combine(_root.FullName, "data");

    private string Ballast => Path.Combine(_root.FullName, "ballast");

    /// <summary>Mounts one; skips the test where this user may not.</summary>
    public static async Task<Tmpfs> MountAsync(string size, CancellationToken stop)
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("guardian-tmpfs-");
        ProcessResult result =
            await RunAsync("mount", ["-t", "tmpfs", "-o", $"size={size}", "tmpfs", root.FullName], stop);
        if (result.Code != 0)
        {
            root.Delete();
            Assert.Skip($"a tmpfs can't be mounted here (root with the right to mount): {result.Error.Trim()}");
        }

        return new Tmpfs(root);
    }

    /// <summary>Takes all the room there is.</summary>
    public void Fill()
    {
        byte[] block = new byte[4_096];
        using FileStream file = new(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Full: what was wanted.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(Ballast);

    /// <summary>Makes it read-only, as a kernel does whose disk failed; nobody may have a file open on it.</summary>
    public async Task MakeReadOnlyAsync(CancellationToken stop)
    {
        ProcessResult result = await RunAsync("mount", ["-o", "remount,ro", _root.FullName], stop);
        Assert.True(result.Code == 0, result.Error);
    }

    public async ValueTask DisposeAsync()
    {
        ProcessResult result = await RunAsync("umount", ["--lazy", _root.FullName], CancellationToken.None);
        if (result.Code == 0) _root.Delete();
    }

    private static async Task<ProcessResult> RunAsync(string program, string[] arguments, CancellationToken stop)
    {
        await using ChildProcess process = ChildProcess.StartAny(program, arguments);
        return await process.EndAsync(TimeSpan.FromSeconds(10), stop);
    }
}
