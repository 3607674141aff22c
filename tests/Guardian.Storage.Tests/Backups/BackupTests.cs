using Guardian.Contracts;
using Guardian.Storage.Audit;
using Guardian.Storage.Backups;
using Guardian.Storage.Halts;
using Guardian.Storage.History;
using Guardian.Storage.Local;
using Guardian.Storage.Tests.Verifying;
using Guardian.Storage.Verifying;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Guardian.Storage.Tests.Backups;

public sealed class BackupTests
{
    private static string Target(Rig rig, string name) => Path.Combine(rig.Folder, name);

    private static BackupManifest Backup(Rig rig, string name = "backup-1") =>
        new BackupWriter(TimeProvider.System).Write(rig.Folder, Target(rig, name));

    private static RestoreResult Restore(Rig rig, string folder, bool force = false, string backup = "backup-1") =>
        new BackupRestorer(TimeProvider.System).Restore(
            Target(rig, backup), Target(rig, folder), force, "ann", "disk replaced");

    private static VerifyReport Verify(string folder) =>
        new StoreVerifier(TimeProvider.System).Verify(folder, deep: true);

    private static string Refused(Func<object> act) => Assert.Throws<DataFolderException>(act).Message;

    [Fact]
    public async Task Write_WhileTheFileIsWritten_CopyIsWholeAndVerifies()
    {
        await using Rig rig = Rig.Opened();
        await StoreVerifierTests.FillAsync(rig);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                rig.Journal.TryAppend(Make.Entry("C", 1 + (i * 3)), null);
                await rig.Journal.FlushAsync(CancellationToken.None);
            }
        }, CancellationToken.None);
        BackupManifest manifest = Backup(rig);
        await stop.CancelAsync();
        await writing;
        Assert.Equal(
            [LocalFile.FileName, SqliteHistoryStore.FileName],
            manifest.Files.Select(f => f.Name),
            StringComparer.Ordinal);
        VerifyReport report = Verify(Target(rig, "backup-1"));
        Assert.True(report.Equal, string.Join("\n", report.Differences.Select(d => d.Problem)));
        Assert.Equal(manifest.AuditHeads, report.Audit.Heads);
        // Verifying a backup leaves it as it was.
        Assert.Equal(manifest.Files, BackupManifest.Read(Target(rig, "backup-1")).Files);
        Assert.Equal(
            ["guardian-backup.json", "guardian-history.db", "guardian-l3.db"],
            Directory.GetFiles(Target(rig, "backup-1")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task Restore_ToANewFolder_SameHoldsWholeAuditAndHigherEpochs()
    {
        await using Rig rig = Rig.Opened();
        await StoreVerifierTests.FillAsync(rig);
        BackupManifest manifest = Backup(rig);
        RestoreResult result = Restore(rig, "restored");
        Assert.Equal((2L, (string?)null), (result.EpochFloor, result.SetAside));

        await using var other = new Rig(options => options.DataFolder = Target(rig, "restored"));
        other.File.Open();
        Assert.Equal(2, other.File.EpochFloor);
        Assert.Equal("h1", Assert.Single(new SqliteHaltStore(other.File).Load()).Id);
        VerifyReport report = Verify(Target(rig, "restored"));
        Assert.True(report.Equal, string.Join("\n", report.Differences.Select(d => d.Problem)));
        Assert.Equal(2, report.Audit.Heads.Length);
        AuditPage page = other.File.Read(session => AuditRows.Page(session, new AuditQuery { NewestFirst = true }));
        AuditEntry first = page.Items[0];
        Assert.Equal(
            ("ann", "restore", "disk replaced", 1L), (first.Actor, first.Action, first.Reason, first.Number));
        Assert.False(string.Equals(manifest.Writer, first.Writer, StringComparison.Ordinal));
        Assert.Contains(manifest.Writer, first.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_OverData_RefusedOrSetAsideWithItsEpochs()
    {
        await using Rig rig = Rig.Opened();
        await StoreVerifierTests.FillAsync(rig);
        Backup(rig);
        Directory.CreateDirectory(Target(rig, "other"));
        await using var other = new Rig(options => options.DataFolder = Target(rig, "other"));
        other.File.Open();
        Assert.True(other.Journal.TryAppend(Make.Entry("A", 1, epoch: 9), null));
        await other.Journal.FlushAsync(Make.Soon());
        await other.CloseAsync();
        Assert.Equal(
            $"Condition failed: {Target(rig, "other")} is not empty: it has guardian-l3.db. Name an empty folder, or "
            + "set what is there aside with --force.",
            Refused(() => Restore(rig, "other")));
        RestoreResult result = Restore(rig, "other", force: true);
        Assert.Equal(9, result.EpochFloor);
        Assert.True(System.IO.File.Exists(Path.Combine(result.SetAside!, "guardian-l3.db")));
        Assert.Equal(result.SetAside, Assert.Single(FolderFiles.SetAside(Target(rig, "other"))));
        Assert.True(Verify(Target(rig, "other")).Equal);
        // Once more: what the first restore left is set aside too, and its floor is kept.
        Assert.Equal(9, Restore(rig, "other", force: true).EpochFloor);
        Assert.Equal(2, FolderFiles.SetAside(Target(rig, "other")).Length);
    }

    [Fact]
    public async Task Restore_OverARunningSilo_RefusedAndNothingTouched()
    {
        await using Rig rig = Rig.Opened();
        await StoreVerifierTests.FillAsync(rig);
        Backup(rig);
        using DataFolderLock running = DataFolderLock.Take(Target(rig, "busy"));
        Assert.Equal(
            $"Condition failed: data folder {Target(rig, "busy")} belongs to the running process "
            + $"{Environment.ProcessId}. Stop that process, or name another folder in Guardian:DataFolder.",
            Refused(() => Restore(rig, "busy", force: true)));
        Assert.Equal(
            ["guardian.lock", "guardian.owner"],
            Directory.GetFiles(Target(rig, "busy")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("guardian-backup.json", "gone", "is missing: the backup was cut short, or this is none")]
    [InlineData("guardian-backup.json", "changed", "is not as it was written: its seal differs")]
    [InlineData("guardian-l3.db", "gone", "is missing")]
    [InlineData("guardian-l3.db", "cut", "has 4096 bytes, not ")]
    [InlineData("guardian-l3.db", "changed", "is not as it was written: its SHA-256 differs")]
    [InlineData("guardian-history.db", "gone", "is missing")]
    [InlineData("guardian-history.db", "cut", "has 4096 bytes, not ")]
    [InlineData("guardian-history.db", "changed", "is not as it was written: its SHA-256 differs")]
    public async Task Restore_BackupCutShort_NamesTheFileAndTouchesNothing(string name, string how, string words)
    {
        await using Rig rig = Rig.Opened();
        await StoreVerifierTests.FillAsync(rig);
        Backup(rig);
        string path = Path.Combine(Target(rig, "backup-1"), name);
        byte[] bytes = await System.IO.File.ReadAllBytesAsync(path, Make.Soon());
        if (how == "gone") System.IO.File.Delete(path);
        if (how == "cut") await System.IO.File.WriteAllBytesAsync(path, bytes[..4096], Make.Soon());
        if (how == "changed")
        {
            bytes[bytes.Length / 2] ^= 1;
            await System.IO.File.WriteAllBytesAsync(path, bytes, Make.Soon());
        }

        string message = Refused(() => Restore(rig, "restored"));
        Assert.StartsWith($"Condition failed: {path} {words}", message, StringComparison.Ordinal);
        Assert.EndsWith(". Take another backup.", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Target(rig, "restored")));
    }

    [Fact]
    public async Task Write_TargetInUseOrNoData_RefusedByName()
    {
        await using var rig = new Rig();
        Assert.Equal(
            $"Condition failed: {rig.Folder} has no guardian-l3.db; name a data folder.", Refused(() => Backup(rig)));
        rig.File.Open();
        Backup(rig);
        Assert.Equal(
            $"Condition failed: {Target(rig, "backup-1")} is not empty; name a new folder for the backup.",
            Refused(() => Backup(rig)));
    }

    [Fact]
    public async Task Restore_CutShortAtAnyStep_NoSiloStartsUntilItIsDoneAgain()
    {
        await using Rig rig = Rig.Opened();
        await StoreVerifierTests.FillAsync(rig);
        Backup(rig);
        Directory.CreateDirectory(Target(rig, "new"));
        // As a crash leaves it: the marker is the first thing that is written, and the last that goes.
        string marker = Path.Combine(Target(rig, "new"), "guardian.restoring");
        await System.IO.File.WriteAllTextAsync(marker, "restoring", Make.Soon());
        await using ServiceProvider services = new ServiceCollection().AddLogging()
            .AddGuardianStorage(new StorageOptions { DataFolder = Target(rig, "new") }).BuildServiceProvider();
        GuardianStorage storage = services.GetRequiredService<GuardianStorage>();
        string message = Assert.Throws<DataFolderException>(storage.Open).Message;
        Assert.Equal(
            $"Condition failed: a restore to {Target(rig, "new")} was cut short (guardian.restoring is still there). "
            + "Restore again with --force; what was there before rests in guardian-before-….",
            message);
        Restore(rig, "new", force: true);
        Assert.False(System.IO.File.Exists(marker));
        storage.Open();
    }

    [Fact]
    public async Task Open_FilesOfTwoSilos_RefusedNamingBoth()
    {
        await using var rig = new Rig();
        string one = IdentityOf(rig, "one");
        string two = IdentityOf(rig, "two");
        Assert.False(string.Equals(one, two, StringComparison.Ordinal));
        string foreign = Path.Combine(Target(rig, "one"), LocalFile.FileName);
        System.IO.File.Copy(Path.Combine(Target(rig, "two"), LocalFile.FileName), foreign, overwrite: true);
        string message = Refused(() => SiloIdentity.Check(Target(rig, "one"), foreign));
        Assert.Equal(
            $"Condition failed: {foreign} is of silo {two}, but {Path.Combine(Target(rig, "one"), "guardian.silo")} is "
            + $"of silo {one}. Put the file back where it came from, or name another folder in Guardian:DataFolder; "
            + "'guardian restore' brings a whole backup in.",
            message);
        System.IO.File.Delete(Path.Combine(Target(rig, "one"), "guardian.silo"));
        Assert.Equal((two, true), SiloIdentity.Check(Target(rig, "one"), foreign));
    }

    private static string IdentityOf(Rig rig, string folder)
    {
        Directory.CreateDirectory(Target(rig, folder));
        string path = Path.Combine(Target(rig, folder), LocalFile.FileName);
        (string id, bool wasUsed) = SiloIdentity.Check(Target(rig, folder), path);
        Assert.False(wasUsed);
        SiloIdentity.Keep(Target(rig, folder), id);
        using (SqliteSession session = LocalSchema.Open(path, 0))
        {
            SiloIdentity.Put(session, id);
            session.Scalar("pragma journal_mode=delete");
        }

        Assert.Equal((id, true), SiloIdentity.Check(Target(rig, folder), path));
        return id;
    }
}
