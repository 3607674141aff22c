using System.Globalization;
using System.Text;
using Guardian.Storage.Roster;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>The directory that silos share, in one hash in Redis: <c>kind key</c> to <c>order seal value</c>.</summary>
/// <remarks>
/// Thread-safe; one caller looks at a time. A script keeps what is newer. Changes are told on a channel and counted, so
/// that looking costs one read of a number. What is damaged is as if it were not there, and is written anew.
/// </remarks>
public sealed class RedisDirectory : ISharedDirectory
{
    private const int MostAtOnce = 500;

    private readonly RedisConnection _redis;
    private readonly Lock _gate = new();
    private (long Incarnation, long Version) _seen;
    private TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Initializes the directory and listens.</summary>
    /// <param name="redis">The way to Redis.</param>
    public RedisDirectory(RedisConnection redis)
    {
        _redis = redis;
        redis.Hear(redis.Keys.DirectoryChanged, _ => Wake());
        redis.Start();
    }

    /// <inheritdoc/>
    public Task Heard
    {
        get
        {
            lock (_gate) return _heard.Task;
        }
    }

    /// <inheritdoc/>
    public async Task PutAsync(IReadOnlyList<DirectoryEntry> entries)
    {
        foreach (DirectoryEntry[] batch in entries.Chunk(MostAtOnce))
        {
            RedisValue[] arguments =
            [
                (RedisValue)(byte[])_redis.Keys.DirectoryChanged!,
                .. batch.SelectMany(e => new RedisValue[] { Field(e), Number(e.Order), Encode(e) }),
            ];
            await _redis.CallAsync(
                d => d.ScriptEvaluateAsync(
                    RedisScripts.PutDirectory, [_redis.Keys.Directory, _redis.Keys.DirectoryVersion], arguments),
                deadlines: 2);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DirectoryEntry>?> LookAsync()
    {
        long incarnation = _redis.Incarnation;
        RedisValue version = await _redis.CallAsync(d => d.StringGetAsync(_redis.Keys.DirectoryVersion));
        (long, long) now = (incarnation, version.TryParse(out long number) ? number : 0);
        lock (_gate)
        {
            if (now == _seen) return null;
            if (_heard.Task.IsCompleted)
                _heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        HashEntry[] all = await _redis.CallAsync(d => d.HashGetAllAsync(_redis.Keys.Directory), deadlines: 8);
        lock (_gate) _seen = now;
        return [.. all.Select(Decode).OfType<DirectoryEntry>()];
    }

    private void Wake()
    {
        lock (_gate) _heard.TrySetResult();
    }

    private static string Field(DirectoryEntry entry) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)entry.Kind} {entry.Key}");

    private static string Number(long order) => order.ToString("D19", CultureInfo.InvariantCulture);

    private static string Encode(DirectoryEntry entry)
    {
        string value = entry.Value ?? string.Empty;
        long seal = SealOf(Field(entry), entry.Order, value);
        return string.Create(CultureInfo.InvariantCulture, $"{Number(entry.Order)} {seal:x16} {value}");
    }

    private static DirectoryEntry? Decode(HashEntry stored)
    {
        string field = stored.Name.ToString();
        string[] parts = stored.Value.ToString().Split(' ', 3);
        int space = field.IndexOf(' ', StringComparison.Ordinal);
        if (parts.Length != 3 || space <= 0
            || !int.TryParse(field[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int kind)
            || !Enum.IsDefined((DirectoryKind)kind)
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long order)
            || !string.Equals(
                parts[1],
                SealOf(field, order, parts[2]).ToString("x16", CultureInfo.InvariantCulture),
                StringComparison.Ordinal))
            return null;
        return new DirectoryEntry(
            (DirectoryKind)kind, field[(space + 1)..], order, parts[2].Length == 0 ? null : parts[2]);
    }

    private static long SealOf(string field, long order, string value) => Seal.Of(
        "directory",
        string.Create(CultureInfo.InvariantCulture, $"{field} {order}"),
        Encoding.UTF8.GetBytes(value));
}
