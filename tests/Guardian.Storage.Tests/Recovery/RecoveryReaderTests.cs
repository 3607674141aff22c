using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;

namespace Guardian.Storage.Tests.Recovery;

public sealed class RecoveryReaderTests
{
    private static readonly Epoch First = new(1, 7);

    [Fact]
    public async Task Read_CheckpointAndTail_TailIsWhatComesAfter()
    {
        (RecoveryReader reader, MemoryCheckpointStore checkpoints, MemoryJournal journal) = Stores();
        Append(journal, Make.Entry("A", 1), Make.Entry("A", 4), Make.Entry("B", 1), Make.Entry("A", 7));
        await checkpoints.SaveAsync(new Checkpoint("A", First, 5, 0, [1]));
        RecoveryData data = reader.Read("A");
        Assert.Equal(5, data.Checkpoint!.Sequence);
        Assert.Equal([4L, 7], data.Tail.Select(row => row.Entry.FirstSequence));
        Assert.Null(data.Hole);
        Assert.Equal(First, data.HighestEpoch);
    }

    [Fact]
    public void Read_NothingStored_NothingFound()
    {
        RecoveryData data = Stores().Reader.Read("A");
        Assert.Null(data.Checkpoint);
        Assert.Empty(data.Tail);
        Assert.Null(data.Hole);
    }

    [Fact]
    public void Read_HoleInTheTail_EndsBeforeIt()
    {
        (RecoveryReader reader, _, MemoryJournal journal) = Stores();
        Append(journal, Make.Entry("A", 1), Make.Entry("A", 7), Make.Entry("A", 10));
        RecoveryData data = reader.Read("A");
        Assert.Equal([1L], data.Tail.Select(row => row.Entry.FirstSequence));
        Assert.Equal("journal row 2 of A begins at 1.7/7, but 1.7/3 comes before it", data.Hole);
    }

    [Fact]
    public void Read_NoCheckpointAndBeginningGone_HoleAtOnce()
    {
        (RecoveryReader reader, _, MemoryJournal journal) = Stores();
        Append(journal, Make.Entry("A", 4));
        RecoveryData data = reader.Read("A");
        Assert.Empty(data.Tail);
        Assert.Equal("journal row 1 of A begins at 1.7/4, but 0.0/0 comes before it", data.Hole);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Read_NewEpochThenLateRowsOfTheOld_LateAreNotFolded(int firstOfSecond)
    {
        (RecoveryReader reader, _, MemoryJournal journal) = Stores();
        Append(
            journal,
            Make.Entry("A", 1),
            Make.Entry("A", 4),
            Make.Entry("A", firstOfSecond, epoch: 2),
            Make.Entry("A", 7),
            Make.Entry("A", firstOfSecond + 3, epoch: 2));
        RecoveryData data = reader.Read("A");
        Assert.Equal([1L, 2, 3, 5], data.Tail.Select(row => row.Position));
        Assert.Equal([4L], data.Late.Select(row => row.Position));
        Assert.Null(data.Hole);
        Assert.Equal(2, data.HighestEpoch.Number);
    }

    [Fact]
    public async Task Read_NewestCheckpointAndARowDamaged_OlderOneAndTheRowsBeforeTheDamage()
    {
        await using Rig rig = Rig.Opened();
        Append(rig.Journal, Make.Entry("A", 1), Make.Entry("A", 4), Make.Entry("A", 7), Make.Entry("A", 10));
        var checkpoints = new SqliteCheckpointStore(rig.File);
        await checkpoints.SaveAsync(new Checkpoint("A", First, 3, 0, [1]));
        await checkpoints.SaveAsync(new Checkpoint("A", First, 9, 0, [2]));
        await rig.CloseAsync();
        rig.Damage("update checkpoints set checksum = checksum + 1 where sequence = 9; "
            + "update journal set checksum = checksum + 1 where position = 3");
        rig.File.Open();
        RecoveryData data = new RecoveryReader(new SqliteCheckpointStore(rig.File), rig.Journal).Read("A");
        Assert.Equal(3, data.Checkpoint!.Sequence);
        Assert.Equal([4L], data.Tail.Select(row => row.Entry.FirstSequence));
        Assert.Equal("Invariant: journal row 3 of A is damaged: its checksum differs.", data.Hole);
        Assert.Equal(
            ["checkpoint 1.7/9 of A: its checksum differs", "journal row 3 of A: its checksum differs"],
            data.Damaged,
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task Read_RowMissing_HoleIsNamed()
    {
        await using Rig rig = Rig.Opened();
        Append(rig.Journal, Make.Entry("A", 1), Make.Entry("A", 4), Make.Entry("A", 7));
        await rig.CloseAsync();
        rig.Damage("delete from journal where position = 2");
        rig.File.Open();
        RecoveryData data = new RecoveryReader(new SqliteCheckpointStore(rig.File), rig.Journal).Read("A");
        Assert.Equal("journal row 3 of A begins at 1.7/7, but 1.7/3 comes before it", data.Hole);
    }

    private static (RecoveryReader Reader, MemoryCheckpointStore Checkpoints, MemoryJournal Journal) Stores()
    {
        var checkpoints = new MemoryCheckpointStore();
        var journal = new MemoryJournal();
        return (new RecoveryReader(checkpoints, journal), checkpoints, journal);
    }

    private static void Append(IJournal journal, params JournalEntry[] entries)
    {
        foreach (JournalEntry entry in entries) Assert.True(journal.TryAppend(entry, null));
    }
}
