using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;

namespace Guardian.Storage.Tests.Local;

public sealed class LocalFileTests
{
    private static CancellationToken Soon => Make.Soon();

    private static async Task FillAsync(Rig rig, int entries)
    {
        for (int i = 0; i < entries; i++) Assert.True(rig.Journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null));
        await rig.Journal.FlushAsync(Soon);
    }

    [Theory]
    [InlineData("update journal set payload = zeroblob(length(payload)) where position = 3", "its checksum differs")]
    [InlineData("update journal set payload = substr(payload, 2) where position = 3", "its length is ")]
    [InlineData("update journal set received_at = received_at + 1 where position = 3", "its checksum differs")]
    [InlineData("update journal set through = through + 1 where position = 3", "its checksum differs")]
    [InlineData("update journal set first_sequence = 'x' where position = 3", "its checksum differs")]
    public async Task ReadAfter_DamagedRow_RowsBeforeFirstThenNamed(string damage, string problem)
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 5);
        await rig.CloseAsync();
        rig.Damage(damage);
        rig.File.Open();
        Assert.Equal([1L, 2], rig.Journal.ReadAfter(0, 10).Select(row => row.Position));
        var e = Assert.Throws<DamagedRecordException>(() => rig.Journal.ReadAfter(2, 10));
        Assert.Equal((3L, "A"), (e.Position, e.Symbol));
        Assert.StartsWith($"Invariant: journal row 3 of A is damaged: {problem}", e.Message, StringComparison.Ordinal);
        Assert.Equal([4L, 5], rig.Journal.ReadAfter(3, 10).Select(row => row.Position));
        e = Assert.Throws<DamagedRecordException>(() => rig.Journal.ReadTail("A", default, 0));
        Assert.Equal(2, e.Before.Count);
        Assert.Equal(new Epoch(1, 7), e.Highest);
    }

    [Fact]
    public async Task ReadAfter_RowsSwapped_FoundByTheirPlace()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 3);
        await rig.CloseAsync();
        rig.Damage(
            "update journal set position = 99 where position = 1; update journal set position = 1 where position = 2; "
            + "update journal set position = 2 where position = 99");
        rig.File.Open();
        Assert.Equal(1, Assert.Throws<DamagedRecordException>(() => rig.Journal.ReadAfter(0, 10)).Position);
    }

    [Fact]
    public async Task Open_EveryBitFlippedInTurn_FoundOrHarmless()
    {
        // Seeded places over the whole file: whatever is read afterwards is what was written, or is named as damaged.
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 20);
        await rig.CloseAsync();
        byte[] good = await System.IO.File.ReadAllBytesAsync(rig.File.FilePath, Soon);
        var random = new Random(20261122);
        for (int round = 0; round < 60; round++)
        {
            byte[] bad = [.. good];
            int place = random.Next(bad.Length);
            bad[place] ^= (byte)(1 << random.Next(8));
            await System.IO.File.WriteAllBytesAsync(rig.File.FilePath, bad, Soon);
            string seen = await ReadAllAsync(rig);
            Assert.True(seen is "whole" or "named", $"flip {round} at byte {place}: {seen}");
            foreach (string other in Directory.GetFiles(rig.Folder)) System.IO.File.Delete(other);
        }
    }

    private static async Task<string> ReadAllAsync(Rig rig)
    {
        try
        {
            rig.File.Open();
            IReadOnlyList<JournalRow> rows = rig.Journal.ReadTail("A", default, 0);
            bool whole = rows.Select(row => row.Entry.FirstSequence)
                .SequenceEqual(Enumerable.Range(0, 20).Select(i => 1L + (i * 3)));
            if (whole) return "whole";
            return rig.File.Damages.Count > 0 ? "named" : $"{rows.Count} rows and no word";
        }
        catch (Exception e) when (e is DamagedRecordException or StorageUnavailableException or DataFolderException)
        {
            return "named";
        }
        finally
        {
            await rig.CloseAsync();
        }
    }

    [Fact]
    public async Task Open_NewerVersion_RefusedAndLeftAlone()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 2);
        await rig.CloseAsync();
        rig.Damage("update meta set value = '3' where key = 'schema'");
        var e = Assert.Throws<DataFolderException>(rig.File.Open);
        Assert.Equal(
            $"Condition failed: {rig.File.FilePath} has format 3, and this build reads formats up to 2. "
            + "Start the newer build again, or name another folder in Guardian:DataFolder.",
            e.Message);
        Assert.Single(Directory.GetFiles(rig.Folder, "*.db*"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(5_000)]
    public async Task Open_FileOverwrittenFrom_SetAsideNeverOverwrittenAndNewOneBegun(int from)
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 50);
        await rig.CloseAsync();
        byte[] bytes = await System.IO.File.ReadAllBytesAsync(rig.File.FilePath, Soon);
        bytes.AsSpan(from, 4_000).Fill(0xA5);
        await System.IO.File.WriteAllBytesAsync(rig.File.FilePath, bytes, Soon);
        rig.File.Open();
        Assert.StartsWith(rig.File.FilePath + ".damaged-", rig.File.DamagedFile, StringComparison.Ordinal);
        Assert.Equal(bytes, await System.IO.File.ReadAllBytesAsync(rig.File.DamagedFile!, Soon));
        string word = Assert.Single(rig.File.Damages);
        Assert.StartsWith($"{rig.File.FilePath} was damaged as a whole: ", word, StringComparison.Ordinal);
        await FillAsync(rig, 1);
        Assert.Single(rig.Journal.ReadAfter(0, 10));
    }

    [Fact]
    public async Task Open_FileCutShort_SetAsideAndHaltsSavedFromIt()
    {
        await using Rig rig = Rig.Opened();
        await new SqliteHaltStore(rig.File).PutAsync(Make.Hold("h1"));
        await FillAsync(rig, 200);
        await rig.CloseAsync();
        byte[] bytes = await System.IO.File.ReadAllBytesAsync(rig.File.FilePath, Soon);
        await System.IO.File.WriteAllBytesAsync(rig.File.FilePath, bytes[..^8192], Soon);
        rig.File.Open();
        Assert.NotNull(rig.File.DamagedFile);
        Assert.Equal("h1", Assert.Single(new SqliteHaltStore(rig.File).Load()).Id);
    }

    [Fact]
    public async Task ReadTail_DamagedRowBeforeANewerEpoch_TellsTheHighestEpoch()
    {
        await using Rig rig = Rig.Opened();
        Assert.True(rig.Journal.TryAppend(Make.Entry("A", 1), null));
        Assert.True(rig.Journal.TryAppend(Make.Entry("A", 1, epoch: 2), null));
        await rig.Journal.FlushAsync(Soon);
        await rig.CloseAsync();
        rig.Damage("update journal set payload = zeroblob(length(payload)) where position = 1");
        rig.File.Open();
        var e = Assert.Throws<DamagedRecordException>(() => rig.Journal.ReadTail("A", default, 0));
        Assert.Empty(e.Before);
        Assert.Equal(new Epoch(2, 7), e.Highest);
        var reader = new Guardian.Storage.Recovery.RecoveryReader(new SqliteCheckpointStore(rig.File), rig.Journal);
        Assert.Equal(new Epoch(2, 7), reader.Read("A").HighestEpoch);
    }

    [Fact]
    public async Task ReadTail_EntriesThatWait_FollowWhatIsDurable()
    {
        await using Rig rig = new();
        rig.File.OpenStepped();
        Assert.True(rig.Journal.TryAppend(Make.Entry("A", 1), null));
        rig.File.Step();
        Assert.True(rig.Journal.TryAppend(Make.Entry("A", 4), null));
        Assert.True(rig.Journal.TryAppend(Make.Entry("B", 1), null));
        Assert.Equal(
            [(1L, 1L), (0, 4)],
            rig.Journal.ReadTail("A", default, 0).Select(row => (row.Position, row.Entry.FirstSequence)));
        rig.File.Step();
        Assert.Equal([1L, 2], rig.Journal.ReadTail("A", default, 0).Select(row => row.Position));
    }

    [Fact]
    public async Task WriteAsync_DiskFull_TasksFailEntriesAreKeptAndWrittenOnceThereIsRoom()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 1);
        rig.File.Database.LimitPages(1);
        var listener = new Listener();
        JournalEntry big = Make.Entry("A", 4, 20_000);
        Assert.True(rig.Journal.TryAppend(big, listener));
        var store = new SqliteHaltStore(rig.File);
        var e = await Assert.ThrowsAsync<StorageUnavailableException>(async () =>
        {
            for (int i = 0; ; i++) await store.PutAsync(Make.Hold($"h{i}"));
        });
        Assert.Contains("full", e.Message, StringComparison.Ordinal);
        Assert.NotNull(rig.Journal.Fault);
        Assert.Empty(listener.Seen);
        Task durable = rig.Journal.WaitForAsync(1, Soon);
        rig.File.Database.LimitPages(0);
        await durable;
        await store.PutAsync(Make.Hold("after"));
        Assert.Null(rig.Journal.Fault);
        Assert.Equal(big, Assert.Single(listener.Seen).Entry);
        Assert.Equal([1L, 4], rig.Journal.ReadTail("A", default, 0).Select(row => row.Entry.FirstSequence));
    }

    [Fact]
    public async Task TryAppend_JournalLimit_SamplesGoUnrecordedStateIsKept()
    {
        await using Rig rig = Rig.Opened(options => options.JournalBytes = 1 << 20);
        int samples = 0;
        long sequence = 1;
        while (rig.Journal.TryAppend(Make.Entry("A", sequence, 1_000), null))
        {
            await rig.Journal.FlushAsync(Soon);
            sequence += 1_000;
            Assert.True(++samples < 1_000);
        }

        Assert.Equal(1, rig.Journal.Unrecorded);
        Assert.True(rig.Journal.TryAppend(Make.Entry("A", sequence, 1_000, EventClass.State), null));
        Assert.Equal(0, rig.Journal.UnrecordedState);
    }

    [Fact]
    public async Task Trim_BehindTheSlowestCursorAndTheOldestKeptCheckpoint_RowsGo()
    {
        await using Rig rig = Rig.Opened();
        Assert.Equal(0, rig.Journal.GetCursor("L2"));
        await FillAsync(rig, 10);
        Assert.True(rig.Journal.TryAppend(Make.Entry("B", 1), null));
        var checkpoints = new SqliteCheckpointStore(rig.File);
        await checkpoints.SaveAsync(new Checkpoint("A", new Epoch(1, 7), 17, 0, [1]));
        await checkpoints.SaveAsync(new Checkpoint("A", new Epoch(1, 7), 25, 0, [1]));
        rig.Journal.MoveCursor("L2", 3);
        await Until(rig, rows => rows[0].Position == 4);
        rig.Journal.MoveCursor("L2", 11);
        // Sequence 17 lies within the sixth row (16 to 18), which stays; so does B, which has no checkpoint.
        await Until(rig, rows => rows[0].Position == 6);
        Assert.Equal([6L, 7, 8, 9, 10, 11], rig.Journal.ReadAfter(0, 100).Select(row => row.Position));
        await rig.ReopenAsync();
        Assert.Equal(11, rig.Journal.DurablePosition);
    }

    [Fact]
    public async Task Trim_TierNoLongerConfigured_HoldsNothingAndANewOneHoldsAll()
    {
        await using Rig rig = Rig.Opened();
        rig.Journal.MoveCursor("L1", 1);
        rig.Journal.MoveCursor("L2", 5);
        await FillAsync(rig, 10);
        await new SqliteCheckpointStore(rig.File).SaveAsync(new Checkpoint("A", new Epoch(1, 7), 30, 0, [1]));
        Assert.Equal(1, rig.File.SlowestCursor());
        rig.File.HoldFor(["L2", "L2-other"]);
        Assert.Equal(0, rig.File.SlowestCursor());
        rig.File.HoldFor(["L2"]);
        await Until(rig, rows => rows[0].Position == 6);
        Assert.Equal(1, rig.Journal.GetCursor("L1"));
    }

    [Fact]
    public async Task RewindCursor_BackForthAndForward_OnlyBackMovesAndRests()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 10);
        rig.Journal.MoveCursor("L2", 8);
        rig.Journal.RewindCursor("L2", 9);
        Assert.Equal(8, rig.Journal.GetCursor("L2"));
        rig.Journal.RewindCursor("L2", 2);
        await rig.ReopenAsync();
        Assert.Equal(2, rig.Journal.GetCursor("L2"));
        rig.Journal.MoveCursor("L2", 3);
        await rig.ReopenAsync();
        Assert.Equal(3, rig.Journal.GetCursor("L2"));
    }

    [Fact]
    public async Task Trim_ForgetBehindEveryCursor_Goes()
    {
        await using Rig rig = Rig.Opened();
        Assert.True(rig.Journal.TryAppend(Make.Forget("A@replay"), null));
        await FillAsync(rig, 1);
        rig.Journal.MoveCursor("L2", 1);
        await Until(rig, rows => rows.Count == 1);
        await rig.ReopenAsync();
        await FillAsync(rig, 1);
        Assert.Equal([2L, 3], rig.Journal.ReadAfter(0, 10).Select(row => row.Position));
    }

    [Fact]
    public async Task WriteAsync_ManyCallers_ShareCommitsAndKeepOrder()
    {
        await using Rig rig = Rig.Opened();
        var listener = new Listener();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(() =>
        {
            for (int i = 0; i < 2_000; i++)
                Assert.True(rig.Journal.TryAppend(Make.Entry($"S{caller}", 1 + i, 1), listener));
        })));
        await rig.Journal.FlushAsync(Soon);
        Assert.Equal(8_000, listener.Seen.Count);
        Assert.True(rig.File.Commits < 8_000, $"{rig.File.Commits} commits");
        Assert.Equal(listener.Seen.Select(one => one.Position), listener.Seen.Select(one => one.Position).Order());
        foreach (IGrouping<string, long> one in listener.Seen.GroupBy(
            seen => seen.Entry.Symbol, seen => seen.Entry.FirstSequence, StringComparer.Ordinal))
            Assert.Equal(Enumerable.Range(1, 2_000).Select(i => (long)i), one);
    }

    [Fact]
    public async Task WriteAsync_AfterClose_FailsWithItsName()
    {
        await using Rig rig = Rig.Opened();
        LocalFile closed = rig.File;
        await rig.CloseAsync();
        var e = await Assert.ThrowsAsync<StorageUnavailableException>(
            () => new SqliteHaltStore(closed).PutAsync(Make.Hold("h1")));
        Assert.Equal($"Condition failed: {closed.FilePath} is closed; nothing is written any more.", e.Message);
        Assert.False(new SqliteJournal(closed).TryAppend(Make.Entry("A", 1), null));
    }

    private static async Task Until(Rig rig, Func<IReadOnlyList<JournalRow>, bool> phase)
    {
        using var patience = new CancellationTokenSource(Make.Patience);
        while (!phase(rig.Journal.ReadAfter(0, 100)))
        {
            patience.Token.ThrowIfCancellationRequested();
            // Every trim comes between two commits: each round makes one.
            await rig.Journal.FlushAsync(patience.Token);
        }
    }
}
