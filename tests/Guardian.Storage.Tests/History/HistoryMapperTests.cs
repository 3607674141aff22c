using System.Text.Json;
using Guardian.Contracts;
using Guardian.Detection;
using Guardian.Detection.Events;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using DetectionReason = Guardian.Detection.Events.Reason;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Detection.Events.ObservationKind;
using TradingState = Guardian.Detection.TradingState;

namespace Guardian.Storage.Tests.History;

public sealed class HistoryMapperTests
{
    private static readonly GuardianEvent[] Events =
    [
        new Transition(
            1, GuardrailKind.Latency, "ack", "Healthy", "Breach", TradingState.Halted, 3, true,
            [new DetectionReason("latency.fast", "latency", "ack", 120, 100, "ms", 50, double.NaN, 5, 0, null)]),
        new PermitGranted(2, "p1", 4, 9),
        new HoldPlaced(3, "h1", TradingState.Reducing, "ann", "news"),
        new HoldReleased(4, "h1", "bob", "over"),
        new BreakerReset(5, 3, "ann", "checked"),
        new LimitsChanged(6, "feed", [new("Latency:Limit", "00:00:00.2")], "ann", "wider"),
        new Rebaselined(7, "spread", [1, 2, 3], "ann", "new regime"),
        new Activated(8, 1, "abc", "checkpoint", 12),
        new GapRecorded(9, "feed-1", 5, 8, 4),
        new LatchRestored(10, 3, 7, "four trips"),
        new Vouched(11, "ann", "looked"),
    ];

    [Fact]
    public async Task Map_EveryKind_ComesBackFromEveryStoreAlike()
    {
        await using var rig = new Rig();
        using var sqlite = new SqliteHistoryStore(rig.Options);
        sqlite.Open(TimeProvider.System);
        JournalEntry entry = Packed();
        foreach (IHistoryStore store in new IHistoryStore[] { sqlite, new MemoryHistoryStore() })
        {
            await store.AppendAsync([new JournalRow(1, entry)], Make.Soon());
            HistoryPage page = await store.QueryAsync(new HistoryQuery { Symbol = "A" }, Make.Soon());
            Assert.Equal(JsonSerializer.Serialize(HistoryMapper.Map(entry)), JsonSerializer.Serialize(page.Items));
        }
    }

    [Fact]
    public void Map_EveryKind_HasItsKindAndWords()
    {
        string seen = string.Join('\n', HistoryMapper.Map(Packed()).Select(
            e => $"{e.Kind} {e.Subject} {e.Value} {e.Actor} {e.Episode} {e.TradingState} {e.Text}"));
        Assert.Equal(
            """
            Transition ack 120  3 Halted 
            Decision p1     permit of epoch 4.9
            Hold h1  ann  Reducing news
            Release h1  bob   over
            Reset breaker  ann 3  checked
            Limits feed  ann   wider (Latency:Limit = 00:00:00.2)
            Limits spread 3 ann   rebaseline: new regime
            Lifecycle activated 12    recovered from checkpoint, 12 replayed, engine 1, options abc
            Lifecycle gap 4    feed-1 5 to 8
            Lifecycle latched   3  latched again from the halt board: four trips
            Reset verified  ann   looked
            """,
            seen);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Map_FeatureThatIsNoNumber_SaidInWords(double value, string text)
    {
        HistoryEvent e = HistoryMapper.Map(
            Make.Entry("A", 1, 1, observation: _ => new Observation(ObservationKind.Feature, 1, "f", value)))[0];
        Assert.Null(e.Value);
        Assert.Equal(text, e.Text);
    }

    [Fact]
    public void Map_CountDiffers_Refused()
    {
        var e = Assert.Throws<Guardian.Detection.Encoding.StateFormatException>(
            () => HistoryMapper.Map(Make.Entry("A", 1) with { Count = 4 }));
        Assert.Equal("Condition failed: an entry of A says 4 events and holds 3.", e.Message);
    }

    private static JournalEntry Packed()
    {
        var packer = new EventPacker();
        for (int i = 0; i < Events.Length; i++) packer.Write(i + 1, Events[i]);
        return Make.Of("A", packer);
    }
}
