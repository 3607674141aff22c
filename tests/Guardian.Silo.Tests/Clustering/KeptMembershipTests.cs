using System.Net;
using Guardian.Silo.Clustering;
using Guardian.Storage.Redis;
using Guardian.Testing;
using Guardian.Testing.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Guardian.Silo.Tests.Clustering;

/// <summary>The membership table on a real Redis that is away, comes back empty, or comes late.</summary>
public sealed class KeptMembershipTests : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly List<IAsyncDisposable> _open = [];
    private readonly RedisServer _redis = RedisServer.Make();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable one in _open) await one.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Initialize_RedisIsAway_StartsAloneAndJoinsWhenItAnswers()
    {
        await NeedRedisAsync(started: false);
        KeptMembership table = Table();
        await table.InitializeMembershipTable(tryInitTableVersion: true);
        await ComeUpAsync(table, Silo(1));
        Assert.Equal([(Silo(1), SiloStatus.Active)], await ReadAsync(table));
        await _redis.StartAgainAsync(Stop);
        await Phase.ReachAsync(
            "others see it, in a version above what the silo has seen",
            Soon,
            async () =>
            {
                int version = (await table.ReadAll()).Version.Version;
                return version > 2 && (await ReadAsync(Table())).Length == 1;
            },
            Stop);
    }

    [Fact]
    public async Task ReadAll_RedisCameBackEmpty_EverySiloIsThereAgainAndTheVersionRises()
    {
        await NeedRedisAsync(started: true);
        (KeptMembership one, KeptMembership other) = (Table(), Table());
        await ComeUpAsync(one, Silo(1));
        await ComeUpAsync(other, Silo(2));
        int before = (await one.ReadAll()).Version.Version;
        await _redis.Kill9Async(); // Without persistence: it comes back with nothing.
        Assert.Equal(2, (await ReadAsync(one)).Length);
        await _redis.StartAgainAsync(Stop);
        await Phase.ReachAsync(
            "the table is filled again",
            Soon,
            async () => (await one.ReadAll()).Version.Version > before,
            Stop);
        Assert.Equal(
            [(Silo(1), SiloStatus.Active), (Silo(2), SiloStatus.Active)], await ReadAsync(other));
        KeptMembership third = Table();
        Assert.Equal(2, (await ReadAsync(third)).Length);
        Assert.True((await third.ReadAll()).Version.Version > before);
    }

    [Fact]
    public async Task UpdateRow_RedisIsAway_ADeathIsKeptAndToldLater()
    {
        await NeedRedisAsync(started: true);
        KeptMembership table = Table();
        await ComeUpAsync(table, Silo(1));
        await ComeUpAsync(table, Silo(2));
        await _redis.Kill9Async();
        await SetAsync(table, Silo(2), SiloStatus.Dead);
        Assert.Contains((Silo(2), SiloStatus.Dead), await ReadAsync(table));
        await _redis.StartAgainAsync(Stop);
        await Phase.ReachAsync(
            "the death is told",
            Soon,
            async () =>
            {
                await table.ReadAll();
                return (await ReadAsync(Table())).Contains((Silo(2), SiloStatus.Dead));
            },
            Stop);
    }

    [Fact]
    public async Task InsertRow_OfAnOldVersion_IsRefused()
    {
        await NeedRedisAsync(started: true);
        KeptMembership table = Table();
        MembershipTableData old = await table.ReadAll();
        await ComeUpAsync(Table(), Silo(1));
        Assert.False(await table.InsertRow(Row(Silo(2), SiloStatus.Joining), old.Version.Next()));
    }

    private static SiloAddress Silo(int number) =>
        SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_000 + number), 7);

    private static MembershipEntry Row(SiloAddress silo, SiloStatus status) => new()
    {
        SiloAddress = silo, Status = status, HostName = "here", SiloName = "one", SuspectTimes = [],
        StartTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        IAmAliveTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
    };

    private static async Task ComeUpAsync(KeptMembership table, SiloAddress silo)
    {
        MembershipTableData now = await table.ReadAll();
        Assert.True(await table.InsertRow(Row(silo, SiloStatus.Joining), now.Version.Next()));
        await SetAsync(table, silo, SiloStatus.Active);
    }

    private static async Task SetAsync(KeptMembership table, SiloAddress silo, SiloStatus status)
    {
        MembershipTableData now = await table.ReadAll();
        Assert.True(await table.UpdateRow(Row(silo, status), now.TryGet(silo)!.Item2, now.Version.Next()));
    }

    private static async Task<(SiloAddress, SiloStatus)[]> ReadAsync(KeptMembership table) =>
    [
        .. (await table.ReadAll()).Members.Select(m => (m.Item1.SiloAddress, m.Item1.Status))
            .OrderBy(m => m.SiloAddress.Endpoint.Port),
    ];

    private async Task NeedRedisAsync(bool started)
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        if (started) await _redis.StartAgainAsync(Stop);
    }

    private KeptMembership Table()
    {
        RedisOptions redis = new()
        {
            Host = _redis.Host, Port = _redis.Port, ProbePeriod = TimeSpan.FromMilliseconds(50),
        };
        RedisConnection connection = new(redis, TimeProvider.System, NullLogger<RedisConnection>.Instance);
        _open.Add(connection);
        ServiceProvider services = new ServiceCollection()
            .Configure<ClusterOptions>(c => (c.ClusterId, c.ServiceId) = ("guardian", "guardian"))
            .Configure<RedisClusteringOptions>(o =>
            {
                o.ConfigurationOptions = redis.ToConnection("test");
                o.CreateRedisKey = cluster => SiloClustering.MembershipKey(redis, cluster);
            })
            .BuildServiceProvider();
        _open.Add(services);
        Type library = typeof(RedisClusteringOptions).Assembly
            .GetType("Orleans.Clustering.Redis.RedisMembershipTable", throwOnError: true)!;
        return new KeptMembership(
            (IMembershipTable)ActivatorUtilities.CreateInstance(services, library),
            new Guardian.Silo.Clustering.MembershipVersion(
                connection,
                SiloClustering.MembershipKey(redis, services.GetRequiredService<IOptions<ClusterOptions>>().Value)),
            TimeProvider.System,
            NullLogger<KeptMembership>.Instance);
    }
}
