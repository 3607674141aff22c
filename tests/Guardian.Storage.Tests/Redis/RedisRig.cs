using Guardian.Storage.Redis;
using Guardian.Testing;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Storage.Tests.Redis;

/// <summary>One Redis for all tests that leave it in peace; started once, gone with the process.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    private RedisServer? _server;

    public RedisServer Server => _server ?? throw new InvalidOperationException(RedisServer.Missing);

    public async ValueTask InitializeAsync()
    {
        if (RedisServer.Missing is null)
            _server = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}

/// <summary>A way to a Redis, with keys of its own.</summary>
internal sealed class RedisRig : IAsyncDisposable
{
    internal RedisRig(
        RedisServer server, Action<RedisOptions>? change = null, string? serviceId = null, TimeProvider? time = null)
    {
        Options = new RedisOptions
        {
            Host = server.Host,
            Port = server.Port,
            ServiceId = serviceId ?? Guid.NewGuid().ToString("N"),
            ProbePeriod = TimeSpan.FromMilliseconds(50),
            Deadline = TimeSpan.FromSeconds(2),
        };
        change?.Invoke(Options);
        Connection = new RedisConnection(Options, time ?? TimeProvider.System, NullLogger<RedisConnection>.Instance);
    }

    internal RedisOptions Options { get; }

    internal RedisConnection Connection { get; }

    internal static void NeedsRedis() =>
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);

    internal async Task<RedisRig> ReachedAsync()
    {
        Connection.Start();
        await Phase.ReachAsync(
            "Redis is used",
            Make.Patience,
            () => Task.FromResult(Connection.Problem is null),
            TestContext.Current.CancellationToken,
            () => Connection.Problem ?? "reached");
        return this;
    }

    internal Task ProblemAsync(string problem) => Phase.ReachAsync(
        $"the problem is: {problem}",
        Make.Patience,
        () => Task.FromResult(string.Equals(Connection.Problem, problem, StringComparison.Ordinal)),
        TestContext.Current.CancellationToken,
        () => $"it is: {Connection.Problem}");

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
