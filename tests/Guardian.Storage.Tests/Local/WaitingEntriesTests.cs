using Guardian.Storage.Journal;
using Guardian.Storage.Local;

namespace Guardian.Storage.Tests.Local;

public sealed class WaitingEntriesTests
{
    [Fact]
    public void Settled_InTheirOrder_OldestIsTheNextOneThatWaits()
    {
        var queue = new LocalQueue(TimeProvider.System);
        var waiting = new WaitingEntries(queue);
        Assert.Equal(0, waiting.OldestReceivedAt);
        JournalEntry[] entries =
            [.. Enumerable.Range(1, 3).Select(i => Make.Entry($"S{i % 2}", i) with { ReceivedAt = 100 * i })];
        foreach (JournalEntry entry in entries) Assert.True(waiting.Add(entry, null));
        Assert.Equal(100, waiting.OldestReceivedAt);
        waiting.Settled();
        Assert.Equal(200, waiting.OldestReceivedAt);
        Assert.Equal([entries[2]], waiting.Of("S1"));
        waiting.Settled();
        waiting.Settled();
        Assert.Equal(0, waiting.OldestReceivedAt);
    }

    [Fact]
    public void Add_AfterReuse_AllocatesNothing()
    {
        var queue = new LocalQueue(TimeProvider.System);
        var waiting = new WaitingEntries(queue);
        JournalEntry entry = Make.Entry("A", 1);
        List<LocalCommand> batch = [];
        Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round()
        {
            waiting.Add(entry, null);
            queue.Take(batch, 10, 1_000_000);
            waiting.Settled();
            waiting.Reuse(batch);
            batch.Clear();
        }
    }

    [Fact]
    public void Add_ClosedQueue_RefusesAndKeepsNothing()
    {
        var queue = new LocalQueue(TimeProvider.System);
        queue.Close();
        var waiting = new WaitingEntries(queue);
        Assert.False(waiting.Add(Make.Entry("A", 1), null));
        Assert.Equal(0, waiting.OldestReceivedAt);
    }
}
