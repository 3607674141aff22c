using System.Diagnostics;
using Guardian.Testing.Servers;

namespace Guardian.Storage.Tests.Redis;

public sealed class RedisConnectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Problem_NobodyListens_SaysWhatToDoAndCallsEndAtOnce()
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = RedisServer.Make();
        await using RedisRig rig = new(server);
        rig.Connection.Start();
        await rig.ProblemAsync(
            $"Redis at {server.EndPoint} can't be reached: start it, or correct REDIS_HOST and REDIS_PORT");
        Stopwatch watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<StorageUnavailableException>(() => rig.Connection.CallAsync(d => d.PingAsync()));
        Assert.True(watch.ElapsedMilliseconds < 100, $"it took {watch.ElapsedMilliseconds} ms");
    }

    [Theory]
    [InlineData(600)]
    [InlineData(-600)]
    public async Task Ahead_ClockTenMinutesOff_IsKnown(int seconds)
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = await RedisServer.StartAsync(Cancellation);
        await using RedisRig right = await new RedisRig(server).ReachedAsync();
        Assert.InRange(right.Connection.Ahead.TotalSeconds, -2, 2);
        await using RedisRig wrong = new(server, time: new Off(TimeSpan.FromSeconds(seconds)));
        await wrong.ReachedAsync();
        Assert.InRange(wrong.Connection.Ahead.TotalSeconds, seconds - 2, seconds + 2);
    }

    [Theory]
    [InlineData(null, "asks for a password: set REDIS_PASSWORD or REDIS_PASSWORD_FILE")]
    [InlineData("wrong", "refuses the password: correct REDIS_PASSWORD or REDIS_PASSWORD_FILE")]
    [InlineData("right", null)]
    public async Task Problem_PasswordIsAskedFor_NamedOrNone(string? password, string? problem)
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = await RedisServer.StartAsync(Cancellation, "--requirepass", "right");
        await using RedisRig rig = new(server, o => o.Password = password);
        rig.Connection.Start();
        if (problem is null) await rig.ReachedAsync();
        else await rig.ProblemAsync($"Redis at {server.EndPoint} {problem}");
    }

    [Fact]
    public async Task Problem_BecomesAReplicaAndBack_NamedAndUsedAgain()
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = await RedisServer.StartAsync(Cancellation);
        await using RedisRig rig = await new RedisRig(server).ReachedAsync();
        await server.CommandAsync(Cancellation, "REPLICAOF", "127.0.0.1", "1");
        await rig.ProblemAsync(
            $"Redis at {server.EndPoint} is a read-only replica: point REDIS_HOST and REDIS_PORT at its primary");
        await server.CommandAsync(Cancellation, "REPLICAOF", "NO", "ONE");
        await rig.ReachedAsync();
    }

    [Fact]
    public async Task Problem_OutOfMemoryAndThenNot_NamedAndUsedAgain()
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = await RedisServer.StartAsync(Cancellation);
        await using RedisRig rig = await new RedisRig(server).ReachedAsync();
        await server.CommandAsync(Cancellation, "CONFIG", "SET", "maxmemory", "1kb");
        await rig.ProblemAsync(
            $"Redis at {server.EndPoint} is out of memory and refuses writes (maxmemory with noeviction): "
            + "give it more memory");
        await server.CommandAsync(Cancellation, "CONFIG", "SET", "maxmemory", "0");
        await rig.ReachedAsync();
    }

    [Fact]
    public async Task CallAsync_Frozen_OneDeadlineThenAtOnceAndUsedAgain()
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = await RedisServer.StartAsync(Cancellation);
        await using RedisRig rig = new(server, o =>
        {
            o.Deadline = TimeSpan.FromMilliseconds(250);
            o.ProbePeriod = TimeSpan.FromMinutes(1);
        });
        await rig.ReachedAsync();
        await server.PauseAsync(Cancellation);
        Stopwatch watch = Stopwatch.StartNew();
        StorageUnavailableException late = await Assert.ThrowsAsync<StorageUnavailableException>(
            () => rig.Connection.CallAsync(d => d.PingAsync()));
        Assert.Equal($"Redis at {server.EndPoint} did not answer within 250 ms", late.Message);
        Assert.InRange(watch.ElapsedMilliseconds, 200, 1_000);
        watch.Restart();
        for (int i = 0; i < 1_000; i++)
            await Assert.ThrowsAsync<StorageUnavailableException>(() => rig.Connection.CallAsync(d => d.PingAsync()));
        Assert.True(watch.ElapsedMilliseconds < 1_000, $"1,000 calls took {watch.ElapsedMilliseconds} ms");
        await server.ResumeAsync(Cancellation);
    }

    [Fact]
    public async Task Problem_FrozenAndThawed_UsedAgainWithoutANewIncarnation()
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = await RedisServer.StartAsync(Cancellation);
        await using RedisRig rig = new(server, o => o.Deadline = TimeSpan.FromMilliseconds(100));
        await rig.ReachedAsync();
        await server.PauseAsync(Cancellation);
        await rig.ProblemAsync($"Redis at {server.EndPoint} did not answer within 200 ms");
        await server.ResumeAsync(Cancellation);
        await rig.ReachedAsync();
        Assert.Equal(1, rig.Connection.Incarnation);
    }

    [Fact]
    public async Task Incarnation_EmptiedWithoutARestart_Rises()
    {
        RedisRig.NeedsRedis();
        await using RedisServer server = await RedisServer.StartAsync(Cancellation);
        await using RedisRig rig = await new RedisRig(server).ReachedAsync();
        await server.CommandAsync(Cancellation, "FLUSHALL");
        await Testing.Phase.ReachAsync(
            "the emptying is noticed",
            Make.Patience,
            () => Task.FromResult(rig.Connection.Incarnation == 2),
            Cancellation);
    }

    private sealed class Off(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
