using System.Globalization;
using Guardian.Storage;
using Guardian.Storage.Redis;
using StackExchange.Redis;

namespace Guardian.Silo.Clustering;

/// <summary>Raises the version of the membership table in Redis. Thread-safe.</summary>
/// <remarks>
/// The library counts by one and has no way to say more; silos take no table whose version is below what they know. It
/// is written in the library's own form, and only where that is what stands there.
/// </remarks>
/// <param name="redis">The way to Redis.</param>
/// <param name="key">The table's key.</param>
internal sealed class MembershipVersion(RedisConnection redis, string key)
{
    private const string Script = """
        local now = redis.call('HGET', KEYS[1], 'Version')
        if now ~= ARGV[1] then return 0 end
        redis.call('HSET', KEYS[1], 'Version', ARGV[2])
        return 1
        """;

    /// <summary>Raises it to a number at least; once, as others may do so too.</summary>
    /// <exception cref="StorageUnavailableException">Redis is away, or the version is in another form.</exception>
    public async Task RaiseAsync(int least)
    {
        redis.Start();
        RedisValue stored = await redis.CallAsync(d => d.HashGetAsync(key, "Version"));
        string text = stored.ToString();
        int version = Number(text);
        if (version >= least) return;
        await redis.CallAsync(d => d.ScriptEvaluateAsync(Script, [key], [text, Form(least)]));
    }

    private static string Form(int version) => version.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version)
            && string.Equals(Form(version), text, StringComparison.Ordinal)
            ? version
            : throw new StorageUnavailableException(
                $"The version of the membership table is '{text}', a form not known");
}
