using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Storage;
using Guardian.Storage.Checkpoints;

namespace Guardian.Grains.Tests.Guarding;

/// <summary>A guardian that comes up while its file can't be read, and the good state that is in it.</summary>
public sealed class UnreadLifeTests
{
    private readonly LifeBench _bench = new();
    private readonly BrokenCheckpoints _checkpoints = new();

    public UnreadLifeTests() => _bench.Checkpoints = _checkpoints;

    [Fact]
    public async Task Begin_NothingCanBeRead_NeverSupersedesWhatIsStored()
    {
        GuardianLife good = await _bench.BeginAsync();
        await _bench.LatchAsync(good);
        await good.EndAsync();

        _checkpoints.IsBroken = true;
        GuardianLife unread = await _bench.CrashAsync();
        Assert.Equal(("fresh", true), (unread.Core.Provenance.RecoveredFrom, unread.Core.Provenance.Unverified));
        (int saves, int writes) = (_checkpoints.Saves, _bench.Records.Writes);
        unread.Observe(Bench.Unnumbered(Bench.Latencies(3)));
        // Past the periods of checkpoints and records.
        for (int i = 0; i < 20; i++) _bench.Pass(unread, TimeSpan.FromSeconds(30));
        await unread.EndAsync();
        Assert.Equal((saves, writes, 0), (_checkpoints.Saves, _bench.Records.Writes, _bench.Left));

        _checkpoints.IsBroken = false;
        GuardianLife again = await _bench.CrashAsync();
        Assert.Equal(BreakerState.Latched, again.GetVerdict().Breaker);
        Assert.Equal("2", again.GetLimits().Overrides["Breaker:LatchingEpisode"]);
    }

    [Fact]
    public async Task Tick_ReadableAgain_LeavesForTheNextLife()
    {
        _checkpoints.IsBroken = true;
        GuardianLife unread = await _bench.BeginAsync();
        _bench.Pass(unread, GuardianLife.UnreadPeriod);
        Assert.Equal(0, _bench.Left);
        _checkpoints.IsBroken = false;
        _bench.Pass(unread, GuardianLife.UnreadPeriod / 2);
        Assert.Equal(0, _bench.Left);
        _bench.Pass(unread, GuardianLife.UnreadPeriod);
        Assert.Equal(1, _bench.Left);
    }

    private sealed class BrokenCheckpoints : ICheckpointStore
    {
        private readonly MemoryCheckpointStore _inner = new();

        internal bool IsBroken { get; set; }

        internal int Saves { get; private set; }

        public Task SaveAsync(Checkpoint checkpoint)
        {
            Saves++;
            return _inner.SaveAsync(checkpoint);
        }

        public CheckpointLookup Find(string symbol, Func<Checkpoint, string?>? refuse = null) => IsBroken
            ? throw new StorageUnavailableException("the disk does not read")
            : _inner.Find(symbol, refuse);
    }
}
