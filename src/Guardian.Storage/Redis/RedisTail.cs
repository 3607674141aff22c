using Guardian.Contracts;
using Guardian.Storage.Hot;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>Reads the newest events of a symbol for a recovery.</summary>
internal static class RedisTail
{
    private const int Deadlines = 4;

    /// <summary>Reads what comes after a snapshot; never throws.</summary>
    internal static async ValueTask<EventTail> ReadAsync(
        RedisConnection redis, string symbol, Epoch epoch, long sequence)
    {
        RedisKey key = redis.Keys.Events(symbol);
        try
        {
            // The entry that holds the snapshot's last event may hold more, so it is read too.
            string at = RedisKeys.EventId(epoch, sequence);
            StreamEntry[][] found = await redis.CallAsync(
                d => Task.WhenAll(
                    d.StreamRangeAsync(key, "-", at, 1, Order.Descending),
                    d.StreamRangeAsync(key, $"({at}", "+")),
                Deadlines);
            List<JournalEntry> entries = [];
            foreach (StreamEntry one in found.SelectMany(part => part))
            {
                // What comes after a damaged one can't be folded without it.
                if (RedisEvent.Read(symbol, one) is not { } entry)
                    return new EventTail(entries, $"entry {one.Id} of {symbol} in Redis is damaged");
                entries.Add(entry);
            }

            return new EventTail(entries, Problem: null);
        }
        catch (Exception error) when (error is StorageUnavailableException or RedisException)
        {
            return new EventTail([], error.Message);
        }
    }
}
