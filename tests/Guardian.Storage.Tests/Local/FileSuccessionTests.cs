using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Roster;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Tests.Local;

/// <summary>A new local file in the place of one that can't be used: what goes over, and what is kept.</summary>
[Trait("Category", "Faults")]
public sealed class FileSuccessionTests
{
    private static CancellationToken Soon => Make.Soon();

    private static async Task FillAsync(Rig rig)
    {
        for (int i = 0; i < 50; i++) Assert.True(rig.Journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null));
        await new SqliteHaltStore(rig.File).PutAsync(Make.Hold("h1"));
        await new SqliteCheckpointStore(rig.File).SaveAsync(new Checkpoint("A", new Epoch(1, 7), 9, 0, [1, 2, 3]));
        await new SqliteRosterStore(rig.File).NextProducerEpochAsync("live", "feed");
        rig.Journal.MoveCursor("L2", 20);
        await rig.Journal.FlushAsync(Soon);
    }

    private static void AssertAllThere(Rig rig)
    {
        Assert.Equal(Enumerable.Range(21, 30).Select(i => (long)i), Positions(rig, 20).Take(30));
        Assert.Equal("h1", Assert.Single(new SqliteHaltStore(rig.File).Load()).Id);
        Assert.Equal(9, new SqliteCheckpointStore(rig.File).Find("A").Newest?.Sequence);
        Assert.Equal(20, rig.Journal.GetCursor("L2"));
    }

    private static IEnumerable<long> Positions(Rig rig, long after) =>
        rig.Journal.ReadAfter(after, 1_000).Select(row => row.Position);

    private static async Task FailAsync(Rig rig, int code)
    {
        // An error of SQLite that a change brings with it is one of the disk, as far as the writer can tell.
        await rig.File.WriteAsync<bool>(
            _ => throw new SqliteException("put in by the test", code), 0).WaitAsync(Soon);
    }

    [Theory]
    [InlineData(10, "io-error")]
    [InlineData(14, "io-error")]
    [InlineData(8, "io-error")]
    [InlineData(11, "damaged")]
    [InlineData(26, "damaged")]
    public async Task Mend_ErrorOfTheDisk_NewFileWithEverythingAndTheOldOneKept(int code, string kind)
    {
        await using Rig rig = Rig.Opened(options => options.TrimInterval = TimeSpan.FromHours(1));
        await FillAsync(rig);
        bool first = true;
        await rig.File.WriteAsync(
            _ =>
            {
                if (!first) return true;
                first = false;
                throw new SqliteException("put in by the test", code);
            },
            0).WaitAsync(Soon);
        Assert.Null(rig.Journal.Fault);
        Assert.StartsWith($"{rig.File.FilePath}.{kind}-", rig.File.SetAside!.Path, StringComparison.Ordinal);
        Assert.Equal(kind == "io-error", rig.File.SetAside.IsWhole);
        Assert.Equal(kind == "io-error", rig.File.DamagedFile is null);
        AssertAllThere(rig);
        Assert.True(rig.Journal.TryAppend(Make.Entry("A", 151), null));
        await rig.Journal.FlushAsync(Soon);
        Assert.Equal([51L], Positions(rig, 50));
        Assert.Equal(2, await new SqliteRosterStore(rig.File).NextProducerEpochAsync("live", "feed"));
        await rig.ReopenAsync();
        AssertAllThere(rig);
        Assert.Null(rig.File.Loss);
        // Of a damaged file something may be missing without a trace, and that outlives the process that found it.
        Assert.Equal(kind == "damaged", rig.File.IsDoubted("A"));
        Assert.False(rig.File.IsDoubted("B"));
        await new SqliteCheckpointStore(rig.File).SaveAsync(new Checkpoint("A", new Epoch(2, 7), 1, 0, [1]));
        Assert.False(rig.File.IsDoubted("A"));
    }

    [Theory]
    [InlineData(13)]
    [InlineData(5)]
    public async Task Mend_NoRoomOrBusy_StaysOnTheSameFile(int code)
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => FailAsync(rig, code));
        await rig.Journal.FlushAsync(Soon);
        Assert.Null(rig.File.SetAside);
        Assert.Single(Directory.GetFiles(rig.Folder, "*.db"));
    }

    [Fact]
    public async Task Mend_ErrorThatStays_WaitsBetweenTriesAndKeepsOneFile()
    {
        await using Rig rig = Rig.Opened(options => options.TrimInterval = TimeSpan.FromHours(1));
        await FillAsync(rig);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => FailAsync(rig, 10));
        await rig.Journal.FlushAsync(Soon);
        AssertAllThere(rig);
        Assert.Single(
            Directory.GetFiles(rig.Folder, "*.io-error-*"), file => !file.EndsWith("-wal", StringComparison.Ordinal)
                && !file.EndsWith("-shm", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(rig.Folder, "*.unsaved*"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_CrashBeforeTheNewFileWasWhole_OnceMoreFromTheOldOne(bool begun)
    {
        await using Rig rig = Rig.Opened(options => options.TrimInterval = TimeSpan.FromHours(1));
        await FillAsync(rig);
        await rig.CloseAsync();
        System.IO.File.Move(rig.File.FilePath, rig.File.FilePath + ".unsaved");
        if (begun) await System.IO.File.WriteAllBytesAsync(rig.File.FilePath, [], Soon);
        rig.File.Open();
        AssertAllThere(rig);
        Assert.StartsWith(rig.File.FilePath + ".damaged-", rig.File.DamagedFile, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(rig.File.FilePath + ".unsaved"));
    }

    [Fact]
    public async Task Open_CrashBetweenLogAndFile_LogIsNotLost()
    {
        await using Rig rig = Rig.Opened(options => options.TrimInterval = TimeSpan.FromHours(1));
        await FillAsync(rig);
        string folder = Path.Combine(rig.Folder, "killed");
        Copy(rig.Folder, folder);
        string file = Path.Combine(folder, "guardian-l3.db");
        System.IO.File.Delete(file + "-shm");
        System.IO.File.Move(file + "-wal", file + ".unsaved-wal");
        await using Rig killed = new(options => options.TrimInterval = TimeSpan.FromHours(1));
        Copy(folder, killed.Folder);
        killed.File.Open();
        AssertAllThere(killed);
    }

    [Fact]
    public async Task Trim_FileDeletedUnderIt_NewFileFromWhatIsStillOpen()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        foreach (string part in (string[])["", "-wal", "-shm"]) System.IO.File.Delete(rig.File.FilePath + part);
        var patience = Soon;
        while (rig.File.SetAside is null)
        {
            patience.ThrowIfCancellationRequested();
            await rig.Journal.FlushAsync(patience).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        Assert.True(rig.File.SetAside.IsWhole);
        Assert.Null(rig.File.SetAside.Path);
        Assert.Equal(
            $"{rig.File.FilePath} was deleted, renamed or replaced while it was open", rig.File.SetAside.Problem);
        await rig.ReopenAsync();
        AssertAllThere(rig);
        Assert.False(rig.File.IsDoubted("A")); // All of it was read.
    }

    [Fact]
    public async Task Open_LogMissing_NamedAsLoss()
    {
        await using Rig rig = await KilledAsync();
        System.IO.File.Delete(rig.File.FilePath + "-wal");
        rig.File.Open();
        Assert.StartsWith(rig.File.FilePath + " ", rig.File.Loss, StringComparison.Ordinal);
        Assert.Equal($"Invariant: {rig.File.Loss}.", rig.File.Damages.First());
    }

    [Fact]
    public async Task Open_FileMissing_NamedAsLoss()
    {
        await using Rig rig = await KilledAsync();
        foreach (string file in Directory.GetFiles(rig.Folder, "*.db*")) System.IO.File.Delete(file);
        rig.File.Open();
        Assert.Matches("is not the file that was written here last: that one, [0-9a-f]{32}, is missing", rig.File.Loss);
    }

    [Fact]
    public async Task Open_OlderCopy_NamedAsLoss()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        await rig.CloseAsync();
        byte[] older = await System.IO.File.ReadAllBytesAsync(rig.File.FilePath, Soon);
        rig.File.Open();
        Assert.Null(rig.File.Loss);
        await FillAsync(rig);
        await rig.CloseAsync();
        await System.IO.File.WriteAllBytesAsync(rig.File.FilePath, older, Soon);
        rig.File.Open();
        Assert.Matches(
            "ends at commit [0-9]+, but [0-9]+ were made: its log is missing or damaged, or it is an older copy$",
            rig.File.Loss);
    }

    [Fact]
    public async Task Open_AfterKill_NothingIsNamed()
    {
        await using Rig rig = await KilledAsync();
        rig.File.Open();
        AssertAllThere(rig);
        Assert.Null(rig.File.Loss);
        Assert.Empty(rig.File.Damages);
    }

    // The folder as kill −9 leaves it: log beside the file.
    internal static async Task<Rig> KilledAsync()
    {
        await using Rig running = Rig.Opened(options => options.TrimInterval = TimeSpan.FromHours(1));
        await FillAsync(running);
        Rig killed = new(options => options.TrimInterval = TimeSpan.FromHours(1));
        Copy(running.Folder, killed.Folder);
        return killed;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from, "guardian-l3*"))
            System.IO.File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
