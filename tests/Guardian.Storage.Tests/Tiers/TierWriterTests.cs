using Guardian.Contracts;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Guardian.Storage.Tests.Tiers;

public sealed class TierWriterTests
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
        TierWriter writer = Writer(_history);
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

    // Time stands still, and what comes meanwhile waits for it.
    [Fact]
    public async Task RunAsync_LittleAfterACall_GathersWhatComes()
    {
        var time = new FakeTimeProvider();
        var store = new Switch(_history) { Gathering = TimeSpan.FromMilliseconds(50) };
        var writer = new TierWriter(store, _journal, _parked, _options, time, NullLogger<TierWriter>.Instance);
        using var stop = new CancellationTokenSource(Make.Patience);
        Task run = writer.RunAsync(stop.Token);
        _journal.TryAppend(Make.Entry("A", 1), null);
        await UntilAsync(() => _journal.GetCursor("L2") == 1, stop.Token);
        int calls = store.Calls;
        for (int i = 1; i < 10; i++) _journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null);
        await UntilAsync(() => writer.Health().LagEvents == 27, stop.Token);
        Assert.Equal(calls, store.Calls);
        await UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(10));
                return _journal.GetCursor("L2") == 10;
            },
            stop.Token);
        Assert.Equal(calls + 1, store.Calls);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task RunAsync_StoreAway_FallsBehindSaysSoAndCatchesUp()
    {
        var away = new Switch(_history) { Fault = new StorageUnavailableException("Condition failed: away.") };
        TierWriter writer = Writer(away);
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
        TierWriter writer = Writer(counting);
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
        var writer = new TierWriter(
            _history, rig.Journal, parked, _options, TimeProvider.System, NullLogger<TierWriter>.Instance);
        await writer.DrainAsync(Make.Soon());
        Assert.Equal((2L, "its length is 1, not "), (parked.Load()[0].Position, parked.Load()[0].Reason[..21]));
        Assert.Equal(6, writer.Stored);
    }

    [Fact]
    public async Task DrainAsync_ForgetInBetween_OnlyWhatCameAfterIsLeft()
    {
        _journal.TryAppend(Make.Entry("A@replay", 1), null);
        TierWriter writer = Writer(_history);
        await writer.DrainAsync(Make.Soon());
        _journal.TryAppend(Make.Forget("A@replay"), null);
        _journal.TryAppend(Make.Entry("A@replay", 1, 2, epoch: 2), null);
        await writer.DrainAsync(Make.Soon());
        HistoryPage page = await _history.QueryAsync(new HistoryQuery { Symbol = "A@replay" }, Make.Soon());
        Assert.Equal([2L, 2], page.Items.Select(e => e.Epoch.Number));
    }

    [Fact]
    public async Task RunAsync_StoreCameBackWithLess_FedAgainFromWhereItSays()
    {
        for (int i = 0; i < 10; i++) _journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null);
        await Writer(_history).DrainAsync(Make.Soon());
        var empty = new Switch(new MemoryHistoryStore()) { Position = 4 };
        TierWriter writer = Writer(empty);
        await writer.DrainAsync(Make.Soon());
        Assert.Equal((18L, 10L), (writer.Stored, _journal.GetCursor("L2")));
        // It stays as it is until it fails; then it is asked again.
        empty.Position = 0;
        using var stop = new CancellationTokenSource(Make.Patience);
        Task run = writer.RunAsync(stop.Token);
        empty.Fault = new StorageUnavailableException("Condition failed: away.");
        _journal.TryAppend(Make.Entry("A", 31), null);
        await UntilAsync(() => !writer.Health().Healthy, stop.Token);
        empty.Fault = null;
        await UntilAsync(() => _journal.GetCursor("L2") == 11, stop.Token);
        Assert.Equal(33, writer.Stored);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task RunAsync_StoreNeverAnswers_AwayAfterItsPatienceAndTriedAgain()
    {
        _options.WriterPatience = TimeSpan.FromMilliseconds(100);
        var stuck = new Switch(_history) { Hangs = true };
        TierWriter writer = Writer(stuck);
        using var stop = new CancellationTokenSource(Make.Patience);
        Task run = writer.RunAsync(stop.Token);
        _journal.TryAppend(Make.Entry("A", 1), null);
        await UntilAsync(() => stuck.Calls > 1, stop.Token);
        Assert.Equal("Condition failed: memory did not answer within 00:00:00.1000000.", writer.Health().LastError);
        stuck.Hangs = false;
        await UntilAsync(() => writer.Health().Healthy && _journal.GetCursor("L2") == 1, stop.Token);
        Assert.Empty(_parked.Load());
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task HasCaughtUpAsync_StoreSlowThenAway_WaitsForWhatIsThereAndNotForWhatCantBe()
    {
        var slow = new Switch(_history) { Hangs = true };
        TierWriter writer = Writer(slow);
        Assert.True(await writer.HasCaughtUpAsync(TimeSpan.Zero)); // Nothing is there.
        _journal.TryAppend(Make.Entry("A", 1), null);
        Assert.False(await writer.HasCaughtUpAsync(TimeSpan.FromMilliseconds(1))); // Nobody ships.
        _options.WriterPatience = TimeSpan.FromMilliseconds(100);
        using var stop = new CancellationTokenSource(Make.Patience);
        Task<bool> caughtUp = writer.HasCaughtUpAsync(Make.Patience);
        Task run = writer.RunAsync(stop.Token);
        await UntilAsync(() => slow.Calls > 0, stop.Token);
        Assert.False(caughtUp.IsCompleted);
        slow.Hangs = false;
        Assert.True(await caughtUp);
        Assert.Equal(1, _journal.GetCursor("L2"));
        slow.Fault = new StorageUnavailableException("Condition failed: away.");
        _journal.TryAppend(Make.Entry("A", 4), null);
        await UntilAsync(() => !writer.Health().Healthy, stop.Token);
        Assert.False(await writer.HasCaughtUpAsync(Timeout.InfiniteTimeSpan));
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task RunAsync_OneTierAway_TheOtherGoesOn()
    {
        var away = new Switch(new MemoryHistoryStore(), "L1")
        {
            Fault = new StorageUnavailableException("Condition failed: away."),
        };
        var writers = new TierWriters(
            [_history, away], _journal, _parked, _options, TimeProvider.System, NullLogger<TierWriter>.Instance);
        using var stop = new CancellationTokenSource(Make.Patience);
        Task run = writers.RunAsync(stop.Token);
        for (int i = 0; i < 20; i++) _journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null);
        await UntilAsync(() => _journal.GetCursor("L2") == 20 && away.Calls > 3, stop.Token);
        Assert.Equal([("L1", false, 60L), ("L2", true, 0L)], writers.Health().Select(
            tier => (tier.Tier, tier.Healthy, tier.LagEvents)));
        away.Fault = null;
        await UntilAsync(() => _journal.GetCursor("L1") == 20, stop.Token);
        Assert.Equal([60L, 60], writers.All.Select(writer => writer.Stored));
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public void Constructor_TwoStoresOfOneTier_Refused()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => new TierWriters(
            [_history, _history], _journal, _parked, _options, TimeProvider.System, NullLogger<TierWriter>.Instance));
        Assert.Equal("Invariant: L2 has 2 stores; it takes one.", error.Message);
    }

    private static async Task UntilAsync(Func<bool> phase, CancellationToken cancellation)
    {
        while (!phase())
        {
            cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private TierWriter Writer(ITierStore store) =>
        new(store, _journal, _parked, _options, TimeProvider.System, NullLogger<TierWriter>.Instance);

    /// <summary>A real store that can be switched off.</summary>
    private sealed class Switch(IHistoryStore inner, string tier = "L2") : ITierStore
    {
        private int _calls;

        public Exception? Fault { get; set; }

        public bool Hangs { get; set; }

        public TimeSpan Gathering { get; init; }

        public long Position { get; set; } = long.MaxValue;

        public int Calls => Volatile.Read(ref _calls);

        public string Tier => tier;

        public string Store => inner.Store;

        public ValueTask<long> ResumeAsync(long cursor, CancellationToken cancellation) =>
            ValueTask.FromResult(Math.Min(cursor, Position));

        public async Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _calls);
            if (Hangs) await new TaskCompletionSource().Task; // Not even for the token.
            if (Fault is not null) throw Fault;
            return await inner.AppendAsync(rows, cancellation);
        }
    }
}
