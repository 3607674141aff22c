using Guardian.Contracts;
using Guardian.Storage.Halts;
using Guardian.Storage.Redis;
using Guardian.Storage.Tests.Halts;
using Guardian.Testing;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Storage.Tests.Redis;

public sealed class RedisHaltPlaceTests(SharedRedis redis) : HaltContract
{
    private RedisRig? _rig;
    private Place? _store;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal override IHaltStore Store => _store ??= new Place(Rig);

    private RedisRig Rig => _rig ??= NewRig();

    public override async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.Real.DisposeAsync();
        if (_rig is not null) await _rig.DisposeAsync();
    }

    [Fact]
    public async Task PutAsync_ManySilosAtOnce_NothingIsForgottenAndNoTombstoneLost()
    {
        Place[] silos = [.. Enumerable.Range(0, 4).Select(_ => new Place(Rig))];
        await Rig.ReachedAsync();
        Hold[] puts =
        [
            .. Enumerable.Range(0, 200).SelectMany(i =>
            {
                Hold hold = Make.Hold($"h{i % 20}");
                return i % 3 == 0 ? new[] { hold } : [hold, hold.Release(Make.T0 + 1 + (i % 7), $"by {i % 7}")];
            }),
        ];
        await Task.WhenAll(puts.Select((hold, i) => silos[i % 4].PutAsync(hold)));
        Dictionary<string, Hold> expected = puts.GroupBy(h => h.Id, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Aggregate(HaltMerge.Merge), StringComparer.Ordinal);
        Hold[] read = [.. Store.Load()];
        Assert.Equal(20, read.Length);
        Assert.All(read, hold => Assert.Equal(expected[hold.Id], hold));
    }

    [Fact]
    public async Task Version_AnotherSilosHold_IsReadWithinASecond()
    {
        await using RedisHaltPlace other = NewPlace(Rig);
        other.Start();
        await Rig.ReachedAsync();
        await Phase.ReachAsync(
            "it was read once", Make.Patience, () => Task.FromResult(other.IsRead), Cancellation);
        long before = other.Version;
        await Store.PutAsync(Make.Hold("h1"));
        await Phase.ReachAsync(
            "the hold is known elsewhere",
            TimeSpan.FromSeconds(1),
            () => Task.FromResult(other.Version > before && other.Read().Count == 1),
            Cancellation);
    }

    [Fact]
    public async Task PutAsync_TheSameAgain_TheVersionStays()
    {
        await Store.PutAsync(Make.Hold("h1"));
        Store.Load();
        long version = _store!.Real.Version;
        await Store.PutAsync(Make.Hold("h1"));
        await Store.PutAsync(Make.Hold("h1"));
        Store.Load();
        Assert.Equal(version, _store.Real.Version);
    }

    [Fact]
    public async Task Forget_OpenAndReleased_GoAndOthersStay()
    {
        foreach (string id in new[] { "a", "b", "c" }) await Store.PutAsync(Make.Hold(id));
        await Store.PutAsync(Make.Hold("b").Release(Make.T0 + 1));
        Store.Forget(["a", "b", "unknown"]);
        Assert.Equal("c", string.Join(' ', Store.Load().Select(h => h.Id)));
        await using RedisHaltPlace other = NewPlace(Rig);
        await other.LookAsync();
        Assert.Equal("c", string.Join(' ', other.Read().Select(h => h.Id)));
    }

    [Fact]
    public async Task Read_ADamagedEntry_IsLeftOutAndWrittenWholeWithTheNextPut()
    {
        await Store.PutAsync(Make.Hold("h1"));
        await Store.PutAsync(Make.Hold("h2"));
        RedisKeys keys = Rig.Connection.Keys;
        await Rig.Connection.CallAsync(d => d.HashSetAsync(keys.Halts, "h1", "0123456789abcdef{}"));
        await Rig.Connection.CallAsync(d => d.StringIncrementAsync(keys.HaltsVersion));
        Assert.Equal("h2", string.Join(' ', Store.Load().Select(h => h.Id)));
        await Store.PutAsync(Make.Hold("h1"));
        Assert.Equal("h1 h2", string.Join(' ', Store.Load().Select(h => h.Id)));
    }

    [Fact]
    public async Task Version_RestartedWithAnOldSnapshot_RisesAndReadsWhatIsThere()
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = await RedisServer.StartAsync(Cancellation);
        await using RedisRig rig = await new RedisRig(server).ReachedAsync();
        await using RedisHaltPlace place = NewPlace(rig);
        place.Start();
        await place.PutAsync(Make.Hold("h1"));
        string snapshot = await server.SnapshotAsync(Cancellation);
        await place.PutAsync(Make.Hold("h1").Release(Make.T0 + 1));
        await place.PutAsync(Make.Hold("h2"));
        await ReadsAsync(place, "h1 released, h2 open");
        long before = place.Version;
        await server.RestartFromAsync(snapshot, Cancellation);
        await ReadsAsync(place, "h1 open");
        Assert.True(place.Version > before);
        await server.RestartEmptyAsync(Cancellation);
        await ReadsAsync(place, string.Empty);
    }

    private static Task ReadsAsync(RedisHaltPlace place, string expected) => Phase.ReachAsync(
        $"the place reads: {expected}",
        Make.Patience,
        () => Task.FromResult(string.Equals(
            string.Join(", ", place.Read().OrderBy(h => h.Id, StringComparer.Ordinal)
                .Select(h => $"{h.Id} {(h.IsOpen ? "open" : "released")}")),
            expected,
            StringComparison.Ordinal)),
        Cancellation);

    private static RedisHaltPlace NewPlace(RedisRig rig) =>
        new(rig.Connection, TimeProvider.System, NullLogger<RedisHaltPlace>.Instance);

    private RedisRig NewRig()
    {
        RedisRig.NeedsRedis();
        RedisRig rig = new(redis.Server);
        rig.Connection.Start();
        return rig;
    }

    /// <summary>Reads at once what a place would read in a moment, so that it keeps the contract of a store.</summary>
    private sealed class Place(RedisRig rig) : IHaltStore
    {
        internal RedisHaltPlace Real { get; } = NewPlace(rig);

        public async Task PutAsync(Hold hold)
        {
            await rig.ReachedAsync();
            await Real.PutAsync(hold);
        }

        public Task RemoveAsync(IReadOnlyList<string> ids) => Real.RemoveAsync(ids);

        public void Forget(IReadOnlyList<string> ids) => Real.Forget(ids);

        public IReadOnlyList<Hold> Load()
        {
#pragma warning disable VSTHRD002 // The contract's Load is synchronous; on the pool nothing needs this thread.
            Task.Run(Real.LookAsync, Cancellation).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            return [.. Real.Read().OrderBy(h => h.Id, StringComparer.Ordinal)];
        }
    }
}
