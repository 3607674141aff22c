using Guardian.Contracts;
using Guardian.Storage.Journal;

namespace Guardian.Storage.Tests.Journal;

/// <summary>What every journal promises.</summary>
public abstract class JournalContract : IAsyncDisposable
{
    internal abstract IJournal Journal { get; }

    public abstract ValueTask DisposeAsync();

    private async Task AppendAsync(params JournalEntry[] entries)
    {
        foreach (JournalEntry entry in entries) Assert.True(Journal.TryAppend(entry, null));
        await Journal.FlushAsync(Make.Soon());
    }

    [Fact]
    public async Task TryAppend_Listener_ToldInOrderWithRisingPositions()
    {
        var listener = new Listener();
        for (int i = 0; i < 500; i++) Assert.True(Journal.TryAppend(Make.Entry("BTCUSDT", 1 + (i * 3)), listener));
        await Journal.FlushAsync(Make.Soon());
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), listener.Seen.Select(one => one.Position));
        Assert.Equal(
            Enumerable.Range(0, 500).Select(i => 1L + (i * 3)), listener.Seen.Select(one => one.Entry.FirstSequence));
        Assert.Equal(500, Journal.DurablePosition);
    }

    [Fact]
    public async Task ReadAfter_EveryField_ComesBackAsWritten()
    {
        JournalEntry written = Make.Entry("ETHUSDT@replay", 4, 5, EventClass.State, epoch: 9);
        await AppendAsync(written, written with { Producer = null });
        IReadOnlyList<JournalRow> rows = Journal.ReadAfter(0, 10);
        Assert.Equal(written.Payload, rows[0].Entry.Payload);
        Assert.Equal(written, rows[0].Entry with { Payload = written.Payload });
        Assert.Null(rows[1].Entry.Producer);
    }

    [Fact]
    public async Task ReadAfter_Limit_PagesWithoutGapOrRepeat()
    {
        for (int i = 0; i < 25; i++) Assert.True(Journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null));
        await Journal.FlushAsync(Make.Soon());
        var read = new List<long>();
        for (long after = 0; Journal.ReadAfter(after, 7) is { Count: > 0 } page; after = page[^1].Position)
        {
            Assert.InRange(page.Count, 1, 7);
            read.AddRange(page.Select(row => row.Position));
        }

        Assert.Equal(Enumerable.Range(1, 25).Select(i => (long)i), read);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_001)]
    public void ReadAfter_LimitOutOfBounds_Refused(int limit)
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => Journal.ReadAfter(0, limit));
        Assert.StartsWith(
            $"Condition failed: limit is {limit}; it takes 1 to 10000.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadTail_AfterSequence_GivesEntriesThatHoldALaterEvent()
    {
        await AppendAsync(
            Make.Entry("A", 1), Make.Entry("B", 1), Make.Entry("A", 4), Make.Entry("A", 7),
            Make.Entry("A", 1, epoch: 2));
        Assert.Equal([4L, 7, 1], Tail(3));
        Assert.Equal([4L, 7, 1], Tail(5));
        Assert.Equal([7L, 1], Tail(6));
        Assert.Equal([1L], Tail(9));
        Assert.Empty(Journal.ReadTail("A", new Epoch(2, 7), 3));

        IEnumerable<long> Tail(long sequence) =>
            Journal.ReadTail("A", new Epoch(1, 7), sequence).Select(row => row.Entry.FirstSequence);
    }

    [Fact]
    public async Task TryAppend_Forget_DeletesEarlierRowsOfThatKeyOnlyAndStaysItself()
    {
        await AppendAsync(
            Make.Entry("A@replay", 1), Make.Entry("B@replay", 1), Make.Forget("A@replay"),
            Make.Entry("A@replay", 1, epoch: 2));
        Assert.Equal(
            [("B@replay", EventClass.Sample), ("A@replay", EventClass.Forget), ("A@replay", EventClass.Sample)],
            Journal.ReadAfter(0, 10).Select(row => (row.Entry.Symbol, row.Entry.Class)));
        Assert.Equal([2L], Journal.ReadTail("A@replay", default, 0).Select(row => row.Entry.Epoch.Number));
    }

    [Fact]
    public async Task LagAfter_Cursor_CountsEventsNotEntries()
    {
        await AppendAsync(Make.Entry("A", 1, 3), Make.Entry("A", 4, 5), Make.Entry("A", 9, 2));
        Assert.Equal(10, Journal.LagAfter(0).Events);
        JournalLag lag = Journal.LagAfter(1);
        Assert.Equal(7, lag.Events);
        Assert.Equal(Make.T0 + (8 * 1_000_000) + 5, lag.OldestReceivedAt);
        Assert.Equal(default, Journal.LagAfter(3));
    }

    [Fact]
    public void MoveCursor_Backwards_StaysWhereItWas()
    {
        Assert.Equal(0, Journal.GetCursor("L2"));
        Journal.MoveCursor("L2", 12);
        Journal.MoveCursor("L2", 5);
        Assert.Equal(12, Journal.GetCursor("L2"));
        Assert.Equal(0, Journal.GetCursor("L1"));
    }

    [Fact]
    public async Task WaitForAsync_EntryComes_CompletesAndCancelsOtherwise()
    {
        Task first = Journal.WaitForAsync(0, Make.Soon());
        Task second = Journal.WaitForAsync(1, Make.Soon());
        Assert.False(first.IsCompleted);
        await AppendAsync(Make.Entry("A", 1));
        await first;
        Assert.False(second.IsCompleted);
        using var cancel = new CancellationTokenSource();
        Task third = Journal.WaitForAsync(1, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        await AppendAsync(Make.Entry("A", 4));
        await second;
    }
}

public sealed class MemoryJournalTests : JournalContract
{
    internal override IJournal Journal { get; } = new MemoryJournal();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void TryAppend_RoomShort_KeepsATenthForState()
    {
        var journal = new MemoryJournal(entries: 10);
        for (int i = 0; i < 9; i++) Assert.True(journal.TryAppend(Make.Entry("A", 1 + i, 1), null));
        Assert.False(journal.TryAppend(Make.Entry("A", 10, 1), null));
        Assert.True(journal.TryAppend(Make.Entry("A", 10, 1, EventClass.State), null));
        Assert.False(journal.TryAppend(Make.Entry("A", 11, 1, EventClass.State), null));
        Assert.Equal(2, journal.Unrecorded);
    }
}

public sealed class SqliteJournalTests : JournalContract
{
    private readonly Rig _rig = Rig.Opened();

    internal override IJournal Journal => _rig.Journal;

    public override ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Reopen_AfterFlush_EverythingIsThereAndPositionsGoOn()
    {
        Journal.TryAppend(Make.Entry("A", 1), null);
        Journal.TryAppend(Make.Entry("A", 4), null);
        Journal.MoveCursor("L2", 1);
        await Journal.FlushAsync(Make.Soon());
        await _rig.ReopenAsync();
        Assert.Equal(2, Journal.DurablePosition);
        Assert.Equal(1, Journal.GetCursor("L2"));
        Assert.Equal(3, Journal.LagAfter(1).Events);
        Journal.TryAppend(Make.Entry("A", 7), null);
        await Journal.FlushAsync(Make.Soon());
        Assert.Equal([1L, 2, 3], Journal.ReadAfter(0, 10).Select(row => row.Position));
    }

    [Fact]
    public async Task Dispose_WithWaitingEntries_WritesThemFirst()
    {
        for (int i = 0; i < 100; i++) Assert.True(Journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null));
        await _rig.ReopenAsync();
        Assert.Equal(100, Journal.DurablePosition);
    }

    [Fact]
    public void TryAppend_EntryOverTheLimit_GoesUnrecordedAndIsCounted()
    {
        byte[] most = new byte[_rig.Options.MaximumEntryBytes];
        Assert.True(Journal.TryAppend(Make.Entry("A", 1) with { Payload = most }, null));
        Assert.Equal(0, Journal.Unrecorded);
        Assert.False(Journal.TryAppend(Make.Entry("A", 1) with { Payload = [.. most, 0] }, null));
        Assert.Equal(1, Journal.Unrecorded);
    }

    [Fact]
    public async Task TryAppend_ListenerThrows_TheOthersAreToldAndTheWriterLives()
    {
        Assert.True(Journal.TryAppend(Make.Entry("A", 1), new Thrower()));
        var listener = new Listener();
        Assert.True(Journal.TryAppend(Make.Entry("A", 4), listener));
        await Journal.FlushAsync(Make.Soon());
        Assert.Single(listener.Seen);
    }

    private sealed class Thrower : IDurableListener
    {
        public void OnDurable(JournalEntry entry, long position) => throw new InvalidOperationException("boom");
    }
}
