using CsCheck;
using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;

namespace Guardian.Storage.Tests.Recovery;

public sealed class EventTailsTests
{
    private static readonly Epoch Fifth = new(5, 1);
    private static readonly Epoch Sixth = new(6, 2);

    [Fact]
    public void EndOf_EntriesWithAHole_IsBeforeIt()
    {
        JournalEntry[] entries = [Entry(Fifth, 1, 3), Entry(Fifth, 4, 2), Entry(Fifth, 7, 2)];
        Assert.Equal((Fifth, 5L), EventTails.EndOf(entries, default, 0));
        Assert.Equal((Fifth, 5L), EventTails.EndOf(entries, Fifth, 2));
        Assert.Equal((Fifth, 8L), EventTails.EndOf(entries, Fifth, 6));
        Assert.Equal((Fifth, 9L), EventTails.EndOf(entries, Fifth, 9));
        Assert.Equal((Fifth, 4L), EventTails.EndOf([], Fifth, 4));
    }

    [Theory]
    [InlineData("hot through 5.1/3", true)]
    [InlineData("hot through 5.1/4", false)] // One event of the life before it is missing.
    [InlineData("hot through 4.1/900", true)] // What lies between was nobody's.
    [InlineData("hot", true)] // An older program did not tell.
    public void EndOf_ANewLife_OnlyWhereWhatItHadFoldedIsKnown(string recoveredFrom, bool fits)
    {
        JournalEntry[] entries = [Entry(Fifth, 1, 3), Begins(Sixth, recoveredFrom)];
        Assert.Equal(fits ? (Sixth, 1L) : (Fifth, 3L), EventTails.EndOf(entries, default, 0));
    }

    [Fact]
    public void Join_AnyPartsOfOneLife_AreInOrderAndFoldedOnce() => Gen.Select(
        Gen.Int[1, 5].Array[1, 20], Gen.Int[1, 3].Array[20]).Sample((counts, where) =>
    {
        List<JournalEntry> first = [];
        List<JournalEntry> second = [];
        long next = 1;
        for (int i = 0; i < counts.Length; i++)
        {
            JournalEntry entry = Entry(Fifth, next, counts[i]);
            next += counts[i];
            if ((where[i] & 1) != 0) first.Add(entry);
            if ((where[i] & 2) != 0) second.Add(entry);
        }

        IReadOnlyList<JournalEntry> both = EventTails.Join(first, second, emptied: default);
        Assert.Equal(first.Count + second.Count, both.Count);
        Assert.Equal(both.Select(e => e.FirstSequence).Order(), both.Select(e => e.FirstSequence));
        Assert.Equal(counts.Length, TailMerge.Merge([], both).Tail.Count);
        Assert.Equal((Fifth, next - 1), EventTails.EndOf(both, default, 0));
    });

    [Fact]
    public void Join_AnEpochWasForgotten_NothingOfItOrBeforeIt()
    {
        JournalEntry[] first = [Entry(new Epoch(4, 9), 1, 1), Entry(Fifth, 1, 1)];
        JournalEntry[] second = [Entry(Sixth, 1, 1)];
        Assert.Equal(second, EventTails.Join(first, second, emptied: Fifth));
        Assert.Equal([first[1]], EventTails.Join(first, [], emptied: new Epoch(4, 9)));
    }

    private static JournalEntry Entry(Epoch epoch, long first, int count) =>
        new() { Symbol = "A", Epoch = epoch, FirstSequence = first, Count = count };

    private static JournalEntry Begins(Epoch epoch, string recoveredFrom)
    {
        var packer = new EventPacker();
        packer.Write(1, new Activated(1, 1, "hash", recoveredFrom, 0));
        return Make.Of("A", packer) with { Epoch = epoch, FirstSequence = 1 };
    }
}
