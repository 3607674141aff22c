using System.Globalization;
using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Redis;
using Guardian.Testing.Servers;

namespace Guardian.Storage.Tests.Redis;

public sealed class RedisEventStoreTests(SharedRedis redis) : IAsyncLifetime
{
    private RedisRig _rig = null!;
    private RedisEventStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        RedisRig.NeedsRedis();
        _rig = await new RedisRig(redis.Server, o => o.NewestEntries = 100).ReachedAsync();
        _store = New(_rig);
        Assert.Equal(0, await _store.ResumeAsync(0, Cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        if (_rig is not null) await _rig.DisposeAsync();
    }

    [Fact]
    public async Task AppendAsync_Entries_AreReadAsWritten()
    {
        JournalEntry[] entries =
        [
            Make.Entry("A", 1), Make.Entry("A", 4, of: EventClass.State) with { Producer = null }, Make.Entry("B", 1),
        ];
        Assert.Equal(9, await AppendAsync(entries));
        Assert.Equal(Text(entries[..2]), Text((await _store.ReadAsync("A", 10)).Entries));
        Assert.Equal(Text(entries[2..]), Text((await _store.ReadAsync("B", 10)).Entries));
        Assert.Equal(Text(entries[1..2]), Text((await _store.ReadAsync("A", 1)).Entries));
    }

    [Fact]
    public async Task AppendAsync_TheSameAgainAndAnOlderEpoch_RefusedAndCounted()
    {
        await AppendAsync(Make.Entry("A", 1, epoch: 2), Make.Entry("A", 4, epoch: 2));
        Assert.Equal(0, await AppendAsync(Make.Entry("A", 1, epoch: 2), Make.Entry("A", 4, epoch: 2)));
        Assert.Equal(0, await AppendAsync(Make.Entry("A", 7, epoch: 1)));
        Assert.Equal(3, await AppendAsync(Make.Entry("A", 1, epoch: 3)));
        Assert.Equal(3, _store.Refused);
        Assert.Equal([2, 2, 3], (await _store.ReadAsync("A", 10)).Entries.Select(e => e.Epoch.Number));
    }

    [Fact]
    public async Task AppendAsync_MoreThanTheCap_TheNewestStay()
    {
        JournalEntry[] entries = [.. Enumerable.Range(0, 2_000).Select(i => Make.Entry("A", 1 + i, count: 1))];
        foreach (JournalEntry[] batch in entries.Chunk(500)) await AppendAsync(batch);
        IReadOnlyList<JournalEntry> read = (await _store.ReadAsync("A", 10_000)).Entries;
        Assert.InRange(read.Count, 100, 300);
        Assert.Equal(Text(entries[^read.Count..]), Text(read));
    }

    [Fact]
    public async Task AppendAsync_Forget_TheSymbolGoesAndBeginsAnew()
    {
        await AppendAsync(Make.Entry("A", 5, epoch: 9), Make.Entry("B", 1));
        await AppendAsync(Make.Forget("A"), Make.Entry("A", 1, epoch: 1));
        Assert.Equal([1L], (await _store.ReadAsync("A", 10)).Entries.Select(e => e.Epoch.Number));
        Assert.Single((await _store.ReadAsync("B", 10)).Entries);
    }

    [Fact]
    public async Task ReadAsync_ADamagedEntry_IsNamedAndLeftOut()
    {
        await AppendAsync(Make.Entry("A", 1));
        StackExchange.Redis.RedisKey key = _rig.Connection.Keys.Events("A");
        StackExchange.Redis.StreamEntry[] stored = await _rig.Connection.CallAsync(d => d.StreamRangeAsync(key));
        byte[] events = (byte[])stored[0]["events"]!;
        events[^1] ^= 1;
        string id = RedisKeys.EventId(new Epoch(1, 7), 4);
        await _rig.Connection.CallAsync(
            d => d.StreamAddAsync(key, [new("head", stored[0]["head"]), new("events", events)], id));
        (IReadOnlyList<JournalEntry> entries, IReadOnlyList<string> problems) = await _store.ReadAsync("A", 10);
        Assert.Single(entries);
        Assert.Equal([$"entry {id} of A in Redis is damaged"], problems);
    }

    [Fact]
    public async Task AppendAsync_AnotherPositionIsInRedis_UnavailableAndResumesFromIt()
    {
        await AppendAsync(Make.Entry("A", 1));
        long written = _position;
        await _rig.Connection.CallAsync(d => d.HashSetAsync(_rig.Connection.Keys.Writers, "silo-1", written - 1));
        StorageUnavailableException other =
            await Assert.ThrowsAsync<StorageUnavailableException>(() => AppendAsync(Make.Entry("A", 4)));
        Assert.Equal(
            $"Redis at {_rig.Options.EndPoint} does not have what this silo wrote last; it is fed again",
            other.Message);
        Assert.Equal(written - 1, await _store.ResumeAsync(written, Cancellation));
        await AppendAsync(Make.Entry("A", 7));
    }

    [Fact]
    public async Task ResumeAsync_RestartedEmptyAndOld_FedAgainFromWhereItStands()
    {
        await using RedisServer server = await RedisServer.StartAsync(Cancellation);
        await using RedisRig rig = await new RedisRig(server).ReachedAsync();
        RedisEventStore store = New(rig);
        await store.ResumeAsync(0, Cancellation);
        await store.AppendAsync([new JournalRow(7, Make.Entry("A", 1))], Cancellation);
        string snapshot = await server.SnapshotAsync(Cancellation);
        await store.AppendAsync([new JournalRow(9, Make.Entry("A", 4))], Cancellation);
        Assert.Equal(9, await store.ResumeAsync(9, Cancellation));
        await server.RestartFromAsync(snapshot, Cancellation);
        await rig.ReachedAsync();
        Assert.Equal(7, await ResumedAsync(store, 9));
        await server.RestartEmptyAsync(Cancellation);
        Assert.Equal(0, await ResumedAsync(store, 9));
    }

    private static async Task<long> ResumedAsync(RedisEventStore store, long cursor)
    {
        long position = -1;
        await Testing.Phase.ReachAsync(
            "Redis answers again",
            Make.Patience,
            async () =>
            {
                try
                {
                    position = await store.ResumeAsync(cursor, Cancellation);
                    return true;
                }
                catch (StorageUnavailableException)
                {
                    return false;
                }
            },
            Cancellation);
        return position;
    }

    private long _position = 100;

    private Task<long> AppendAsync(params JournalEntry[] entries) =>
        _store.AppendAsync([.. entries.Select(e => new JournalRow(++_position, e))], Cancellation);

    private static RedisEventStore New(RedisRig rig) => new(rig.Connection, () => "silo-1");

    private static string Text(IEnumerable<JournalEntry> entries) => string.Join('\n', entries.Select(e =>
        string.Create(CultureInfo.InvariantCulture, $"{e} {Convert.ToHexString(e.Payload)}")
            .Replace("System.Byte[]", string.Empty, StringComparison.Ordinal)));
}
