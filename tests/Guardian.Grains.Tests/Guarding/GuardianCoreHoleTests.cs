using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.Journal;

namespace Guardian.Grains.Tests.Guarding;

/// <summary>What the journal had no room for.</summary>
public sealed class GuardianCoreHoleTests
{
    private readonly WatchedJournal _journal = new(new MemoryJournal());
    private readonly Bench _bench;

    public GuardianCoreHoleTests() => _bench = new Bench(_journal);

    [Fact]
    public void Flush_NoRoom_JudgesAllTheSame()
    {
        _journal.Full = true;
        _bench.Core.Observe(Bench.Unnumbered(Bench.Failures(5)));
        Assert.Equal("denied.halted", _bench.Core.Check(Bench.Order()).Code);
        Assert.False(_bench.Core.WantsCheckpoint);
    }

    [Fact]
    public void Flush_RoomAgain_RecordsOneGapAndWantsACheckpoint()
    {
        _bench.Observe(1, Bench.Latencies(2));
        _journal.Full = true;
        _bench.Observe(3, Bench.Latencies(3));
        _bench.Observe(6, Bench.Latencies(1));
        _journal.Full = false;
        _bench.Observe(7, Bench.Latencies(1));
        Assert.True(_bench.Core.WantsCheckpoint);
        GapRecorded gap = Assert.Single(GapsIn(_journal));
        // Sequence 7 is the gap event that was lost with what it told of.
        Assert.Equal(("journal", 3L, 7L, 5L), (gap.Source, gap.From, gap.To, gap.Count));
    }

    [Fact]
    public void Tick_RoomAgainAndNobodyCalls_RecordsTheGapAndWantsACheckpoint()
    {
        _bench.Observe(1, Bench.Latencies(2));
        _journal.Full = true;
        _bench.Observe(3, Bench.Latencies(3));
        _bench.Core.Tick();
        Assert.Empty(GapsIn(_journal));
        _journal.Full = false;
        _bench.Core.Tick();
        Assert.True(_bench.Core.WantsCheckpoint);
        GapRecorded gap = Assert.Single(GapsIn(_journal));
        Assert.Equal(("journal", 3L), (gap.Source, gap.From));
    }

    [Fact]
    public void Flush_RoomGoesBeforeTheGapIsWritten_LaterGapCoversBoth()
    {
        _bench.Observe(1, Bench.Latencies(2));
        _journal.Full = true;
        _bench.Observe(3, Bench.Latencies(2));
        _bench.Observe(5, Bench.Latencies(2));
        _journal.Full = false;
        _bench.Observe(7, Bench.Latencies(1));
        GapRecorded gap = Assert.Single(GapsIn(_journal));
        Assert.Equal(3, gap.From);
        Assert.Equal(gap.To - gap.From + 1, gap.Count);
        JournalEntry last = _journal.ReadAfter(0, 100)[^1].Entry;
        Assert.Equal(gap.To + 1, last.FirstSequence);
    }

    [Fact]
    public async Task Observe_AfterAHole_IsNotDurableBeforeTheCheckpoint()
    {
        _bench.Observe(1, Bench.Latencies(2));
        _journal.Full = true;
        Assert.Equal(2, _bench.Observe(3, Bench.Latencies(3)).DurableThrough);
        _journal.Full = false;
        Assert.Equal(2, _bench.Observe(6, Bench.Latencies(1)).DurableThrough);
        await _bench.SaveAsync();
        Assert.Equal((6L, 6L), (_bench.Observe(7).AcceptedThrough, _bench.Observe(7).DurableThrough));
    }

    [Fact]
    public async Task CheckpointSaved_FromBeforeTheGap_LeavesTheWish()
    {
        _bench.Observe(1, Bench.Latencies(2));
        long before = _bench.Core.Sequence;
        _journal.Full = true;
        _bench.Observe(3, Bench.Latencies(3));
        _journal.Full = false;
        _bench.Observe(6, Bench.Latencies(1));
        _bench.Core.CheckpointSaved(before);
        Assert.True(_bench.Core.WantsCheckpoint);
        await _bench.SaveAsync();
        Assert.False(_bench.Core.WantsCheckpoint);
    }

    [Fact]
    public void Recover_HoleWithoutCheckpoint_StopsBeforeItAndIsUnverified()
    {
        _bench.Observe(1, Bench.Latencies(2));
        _journal.Full = true;
        _bench.Observe(3, Bench.Latencies(3));
        _journal.Full = false;
        _bench.Observe(6, Bench.Latencies(1));
        _bench.Begin(new Epoch(2, 7));
        Assert.True(_bench.Recovered.Provenance.Unverified);
        Assert.Equal(
            "journal row 2 of BTCUSDT begins at 1.7/6, but 1.7/2 comes before it", _bench.Recovered.Problems[0]);
        Assert.Equal(2, _bench.Observe(3).AcceptedThrough);
    }

    [Fact]
    public async Task Recover_HoleUnderACheckpoint_IsEqual()
    {
        _bench.Observe(1, Bench.Latencies(2));
        _journal.Full = true;
        _bench.Core.Observe(Bench.Unnumbered(Bench.Failures(5)));
        _journal.Full = false;
        _bench.Observe(3, Bench.Latencies(1));
        await _bench.SaveAsync();
        _bench.Observe(4, Bench.Latencies(2));
        byte[] before = Bench.StateOf(_bench.Core.Engine);
        _bench.Begin(new Epoch(2, 7));
        Assert.False(_bench.Recovered.Provenance.Unverified);
        Assert.Equal(before, Bench.StateOf(_bench.Core.Engine));
        Assert.Equal(5, _bench.Observe(6).DurableThrough);
    }

    private static List<GapRecorded> GapsIn(WatchedJournal journal)
    {
        var gaps = new Gaps();
        foreach (JournalRow row in journal.ReadAfter(0, 1_000))
            EventUnpacker.Unpack(row.Entry.Payload, row.Entry.FirstSequence, gaps);
        return gaps.Found;
    }

    private sealed class Gaps : IFoldSink
    {
        internal List<GapRecorded> Found { get; } = [];

        public void Write(long sequence, in Detection.Events.Observation observation)
        {
        }

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
            if (guardianEvent is GapRecorded gap) Found.Add(gap);
        }
    }
}
