using CsCheck;
using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;

namespace Guardian.Storage.Tests.Recovery;

public sealed class TailMergeTests
{
    private static readonly Epoch Fifth = new(5, 1);
    private static readonly Epoch Sixth = new(6, 2);

    [Fact]
    public void Merge_NothingShared_IsTheJournalAsItStands()
    {
        JournalRow[] own = [new(1, Entry(Sixth, 1, 3)), new(2, Entry(Fifth, 1, 3))];
        (IReadOnlyList<JournalRow> tail, IReadOnlyList<JournalRow> late) = TailMerge.Merge(own, []);
        Assert.Same(own, tail);
        Assert.Empty(late);
    }

    [Fact]
    public void Merge_AnyPartsOfOneLife_GiveEveryEventOnceInOrder() => Gen.Select(
        Gen.Int[1, 5].Array[1, 20], Gen.Int[0, 3].Array[20]).Sample((counts, where) =>
    {
        List<JournalRow> own = [];
        List<JournalEntry> shared = [];
        long next = 1;
        for (int i = 0; i < counts.Length; i++)
        {
            JournalEntry entry = Entry(Fifth, next, counts[i]);
            next += counts[i];
            // L1 keeps the newest without a gap; the journal may lack any of those.
            bool kept = i >= where[0];
            if (kept) shared.Add(entry);
            if (!kept || where[i] == 1) own.Add(new JournalRow(i + 1, entry));
        }

        IReadOnlyList<JournalRow> tail = TailMerge.Merge(own, shared).Tail;
        Assert.Equal(counts.Length, tail.Count);
        Assert.Equal(next - 1, tail.Sum(row => row.Entry.Count));
        Assert.Equal(tail.Select(r => r.Entry.FirstSequence).Order(), tail.Select(r => r.Entry.FirstSequence));
        Assert.All(own, row => Assert.Contains(row, tail)); // Our own rows keep their position.
    });

    [Fact]
    public void Merge_AnotherSiloTookOver_WhatItDidNotFoldIsLate()
    {
        JournalRow[] own = [new(1, Entry(Fifth, 1, 3)), new(2, Entry(Fifth, 4, 3)), new(3, Entry(Fifth, 7, 3))];
        JournalEntry[] shared = [own[0].Entry, own[1].Entry, Entry(Sixth, 1, 2)];
        (IReadOnlyList<JournalRow> tail, IReadOnlyList<JournalRow> late) = TailMerge.Merge(own, shared);
        Assert.Equal([(Fifth, 1L), (Fifth, 4L), (Sixth, 1L)], tail.Select(r => (r.Entry.Epoch, r.Entry.FirstSequence)));
        Assert.Equal(7, Assert.Single(late).Entry.FirstSequence);
    }

    [Fact]
    public void Merge_JournalHasMoreOfTheNewestLife_ItIsFolded()
    {
        JournalRow[] own = [new(8, Entry(Sixth, 1, 2)), new(9, Entry(Sixth, 3, 2))];
        (IReadOnlyList<JournalRow> tail, _) = TailMerge.Merge(own, [Entry(Fifth, 4, 3), Entry(Sixth, 1, 2)]);
        Assert.Equal([-1L, 8, 9], tail.Select(row => row.Position));
    }

    private static JournalEntry Entry(Epoch epoch, long first, int count) => new()
    {
        Symbol = "A", Epoch = epoch, FirstSequence = first, Count = count, Payload = [1, 2, 3],
    };
}
