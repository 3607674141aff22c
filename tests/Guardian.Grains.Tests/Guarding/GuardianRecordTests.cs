using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;

namespace Guardian.Grains.Tests.Guarding;

/// <summary>What grain storage keeps of a guardian, and what recovery makes of it.</summary>
public sealed class GuardianRecordTests
{
    private readonly LifeBench _bench = new();

    private void LoseTheFile()
    {
        _bench.Journal = new MemoryJournal();
        _bench.Checkpoints = new MemoryCheckpointStore();
    }

    private RecoveredGuardian Recover(GuardianRecord? record = null) =>
        new GuardianRecovery(new RecoveryReader(_bench.Checkpoints, _bench.Journal))
            .Recover(LifeBench.Key, record ?? _bench.Records.Record);

    private static LimitsRequest Limits() => new()
    {
        Limits = new GuardianLimits { Overrides = new(StringComparer.Ordinal) { ["Breaker:FirstBreak"] = "00:00:07" } },
        Actor = "ann",
        Reason = "test",
    };

    [Fact]
    public async Task EndAsync_ThenTheFileIsLost_EverythingComesBackFromTheRecord()
    {
        GuardianLife life = await _bench.BeginAsync();
        await life.SetLimits(Limits());
        life.Observe(Bench.Batch(1, Bench.Failures(5)));
        byte[] state = Bench.StateOf(life.Core.Engine);
        await life.EndAsync();
        LoseTheFile();
        Assert.Equal(state, Bench.StateOf(Recover().Engine));
        life = await _bench.CrashAsync();
        Assert.Equal(("record", false), (life.Core.Provenance.RecoveredFrom, life.Core.Provenance.Unverified));
        Assert.Equal("00:00:07", life.GetLimits().Overrides["Breaker:FirstBreak"]);
        Assert.Equal(ObserveCode.Duplicate, life.Observe(Bench.Batch(1, Bench.Failures(5))).Code);
    }

    [Fact]
    public async Task Recovery_CheckpointIsNewer_TheRecordIsLeftAlone()
    {
        GuardianLife life = await _bench.BeginAsync();
        await life.EndAsync();
        life = await _bench.BeginAsync();
        life.Observe(Bench.Batch(1, Bench.Latencies(3)));
        await _bench.Checkpoints.SaveAsync(GuardianSnapshot.Write(life.Core, new ProducerCursors()));
        life = await _bench.CrashAsync();
        Assert.StartsWith("checkpoint", life.Core.Provenance.RecoveredFrom, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recovery_RecordThenJournal_FoldsWhatCameAfterIt()
    {
        GuardianLife life = await _bench.BeginAsync();
        life.Observe(Bench.Batch(1, Bench.Latencies(3)));
        await life.EndAsync();
        life = await _bench.BeginAsync();
        life.Observe(Bench.Batch(4, Bench.Failures(5)));
        byte[] state = Bench.StateOf(life.Core.Engine);
        _bench.Checkpoints = new MemoryCheckpointStore();
        RecoveredGuardian recovered = Recover();
        Assert.Equal("record+journal", recovered.Provenance.RecoveredFrom);
        Assert.Equal(state, Bench.StateOf(recovered.Engine));
        Assert.Equal(8, recovered.Cursors.Find(Bench.Producer).Accepted);
    }

    [Fact]
    public async Task Recovery_RecordIsDamaged_IsNamedAndTheCheckpointTaken()
    {
        GuardianLife life = await _bench.BeginAsync();
        life.Observe(Bench.Batch(1, Bench.Latencies(3)));
        await life.EndAsync();
        var record = new GuardianRecord { SnapshotEpoch = new Epoch(9, 9), SnapshotSequence = 1, Snapshot = [99] };
        RecoveredGuardian recovered = Recover(record);
        Assert.Equal(
            "checkpoint 9.9/1 of BTCUSDT: Condition failed: checkpoint format 99 is not 1.",
            Assert.Single(recovered.Problems));
        Assert.StartsWith("checkpoint", recovered.Provenance.RecoveredFrom, StringComparison.Ordinal);
        Assert.Equal(3, recovered.Cursors.Find(Bench.Producer).Accepted);
    }

    [Fact]
    public async Task Tick_PeriodOver_WritesAtMostOnceAPeriodAndOnlyWhatChanged()
    {
        GuardianLife life = await _bench.BeginAsync();
        int claimed = _bench.Records.Writes;
        _bench.Pass(life, _bench.Options.RecordPeriod);
        Assert.Equal(claimed, _bench.Records.Writes);
        life.Observe(Bench.Batch(1, Bench.Latencies(3)));
        life.Tick();
        Assert.Equal(claimed + 1, _bench.Records.Writes);
        Assert.Equal(life.Core.Sequence, _bench.Records.Record!.SnapshotSequence);
        life.Observe(Bench.Batch(4, Bench.Latencies(3)));
        _bench.Pass(life, _bench.Options.RecordPeriod - TimeSpan.FromMilliseconds(1));
        Assert.Equal(claimed + 1, _bench.Records.Writes);
        _bench.Pass(life, TimeSpan.FromMilliseconds(1));
        Assert.Equal(claimed + 2, _bench.Records.Writes);
    }

    [Fact]
    public async Task Tick_StorageIsAway_BlocksNothing()
    {
        GuardianLife life = await _bench.BeginAsync();
        life.Observe(Bench.Batch(1, Bench.Latencies(3)));
        _bench.Records.Away = true;
        _bench.Pass(life, _bench.Options.RecordPeriod);
        Assert.True(life.Check(Bench.Order()).Allowed);
        await life.EndAsync();
    }

    [Fact]
    public async Task EndAsync_OfAnOlderLife_ChangesNothing()
    {
        GuardianLife older = await _bench.BeginAsync();
        older.Observe(Bench.Batch(1, Bench.Failures(5)));
        GuardianLife newer = await _bench.CrashAsync();
        await newer.EndAsync();
        long sequence = _bench.Records.Record!.SnapshotSequence;
        Epoch epoch = _bench.Records.Record.SnapshotEpoch;
        await older.EndAsync();
        Assert.Equal(
            (epoch, sequence), (_bench.Records.Record.SnapshotEpoch, _bench.Records.Record.SnapshotSequence));
    }

    [Fact]
    public async Task EndAsync_SnapshotTooLarge_KeepsLimitsAndCursorsOnly()
    {
        GuardianLife life = await _bench.BeginAsync();
        for (int i = 0; i < 200; i++)
        {
            await life.Hold(new HoldRequest { Id = Id(i), Actor = "ann", Reason = new('r', 500) });
            if (i >= 99) await life.Release(new() { Id = Id(i - 99), Actor = "a", Reason = "b" });
        }

        await life.EndAsync();
        GuardianRecord record = _bench.Records.Record!;
        Assert.Empty(record.Snapshot);
        Assert.NotNull(record.Limits);
        Assert.NotEmpty(record.Cursors);

        static string Id(int i) => $"{new string('h', 50)}{i}";
    }

    [Fact]
    public async Task Reset_OfAnUnverifiedGuardian_IsAnEventThatTheNextLifeKnows()
    {
        GuardianLife life = await _bench.BeginAsync();
        life.Core.Provenance = life.Core.Provenance with { Unverified = true };
        await _bench.Checkpoints.SaveAsync(GuardianSnapshot.Write(life.Core, new ProducerCursors()));
        Assert.True((await _bench.CrashAsync()).Core.Provenance.Unverified);
        life = await _bench.CrashAsync();
        ActionResult result = await life.Reset(new ResetRequest { Episode = 0, Actor = "ann", Reason = "looked" });
        Assert.Equal((true, "verified"), (result.Done, result.Code));
        life = await _bench.CrashAsync();
        Assert.False(life.Core.Provenance.Unverified);
        await life.EndAsync();
        Assert.False((await _bench.CrashAsync()).Core.Provenance.Unverified);
    }
}
