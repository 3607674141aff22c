using Guardian.Contracts;
using Guardian.Grains.Roster;
using Guardian.Storage;
using Guardian.Storage.Redis;
using Guardian.Storage.Roster;
using Guardian.Testing;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Grains.Tests.Roster;

/// <summary>Two silos' directories on one real Redis.</summary>
public sealed class SharedDirectoryTests : IAsyncDisposable
{
    private readonly List<RedisConnection> _connections = [];
    private RedisServer? _redis;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (RedisConnection connection in _connections) await connection.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
    }

    [Fact]
    public async Task SynchronizeAsync_ChangesOnEitherSide_BothKnowTheNewest()
    {
        await StartAsync();
        (SessionDirectory one, SessionDirectory other) = (await JoinAsync(), await JoinAsync());
        await one.AddAsync(new RosterEntry { Symbol = "A" });
        await one.AddAsync(new RosterEntry { Symbol = "B" });
        await one.PutAsync(new SessionEntry("paper", new GuardianLimits { Profile = "feed" }, RecordedTime: false));
        Texts.Equal(["A", "B"], (await other.SynchronizeAsync()).Order(StringComparer.Ordinal));
        Assert.Equal("feed", other.Get("paper").Limits.Profile);
        await other.RemoveAsync("A");
        await other.SynchronizeAsync();
        Texts.Equal(["A"], await one.SynchronizeAsync());
        Assert.Null(one.Find("A"));
        Assert.NotNull(one.Find("B"));
        Assert.Empty(await one.SynchronizeAsync());
        Assert.Equal((0, 0), (one.Untold, other.Untold));
    }

    [Fact]
    public async Task NextProducerEpochAsync_OnTwoSilosInTurn_Rises()
    {
        await StartAsync();
        (SessionDirectory one, SessionDirectory other) = (await JoinAsync(), await JoinAsync());
        Assert.Equal(1, await one.NextProducerEpochAsync("live", "p"));
        Assert.Equal(2, await other.NextProducerEpochAsync("live", "p"));
        Assert.Equal(3, await one.NextProducerEpochAsync("live", "p"));
        ObservationBatch third = new() { Producer = "p", ProducerEpoch = 3, FirstSequence = 1, Items = [] };
        Assert.NotNull(other.WhyNotIssued("live", third));
        await other.RefreshAsync();
        Assert.Null(other.WhyNotIssued("live", third));
    }

    [Fact]
    public async Task SynchronizeAsync_RedisCameBackEmpty_FilledAgainFromEitherSilo()
    {
        await StartAsync();
        (SessionDirectory one, SessionDirectory other) = (await JoinAsync(), await JoinAsync());
        await one.AddAsync(new RosterEntry { Symbol = "A" });
        await one.SynchronizeAsync();
        await other.SynchronizeAsync();
        await _redis!.Kill9Async();
        await Assert.ThrowsAsync<StorageUnavailableException>(() => FailAsync(one));
        one.Saw("live", "q", 3);
        Assert.Equal(4, await one.NextProducerEpochAsync("live", "q"));
        await one.RefreshAsync();
        await _redis.StartAgainAsync(Stop);
        await Phase.ReachAsync(
            "Redis is filled again",
            TimeSpan.FromSeconds(20),
            async () =>
            {
                await other.RefreshAsync();
                await one.RefreshAsync();
                return one.Untold == 0 && other.WhyNotIssued(
                    "live", new ObservationBatch { Producer = "q", ProducerEpoch = 4, Items = [] }) is null;
            },
            Stop);
        SessionDirectory third = await JoinAsync();
        await third.SynchronizeAsync();
        Assert.NotNull(third.Find("A"));
    }

    // The first calls after the death may still find the connection open.
    private static async Task FailAsync(SessionDirectory directory)
    {
        for (int i = 0; i < 100; i++) await directory.SynchronizeAsync();
    }

    private async Task StartAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        _redis = await RedisServer.StartAsync(Stop);
    }

    private async Task<SessionDirectory> JoinAsync()
    {
        RedisOptions options = new()
        {
            Host = _redis!.Host, Port = _redis.Port, ProbePeriod = TimeSpan.FromMilliseconds(50),
        };
        RedisConnection connection = new(options, TimeProvider.System, NullLogger<RedisConnection>.Instance);
        _connections.Add(connection);
        SessionDirectory directory = new(new MemoryRosterStore(), TimeProvider.System, new RedisDirectory(connection));
        await Phase.ReachAsync(
            "Redis is used", TimeSpan.FromSeconds(20), () => Task.FromResult(connection.Problem is null), Stop);
        return directory;
    }
}
