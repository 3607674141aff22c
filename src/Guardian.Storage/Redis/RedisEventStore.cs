using System.Globalization;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>The newest events in Redis: a capped stream per symbol, one <c>XADD</c> for each packed journal entry.
/// </summary>
/// <remarks>
/// Thread-safe. A stream's id is (epoch, first sequence), so that Redis itself refuses a repeat and an older epoch. The
/// position up to which this silo has written is kept in Redis beside the streams, and moves by compare-and-set: a
/// Redis that came back emptied or older gives itself away, and is fed again from where it stands.
/// </remarks>
/// <param name="redis">The way to Redis.</param>
/// <param name="silo">Gets this silo's id; asked once, when Redis is first written.</param>
public sealed class RedisEventStore(RedisConnection redis, Func<string> silo) : ITierStore
{
    private const string SmallerId = "ERR The ID specified in XADD";
    private const int BatchDeadlines = 8;

    private readonly Lazy<string> _silo = new(silo);
    private volatile string _expected = string.Empty;
    private long _refused;

    /// <inheritdoc/>
    public string Tier => TierNames.Hot;

    /// <inheritdoc/>
    public string Store => "redis";

    /// <inheritdoc/>
    public TimeSpan Gathering => TimeSpan.FromMilliseconds(10);

    /// <inheritdoc/>
    public string Cursor => "L1-redis";

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <summary>Gets how many entries were there already, or of an older epoch.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <inheritdoc/>
    public async ValueTask<long> ResumeAsync(long cursor, CancellationToken cancellation)
    {
        redis.Start();
        RedisValue stored = await redis.CallAsync(d => d.HashGetAsync(redis.Keys.Writers, _silo.Value));
        _expected = stored.IsNull ? string.Empty : stored.ToString();
        return stored.TryParse(out long position) ? Math.Min(position, cursor) : 0;
    }

    /// <inheritdoc/>
    public async Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
    {
        long last = rows[^1].Position;
        string next = last > 0 ? last.ToString(CultureInfo.InvariantCulture) : _expected;
        string expected = _expected;
        (long stored, bool known) = await redis.CallAsync(
            async database =>
            {
                Task<long>[] entries = [.. rows.Select(row => AddAsync(database, row.Entry))];
                RedisResult moved = await database.ScriptEvaluateAsync(
                    RedisScripts.Advance, [redis.Keys.Writers], [_silo.Value, expected, next]);
                long[] counts = await Task.WhenAll(entries);
                return (counts.Sum(), (int)moved == 1);
            },
            BatchDeadlines);
        if (!known)
        {
            throw new StorageUnavailableException(
                $"Redis at {redis.Options.EndPoint} does not have what this silo wrote last; it is fed again");
        }

        _expected = next;
        return stored;
    }

    /// <summary>Reads the newest packed entries of a symbol, oldest first.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="limit">Most entries wanted, 1 to 10,000.</param>
    /// <returns>The entries, and what was refused, in words.</returns>
    /// <exception cref="StorageUnavailableException">Redis can't be read at present.</exception>
    public async Task<(IReadOnlyList<JournalEntry> Entries, IReadOnlyList<string> Problems)> ReadAsync(
        string symbol, int limit)
    {
        StreamEntry[] found = await redis.CallAsync(
            d => d.StreamRangeAsync(redis.Keys.Events(symbol), "-", "+", limit, Order.Descending), BatchDeadlines);
        List<JournalEntry> entries = [];
        List<string> problems = [];
        foreach (StreamEntry one in found.Reverse())
        {
            if (RedisEvent.Read(symbol, one) is { } entry) entries.Add(entry);
            else problems.Add($"entry {one.Id} of {symbol} in Redis is damaged");
        }

        return (entries, problems);
    }

    private async Task<long> AddAsync(IDatabase database, JournalEntry entry)
    {
        RedisKey key = redis.Keys.Events(entry.Symbol);
        if (entry.Class == EventClass.Forget)
        {
            await database.KeyDeleteAsync([key, redis.Keys.Newest(entry.Symbol)]);
            return 0;
        }

        if (entry.Count == 0) return 0; // Only a producer's cursor moved: nothing that anybody would look for here.
        try
        {
            await database.StreamAddAsync(
                key,
                RedisEvent.Write(entry),
                RedisKeys.EventId(entry.Epoch, entry.FirstSequence),
                redis.Options.NewestEntries,
                useApproximateMaxLength: true);
            return entry.Count;
        }
        catch (RedisServerException error) when (error.Message.StartsWith(SmallerId, StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _refused);
            return 0;
        }
    }
}
