using System.Diagnostics;
using Guardian.Contracts;
using Guardian.Storage.Verifying;

namespace Guardian.Storage.Tests.Local;

/// <summary>A local file that can't be written, also not by root: the file system holds it.</summary>
public sealed class ReadOnlyFileTests
{
    private static bool Change(string flag, string path)
    {
        try
        {
            using Process chattr = Process.Start(new ProcessStartInfo("chattr", [flag, path])
            {
                RedirectStandardError = true, UseShellExecute = false,
            })!;
            chattr.WaitForExit();
            return chattr.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such program here.
        }
    }

    [Fact]
    public async Task Open_ReadOnlyFile_RefusedByNameAndStillVerified()
    {
        await using Rig rig = Rig.Opened();
        Assert.True(rig.Journal.TryAppend(Make.Entry("A", 1), null));
        await rig.Journal.FlushAsync(Make.Soon());
        await rig.CloseAsync();
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Change("+i", rig.File.FilePath),
            $"chattr +i does not work on {rig.File.FilePath}.");
        try
        {
            var e = Assert.Throws<DataFolderException>(rig.File.Open);
            Assert.StartsWith(
                $"Condition failed: {rig.File.FilePath} can't be opened (SQLite Error ",
                e.Message,
                StringComparison.Ordinal);
            Assert.EndsWith(
                "). Check its rights and the disk, or name another folder in Guardian:DataFolder.",
                e.Message,
                StringComparison.Ordinal);
            Assert.Null(rig.File.DamagedFile);
            VerifyReport report = new StoreVerifier(TimeProvider.System).Verify(rig.Folder, deep: true);
            Assert.Equal(1, report.JournalRows);
        }
        finally
        {
            Change("-i", rig.File.FilePath);
        }
    }
}
