using Guardian.Contracts;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Storage.Tests.History;

public sealed class HistoryWriterTests
{
    private readonly MemoryJournal _journal = new();
    private readonly MemoryHistoryStore _history = new();
    private readonly MemoryParkedStore _parked = new();
    private readonly StorageOptions _options = new()
    {
        RetryFirst = TimeSpan.FromMilliseconds(1), RetryLongest = TimeSpan.FromMilliseconds(2), PoisonTries = 3,
    };

    [Fact]
    public async Task RunAsync_EntriesCome_ShippedAndCursorMoved()
    {
        HistoryWriter writer = Writer(_history);
        using var stop = new CancellationTokenSource(Make.Patience);
        Task run = writer.RunAsync(stop.Token);
        for (int i = 0; i < 50; i++) _journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null);
        await UntilAsync(() => _journal.GetCursor("L2") == 50, stop.Token);
        Assert.Equal(150, writer.Stored);
        TierHealth health = writer.Health();
        Assert.Equal(
            ("L2", "memory", true, 0L, 0d),
            (health.Tier, health.Store, health.Healthy, health.LagEvents, health.LagSeconds));
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task RunAsync_StoreAway_FallsBehindSaysSoAndCatchesUp()
    {
        var away = new Switch(_history) { Fault = new StorageUnavailableException("Condition failed: away.") };
        HistoryWriter writer = Writer(away);
        using var stop = new CancellationTokenSource(Make.Patience);
        Task run = writer.RunAsync(stop.Token);
        _journal.TryAppend(Make.Entry("A", 1), null);
        _journal.TryAppend(Make.Entry("A", 4, 2), null);
        await UntilAsync(() => away.Calls > 10, stop.Token);
        TierHealth health = writer.Health();
        Assert.Equal((false, 5L, "Condition failed: away."), (health.Healthy, health.LagEvents, health.LastError));
        Assert.True(health.LagSeconds > 0);
        Assert.Empty(_parked.Load());
        away.Fault = null;
        await UntilAsync(() => _journal.GetCursor("L2") == 2 && writer.Health().Healthy, stop.Token);
        Assert.Equal(5, writer.Stored);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task DrainAsync_PoisonRow_ParkedAfterItsTriesAndTheOthersFlow()
    {
        JournalEntry poison = Make.Entry("A", 4) with { Payload = [0xFF] };
        foreach (JournalEntry entry in new[] { Make.Entry("A", 1), poison, Make.Entry("A", 7) })
            _journal.TryAppend(entry, null);
        var counting = new Switch(_history);
        HistoryWriter writer = Writer(counting);
        await writer.DrainAsync(Make.Soon());
        ParkedRow row = Assert.Single(_parked.Load());
        Assert.Equal(("L2", 2L, "A"), (row.Tier, row.Position, row.Symbol));
        Assert.StartsWith("Condition failed: ", row.Reason, StringComparison.Ordinal);
        Assert.Equal(poison.Payload, row.Payload);
        Assert.Equal((6L, 1L, 3L), (writer.Stored, writer.Parked, _journal.GetCursor("L2")));
        // One together, one for each good row, three for the bad one.
        Assert.Equal(6, counting.Calls);
    }

    [Fact]
    public async Task DrainAsync_DamagedJournalRow_ParkedByName()
    {
        await using Rig rig = Rig.Opened();
        for (int i = 0; i < 3; i++) rig.Journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null);
        await rig.Journal.FlushAsync(Make.Soon());
        await rig.CloseAsync();
        rig.Damage("update journal set payload = x'00' where position = 2");
        rig.File.Open();
        var parked = new SqliteParkedStore(rig.File);
        var writer = new HistoryWriter(
            rig.Journal, _history, parked, _options, TimeProvider.System, NullLogger<HistoryWriter>.Instance);
        await writer.DrainAsync(Make.Soon());
        Assert.Equal((2L, "its length is 1, not "), (parked.Load()[0].Position, parked.Load()[0].Reason[..21]));
        Assert.Equal(6, writer.Stored);
    }

    [Fact]
    public async Task DrainAsync_ForgetInBetween_OnlyWhatCameAfterIsLeft()
    {
        _journal.TryAppend(Make.Entry("A@replay", 1), null);
        HistoryWriter writer = Writer(_history);
        await writer.DrainAsync(Make.Soon());
        _journal.TryAppend(Make.Forget("A@replay"), null);
        _journal.TryAppend(Make.Entry("A@replay", 1, 2, epoch: 2), null);
        await writer.DrainAsync(Make.Soon());
        HistoryPage page = await _history.QueryAsync(new HistoryQuery { Symbol = "A@replay" }, Make.Soon());
        Assert.Equal([2L, 2], page.Items.Select(e => e.Epoch.Number));
    }

    private static async Task UntilAsync(Func<bool> phase, CancellationToken cancellation)
    {
        while (!phase())
        {
            cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private HistoryWriter Writer(IHistoryStore history) =>
        new(_journal, history, _parked, _options, TimeProvider.System, NullLogger<HistoryWriter>.Instance);

    /// <summary>A real store that can be switched off.</summary>
    private sealed class Switch(IHistoryStore inner) : IHistoryStore
    {
        private int _calls;

        public Exception? Fault { get; set; }

        public int Calls => Volatile.Read(ref _calls);

        public string Store => inner.Store;

        public Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _calls);
            return Fault is null ? inner.AppendAsync(rows, cancellation) : Task.FromException<long>(Fault);
        }

        public Task<HistoryPage> QueryAsync(HistoryQuery query, CancellationToken cancellation) =>
            inner.QueryAsync(query, cancellation);

        public Task<SeriesPoint[]> SeriesAsync(SeriesQuery query, CancellationToken cancellation) =>
            inner.SeriesAsync(query, cancellation);
    }
}
