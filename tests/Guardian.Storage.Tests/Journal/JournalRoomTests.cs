using Guardian.Contracts;
using Guardian.Storage.Journal;

namespace Guardian.Storage.Tests.Journal;

public sealed class JournalRoomTests
{
    [Theory]
    [InlineData(EventClass.Sample, 9)]
    [InlineData(EventClass.State, 10)]
    [InlineData(EventClass.Forget, 10)]
    public void TryTake_Entries_UpToTheBound(EventClass of, int fits)
    {
        var room = new JournalRoom(10, 1_000_000, 1_000_000);
        for (int i = 0; i < fits; i++) Assert.True(room.TryTake(of, 1));
        Assert.False(room.TryTake(of, 1));
        Assert.Equal(1, room.Unrecorded);
        Assert.Equal(of == EventClass.Sample ? 0 : 1, room.UnrecordedState);
        room.Give(1);
        Assert.True(room.TryTake(of, 1));
    }

    [Theory]
    [InlineData(EventClass.Sample, 900)]
    [InlineData(EventClass.State, 1_000)]
    public void TryTake_Bytes_UpToTheBound(EventClass of, long fits)
    {
        Assert.True(new JournalRoom(10, 1_000, 100_000).TryTake(of, fits));
        Assert.False(new JournalRoom(10, 1_000, 100_000).TryTake(of, fits + 1));
    }

    [Theory]
    [InlineData(EventClass.Sample, 899_900)]
    [InlineData(EventClass.State, 999_900)]
    public void TryTake_File_UpToTheBound(EventClass of, long used)
    {
        var room = new JournalRoom(10, 1_000, 1_000_000);
        room.Measure(used);
        Assert.False(room.TryTake(of, 101));
        Assert.True(room.TryTake(of, 100));
    }

    [Fact]
    public void UnrecordedBy_EachLimit_IsCountedByItsName()
    {
        var room = new JournalRoom(2, 1_000, 1_500);
        Assert.Empty(room.UnrecordedBy);
        Assert.True(room.TryTake(EventClass.State, 100));
        Assert.False(room.TryTake(EventClass.State, 901));
        Assert.True(room.TryTake(EventClass.State, 100));
        Assert.False(room.TryTake(EventClass.Sample, 100));
        room.Give(100);
        room.Measure(1_400);
        Assert.False(room.TryTake(EventClass.Sample, 10));
        Assert.False(room.HasRoom());
        room.RefuseTooLarge(EventClass.Sample);
        Assert.Equal(
            [
                new("BacklogEntries", 2), new("BacklogBytes", 1), new("MaximumEntryBytes", 1),
            ],
            room.UnrecordedBy);
        Assert.Equal((4, 1), (room.Unrecorded, room.UnrecordedState));
    }

    [Fact]
    public void UnrecordedBy_FileIsFull_NamesTheJournalsSize()
    {
        var room = new JournalRoom(10, 10_000, 1_500);
        room.Measure(1_500);
        Assert.False(room.TryTake(EventClass.State, 1));
        Assert.Equal([new UnrecordedCount("JournalBytes", 1)], room.UnrecordedBy);
    }
}
