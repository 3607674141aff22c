using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Storage.Tests.History;

/// <summary>What every history promises.</summary>
public abstract class HistoryContract : IAsyncDisposable
{
    internal abstract IHistoryStore Store { get; }

    public abstract ValueTask DisposeAsync();

    private static CancellationToken Soon => Make.Soon();

    private Task<long> AppendAsync(params JournalEntry[] entries) =>
        Store.AppendAsync([.. entries.Select((entry, i) => new JournalRow(i + 1, entry))], Soon);

    private async Task<HistoryEvent[]> AllAsync(HistoryQuery query)
    {
        var all = new List<HistoryEvent>();
        for (string? cursor = query.Cursor; ;)
        {
            HistoryPage page = await Store.QueryAsync(query with { Cursor = cursor }, Soon);
            Assert.InRange(page.Items.Length, 0, query.Limit);
            all.AddRange(page.Items);
            if (page.Next is null) return [.. all];
            cursor = page.Next;
        }
    }

    [Fact]
    public async Task AppendAsync_Twice_SecondChangesNothing()
    {
        Assert.Equal(3, await AppendAsync(Make.Entry("A", 1)));
        Assert.Equal(0, await AppendAsync(Make.Entry("A", 1)));
        Assert.Equal(2, await AppendAsync(Make.Entry("A", 2, 4)));
        Assert.Equal(5, (await AllAsync(new HistoryQuery { Symbol = "A" })).Length);
    }

    [Fact]
    public async Task AppendAsync_PoisonAmongGoodRows_NothingOfTheCallIsStored()
    {
        JournalEntry poison = Make.Entry("A", 4) with { Payload = [0xFF, 0xFF] };
        await Assert.ThrowsAsync<Guardian.Detection.Encoding.StateFormatException>(
            () => AppendAsync(Make.Entry("A", 1), poison));
        Assert.Empty((await Store.QueryAsync(new HistoryQuery { Symbol = "A" }, Soon)).Items);
    }

    [Fact]
    public async Task AppendAsync_Forget_TakesThatKeyOnly()
    {
        await AppendAsync(Make.Entry("A@replay", 1), Make.Entry("B@replay", 1), Make.Forget("A@replay"));
        Assert.Empty(await AllAsync(new HistoryQuery { Symbol = "A@replay" }));
        Assert.Equal(3, (await AllAsync(new HistoryQuery { Symbol = "B@replay" })).Length);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(7, true)]
    [InlineData(10_000, false)]
    public async Task QueryAsync_PagesOverTies_EachEventOnceInOrder(int limit, bool newestFirst)
    {
        // Three events share each moment, and a second epoch repeats the moments of the first.
        Observation At(long sequence) => new(ObservationKind.Latency, Make.T0 + (sequence / 3 * 1_000), "s", sequence);
        await AppendAsync(
            Make.Entry("A", 1, 20, epoch: 2, observation: At),
            Make.Entry("A", 1, 20, observation: At),
            Make.Entry("B", 1, 9));
        HistoryEvent[] all = await AllAsync(
            new HistoryQuery { Symbol = "A", Limit = limit, NewestFirst = newestFirst });
        Assert.Equal(40, all.Length);
        HistoryEvent[] ordered = [.. all.OrderBy(e => e.At).ThenBy(e => e.Epoch).ThenBy(e => e.Sequence)];
        if (newestFirst) Array.Reverse(ordered);
        Assert.Equal(ordered, all);
    }

    [Fact]
    public async Task QueryAsync_RangeAndKinds_FromInclusiveToExclusive()
    {
        var packer = new EventPacker();
        for (int i = 0; i < 6; i++)
        {
            packer.Write(1 + (i * 2), new Observation(ObservationKind.Price, Make.T0 + i, "p", i));
            packer.Write(2 + (i * 2), new HoldReleased(Make.T0 + i, $"h{i}", "ann", "done"));
        }

        await AppendAsync(Make.Of("A", packer));
        HistoryEvent[] found = await AllAsync(new HistoryQuery
        {
            Symbol = "A",
            From = new Timestamp(Make.T0 + 1),
            To = new Timestamp(Make.T0 + 4),
            Kinds = [HistoryKind.Release, HistoryKind.Hold],
            Limit = 2,
        });
        Assert.Equal("h1 h2 h3", string.Join(' ', found.Select(e => e.Subject)));
    }

    [Theory]
    [InlineData(0, "limit is 0; it takes 1 to 10000.")]
    [InlineData(10_001, "limit is 10001; it takes 1 to 10000.")]
    public async Task QueryAsync_LimitOutOfBounds_Refused(int limit, string text) =>
        await RefusedAsync(new HistoryQuery { Symbol = "A", Limit = limit }, text);

    [Fact]
    public async Task QueryAsync_BadArguments_EachNamed()
    {
        await RefusedAsync(
            new HistoryQuery { Symbol = "A", From = new Timestamp(1_000_000_000), To = new Timestamp(1_000_000_000) },
            "to is 1970-01-01T00:00:01Z; it must be after from (1970-01-01T00:00:01Z).");
        await RefusedAsync(
            new HistoryQuery { Symbol = "A", Kinds = [(HistoryKind)77] },
            "kind 77 is unknown; known are observation, transition, decision, hold, release, reset, alert, limits, "
            + "lifecycle.");
        await RefusedAsync(new HistoryQuery { Symbol = "" }, "symbol is empty; it takes 1 to 64 characters.");
    }

    [Fact]
    public async Task QueryAsync_CursorOfAnotherQueryOrChanged_Refused()
    {
        const string Text = "cursor is not one of this query. Give back the cursor of the page before with the same "
            + "symbol, range, kinds and order, or none for the first page.";
        await AppendAsync(Make.Entry("A", 1));
        var query = new HistoryQuery { Symbol = "A", Limit = 1 };
        string cursor = (await Store.QueryAsync(query, Soon)).Next!;
        await RefusedAsync(query with { Symbol = "B", Cursor = cursor }, Text);
        await RefusedAsync(query with { NewestFirst = true, Cursor = cursor }, Text);
        await RefusedAsync(query with { Kinds = [HistoryKind.Hold], Cursor = cursor }, Text);
        await RefusedAsync(query with { To = new Timestamp(9), Cursor = cursor }, Text);
        await RefusedAsync(query with { Cursor = "" }, Text);
        await RefusedAsync(query with { Cursor = "!!" }, Text);
        for (int i = 0; i < cursor.Length; i++)
        {
            char other = cursor[i] == 'A' ? 'B' : 'A';
            string changed = cursor[..i] + other + cursor[(i + 1)..];
            await RefusedAsync(query with { Cursor = changed }, Text);
        }
    }

    private async Task RefusedAsync(HistoryQuery query, string text)
    {
        var e = await Assert.ThrowsAsync<ArgumentException>(() => Store.QueryAsync(query, Soon));
        Assert.StartsWith($"Condition failed: {text}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeriesAsync_Windows_AlignedToTheEpochWithNearestRanks()
    {
        const long Second = 1_000_000_000;
        const long Start = Make.T0 / (10 * Second) * (10 * Second);
        // A hundred samples of 1 to 100 ms in the second window, one in the fourth, one of another stage.
        Observation At(long sequence) => sequence <= 100
            ? new(ObservationKind.Latency, Start + (10 * Second) + (sequence * 1_000_000), "ack", sequence)
            : new(ObservationKind.Latency, Start + (30 * Second), sequence == 101 ? "ack" : "fill", 7.5);
        await AppendAsync(Make.Entry("A", 1, 102, observation: At));
        SeriesPoint[] points = await Store.SeriesAsync(Series(Start - Second, Start + (60 * Second)), Soon);
        Assert.Equal([Start + (10 * Second), Start + (30 * Second)], points.Select(point => point.At.UnixNanoseconds));
        Assert.Equal((100L, 1L), (points[0].Count, points[1].Count));
        Assert.InRange(points[0].P50, 50, 50 * 1.0079);
        Assert.InRange(points[0].P90, 90, 90 * 1.0079);
        Assert.InRange(points[0].P99, 99, 99 * 1.0079);
        Assert.InRange(points[0].P999, 100, 100 * 1.0079);
        Assert.Equal(100, points[0].Maximum);
        Assert.Equal(7.5, points[1].Maximum);
    }

    [Fact]
    public async Task SeriesAsync_BothTimes_WholeMicrosecondsNegativeWithinToleranceAsZero()
    {
        long[] nanoseconds = [1_999, -1, -50_000_000, -50_000_001, 12_345_678];
        Observation At(long sequence)
        {
            long at = Make.T0 + sequence;
            return new(ObservationKind.Latency, at, "ack", double.NaN, at, at + nanoseconds[sequence - 1]);
        }

        await AppendAsync(Make.Entry("A", 1, nanoseconds.Length, observation: At));
        HistoryEvent[] events = await AllAsync(new HistoryQuery { Symbol = "A" });
        Assert.Equal([0.001, -0.001, -50, -50.001, 12.345], events.Select(e => e.Value!.Value));
        SeriesPoint point = Assert.Single(await Store.SeriesAsync(Series(Make.T0, Make.T0 + 1_000_000_000), Soon));
        Assert.Equal((4L, 12.345), (point.Count, point.Maximum));
        Assert.Equal(0, point.P50);
    }

    [Theory]
    [InlineData("drift.x", 10, 10, "metric is 'drift.x'; it takes latency.STAGE, such as latency.market-data.")]
    [InlineData("latency.", 10, 10, "metric is 'latency.'; it takes latency.STAGE, such as latency.market-data.")]
    [InlineData("latency.a", 0.9, 10, "step is 00:00:00.9000000; it takes 1 s to 1 day.")]
    [InlineData("latency.a", 86_401, 10, "step is 1.00:00:01; it takes 1 s to 1 day.")]
    [InlineData("latency.a", 1, 10_001, "the range has 10001 windows; it takes up to 10000. Widen the step.")]
    [InlineData("latency.a", 1, -1, "to is 2023-11-14T22:13:19Z; it must be after from (2023-11-14T22:13:20Z).")]
    public async Task SeriesAsync_BadArguments_EachNamed(string metric, double step, int seconds, string text)
    {
        SeriesQuery query = Series(Make.T0, Make.T0 + (seconds * 1_000_000_000L)) with
        {
            Metric = metric,
            Step = TimeSpan.FromSeconds(step),
        };
        var e = await Assert.ThrowsAsync<ArgumentException>(() => Store.SeriesAsync(query, Soon));
        Assert.StartsWith($"Condition failed: {text}", e.Message, StringComparison.Ordinal);
        Assert.Empty(await Store.SeriesAsync(Series(Make.T0, Make.T0 + (10_000 * 1_000_000_000L)) with
        {
            Step = TimeSpan.FromSeconds(1),
        }, Soon));
    }

    private static SeriesQuery Series(long from, long to) => new()
    {
        Symbol = "A",
        Metric = "latency.ack",
        From = new Timestamp(from),
        To = new Timestamp(to),
        Step = TimeSpan.FromSeconds(10),
    };
}

public sealed class MemoryHistoryStoreTests : HistoryContract
{
    internal override IHistoryStore Store { get; } = new MemoryHistoryStore();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task AppendAsync_Full_RefusedAsAFullStore()
    {
        var store = new MemoryHistoryStore(5);
        await store.AppendAsync([new JournalRow(1, Make.Entry("A", 1, 5))], Make.Soon());
        await Assert.ThrowsAsync<StorageUnavailableException>(
            () => store.AppendAsync([new JournalRow(2, Make.Entry("A", 6, 1))], Make.Soon()));
    }
}

public sealed class SqliteHistoryStoreTests : HistoryContract
{
    private readonly Rig _rig = new();
    private readonly SqliteHistoryStore _store;

    public SqliteHistoryStoreTests()
    {
        _store = new SqliteHistoryStore(_rig.Options);
        Assert.Null(_store.Open(TimeProvider.System));
    }

    internal override IHistoryStore Store => _store;

    public override async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _rig.DisposeAsync();
    }

    [Fact]
    public async Task Open_DamagedFile_SetAside()
    {
        await Store.AppendAsync([new JournalRow(1, Make.Entry("A", 1))], Make.Soon());
        _store.Dispose();
        var bytes = new byte[10_000];
        bytes.AsSpan().Fill(0x5A);
        await System.IO.File.WriteAllBytesAsync(_store.FilePath, bytes, Make.Soon());
        using var again = new SqliteHistoryStore(_rig.Options);
        string? aside = again.Open(TimeProvider.System);
        Assert.StartsWith(_store.FilePath + ".damaged-", aside, StringComparison.Ordinal);
        Assert.True(again.IsNew);
        Assert.Equal(10_000, new FileInfo(aside!).Length);
    }
}
