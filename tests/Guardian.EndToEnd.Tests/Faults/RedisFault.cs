using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>One thing that happens to Redis: how it begins and how it ends.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Prepare">Done before, beside load; null: nothing.</param>
/// <param name="Begin">Makes it happen.</param>
/// <param name="End">Makes it well again, with whatever it holds then.</param>
internal sealed record RedisFault(
    string Name,
    Func<RedisServer, CancellationToken, Task<string>>? Prepare,
    Func<RedisServer, CancellationToken, Task> Begin,
    Func<RedisServer, string, CancellationToken, Task> End)
{
    /// <summary>Gets every fault.</summary>
    public static IReadOnlyList<RedisFault> All { get; } =
    [
        new(
            "killed",
            null,
            async (redis, stop) =>
            {
                await redis.SnapshotAsync(stop);
                await redis.Kill9Async();
            },
            (redis, _, stop) => redis.StartAgainAsync(stop)),
        new(
            "restarted empty",
            null,
            (redis, _) => redis.Kill9Async(),
            (redis, _, stop) => redis.RestartEmptyAsync(stop)),
        new(
            "restarted old",
            (redis, stop) => redis.SnapshotAsync(stop),
            (redis, _) => redis.Kill9Async(),
            (redis, snapshot, stop) => redis.RestartFromAsync(snapshot, stop)),
        new(
            "out of memory",
            null,
            (redis, stop) => redis.CommandAsync(stop, "CONFIG", "SET", "maxmemory", "1kb"),
            (redis, _, stop) => redis.CommandAsync(stop, "CONFIG", "SET", "maxmemory", "0")),
        new(
            "read-only",
            null,
            (redis, stop) => redis.CommandAsync(stop, "REPLICAOF", "127.0.0.1", "1"),
            (redis, _, stop) => redis.CommandAsync(stop, "REPLICAOF", "NO", "ONE")),
        new("frozen", null, (redis, stop) => redis.PauseAsync(stop), (redis, _, stop) => redis.ResumeAsync(stop)),
    ];
}
