using System.Net;
using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Storage;

namespace Guardian.Grains.Tests.Guarding;

public sealed class EpochFenceTests
{
    private static readonly GrainId Grain = GrainId.Create("guardian", "BTCUSDT");

    private readonly Records _records = new();
    private readonly EpochFence _fence;

    public EpochFenceTests() =>
        _fence = new EpochFence(_records, new Details(), TimeProvider.System, NullLogger<EpochFence>.Instance);

    [Fact]
    public async Task ClaimAsync_StorageAwayTwice_NeverGivesAnEpochTwice()
    {
        _records.IsAway = true;
        Assert.Equal((new Epoch(1, 9), true), await ClaimAsync());
        Assert.Equal((new Epoch(2, 9), true), await ClaimAsync());
        _records.IsAway = false;
        Assert.Equal((new Epoch(3, 9), false), await ClaimAsync());
        Assert.Equal((new Epoch(4, 9), false), await ClaimAsync());
    }

    [Fact]
    public void NextProvisional_SilosStartedInOneSecond_NeverTakeTheSameNumber()
    {
        SiloAddress[] twins = [.. Enumerable.Range(0, 3).Select(i => At(11_111 + i, generation: 9))];
        SiloAddress[] known = [At(1, generation: 8), .. twins, At(2, generation: 10)];
        HashSet<long> taken = [];
        foreach (SiloAddress silo in twins)
        {
            long newest = 4;
            for (int i = 0; i < 50; i++)
            {
                long next = EpochFence.NextProvisional(newest, silo, known.Where(s => !s.Equals(silo)));
                Assert.InRange(next, newest + 1, newest + 3);
                Assert.True(taken.Add(next), $"{next} twice");
                newest = next;
            }
        }

        // Alone in its second, it is the next one.
        Assert.Equal(5, EpochFence.NextProvisional(4, At(1, generation: 8), known));
        Assert.Equal(1, EpochFence.NextProvisional(0, At(3, generation: 11), []));
    }

    private static SiloAddress At(int port, int generation) =>
        SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), generation);

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // The next claim makes up for it.
    public async Task ForgetAsync_WhoeverComesUpNext_LearnsWhichEpochsAreForgotten(bool away)
    {
        await ClaimAsync();
        (Epoch last, _) = await ClaimAsync();
        _records.IsAway = away;
        await _fence.ForgetAsync(Grain, last);
        _records.IsAway = false;
        (Epoch next, _, GuardianRecord? record) = await _fence.ClaimAsync(Grain, newest: 0);
        Assert.Equal(last, record!.EmptiedEpoch);
        // A snapshot of the new life does not bring the old one back.
        Assert.True(await _fence.StoreAsync(Grain, next, new GuardianRecord { SnapshotEpoch = next, Snapshot = [1] }));
        (_, _, record) = await _fence.ClaimAsync(Grain, newest: 0);
        Assert.Equal((last, next), (record!.EmptiedEpoch, record.SnapshotEpoch));
    }

    private async Task<(Epoch Epoch, bool Provisional)> ClaimAsync()
    {
        (Epoch epoch, bool provisional, _) = await _fence.ClaimAsync(Grain, newest: 0);
        return (epoch, provisional);
    }

    private sealed class Records : IGrainStorage
    {
        private GuardianRecord _record = new();

        internal bool IsAway { get; set; }

        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            if (IsAway) throw new IOException("away");
            grainState.State = (T)(object)_record.Copy();
            return Task.CompletedTask;
        }

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            _record = (GuardianRecord)(object)grainState.State!;
            return Task.CompletedTask;
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            Task.CompletedTask;
    }

    private sealed class Details : ILocalSiloDetails
    {
        public string Name => "silo";

        public string ClusterId => "test";

        public string DnsHostName => "silo";

        public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 11_111, 9);

        public SiloAddress GatewayAddress => SiloAddress;
    }
}
