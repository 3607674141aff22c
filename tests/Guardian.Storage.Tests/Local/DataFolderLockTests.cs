using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.DependencyInjection;

namespace Guardian.Storage.Tests.Local;

public sealed class DataFolderLockTests
{
    [Fact]
    public async Task Take_FolderInUse_NamesFolderOwnerAndWhatToDo()
    {
        await using var rig = new Rig();
        using (DataFolderLock.Take(rig.Folder))
        {
            var e = Assert.Throws<DataFolderException>(() => DataFolderLock.Take(rig.Folder));
            Assert.Equal(
                $"Condition failed: data folder {rig.Folder} belongs to the running process {Environment.ProcessId}. "
                + "Stop that process, or name another folder in Guardian:DataFolder.",
                e.Message);
        }

        DataFolderLock.Take(rig.Folder).Dispose();
    }

    [Fact]
    public async Task Take_FolderCantBeMade_SaysSo()
    {
        await using var rig = new Rig();
        string file = Path.Combine(rig.Folder, "plain-file");
        await System.IO.File.WriteAllTextAsync(file, "x", Make.Soon());
        string folder = Path.Combine(file, "data");
        var e = Assert.Throws<DataFolderException>(() => DataFolderLock.Take(folder));
        Assert.StartsWith(
            $"Condition failed: data folder {folder} can't be written (", e.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Give this user the right to write there, or name another folder in Guardian:DataFolder.",
            e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddGuardianStorage_OpenedTwice_SecondIsRefusedAndFirstGoesOn()
    {
        await using var rig = new Rig();
        await using ServiceProvider first = Services(rig);
        await using ServiceProvider second = Services(rig);
        first.GetRequiredService<GuardianStorage>().Open();
        Assert.Throws<DataFolderException>(second.GetRequiredService<GuardianStorage>().Open);
        Assert.True(first.GetRequiredService<IJournal>().TryAppend(Make.Entry("A", 1), null));
        await first.GetRequiredService<IJournal>().FlushAsync(Make.Soon());
        await first.GetRequiredService<TierWriters>().DrainAsync(Make.Soon());
        Assert.Equal(3, first.GetRequiredService<TierWriters>().Of(TierNames.History)!.Stored);
    }

    [Fact]
    public async Task Open_HistoryDeleted_JournalFillsItAgain()
    {
        await using var rig = new Rig();
        for (int start = 0; start < 2; start++)
        {
            await using ServiceProvider services = Services(rig);
            services.GetRequiredService<GuardianStorage>().Open();
            if (start == 0) services.GetRequiredService<IJournal>().TryAppend(Make.Entry("A", 1), null);
            await services.GetRequiredService<IJournal>().FlushAsync(Make.Soon());
            await services.GetRequiredService<TierWriters>().DrainAsync(Make.Soon());
            Assert.Equal(3, services.GetRequiredService<TierWriters>().Of(TierNames.History)!.Stored);
            await services.DisposeAsync();
            foreach (string file in Directory.GetFiles(rig.Folder, "guardian-history.db*")) System.IO.File.Delete(file);
        }
    }

    [Fact]
    public async Task Open_OptionsWrong_AllNamedAtOnce()
    {
        await using var rig = new Rig(options => { options.TrimRows = 0; options.PoisonTries = 0; });
        await using ServiceProvider services = Services(rig);
        var e = Assert.Throws<DataFolderException>(services.GetRequiredService<GuardianStorage>().Open);
        Assert.Equal(
            "Condition failed: the storage options are not valid: Guardian:Storage:TrimRows = 0: must be 1 to 100000; "
            + "Guardian:Storage:PoisonTries = 0: must be 1 to 100.",
            e.Message);
    }

    private static ServiceProvider Services(Rig rig) =>
        new ServiceCollection().AddLogging().AddGuardianStorage(rig.Options).BuildServiceProvider();
}
