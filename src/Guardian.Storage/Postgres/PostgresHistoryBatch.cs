using System.Numerics;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.History;
using Npgsql;
using NpgsqlTypes;

namespace Guardian.Storage.Postgres;

/// <summary>Events on their way into one transaction, and the sums by minute of those that were new.</summary>
/// <remarks>Single use, not thread-safe.</remarks>
internal sealed class PostgresHistoryBatch
{
    private const string Sum = """
        insert into minutes select * from unnest($1, $2, $3, $4, $5, $6, $7)
        on conflict (symbol, minute, epoch_number, epoch_generation, day)
        do update set count = minutes.count + excluded.count, sum = minutes.sum + excluded.sum
        """;

    private const string BeforeCopy = "before_copy";

    private readonly List<StoredEvent> _events = [];
    private readonly HashSet<(string Symbol, long Minute)> _touched = [];

    /// <summary>Gets how many late events were new.</summary>
    internal long Late { get; private set; }

    /// <summary>Gets the minutes in which something was new.</summary>
    internal IReadOnlyCollection<(string Symbol, long Minute)> Touched => _touched;

    /// <summary>Gets whether an event was there before.</summary>
    internal bool FoundKnown { get; private set; }

    internal void Add(HistoryEvent e, bool late) =>
        _events.Add(new StoredEvent(e, e.Reasons is { } told ? JsonSerializer.Serialize(told) : null, late));

    internal void Forget(string symbol) => _events.RemoveAll(one => one.Event.Symbol == symbol);

    /// <summary>Stores what was added.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="copies">
    /// Whether to take all for new at first, which is much the cheaper way; what is there already is found either way.
    /// </param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>How many events were new.</returns>
    internal async Task<long> StoreAsync(NpgsqlTransaction transaction, bool copies, CancellationToken cancellation)
    {
        if (_events.Count == 0) return 0;
        HashSet<EventKey>? stored = null;
        if (!copies || !await TryCopyAsync(transaction, cancellation))
            stored = await PostgresEventColumns.InsertAsync(transaction, _events, cancellation);
        long added = stored?.Count ?? _events.Count;
        FoundKnown = added < _events.Count;
        if (added > 0) await SumAsync(transaction, stored, cancellation);
        return added;
    }

    private async Task<bool> TryCopyAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await transaction.SaveAsync(BeforeCopy, cancellation);
        try
        {
            await PostgresEventColumns.CopyAsync(transaction.Connection!, _events, cancellation);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation
            or PostgresErrorCodes.FeatureNotSupported)
        {
            await transaction.RollbackAsync(BeforeCopy, cancellation);
            return false;
        }
    }

    // Events of a minute mostly come together: a sum is looked up when the minute changes, not for every event.
    private async Task SumAsync(
        NpgsqlTransaction transaction, HashSet<EventKey>? stored, CancellationToken cancellation)
    {
        var hash = new HistoryRowHash();
        Dictionary<(MinuteKey Key, int Day), (long Count, UInt128 Sum)> sums = [];
        (MinuteKey Key, int Day) key = default;
        (long Count, UInt128 Sum) sum = default;
        foreach ((HistoryEvent e, string? reasons, bool late) in _events)
        {
            if (stored is not null && !stored.Remove(EventKey.Of(e))) continue;
            if (late) Late++;
            MinuteKey minute = MinuteKey.Of(e.Symbol, e.Epoch, e.At.UnixNanoseconds);
            int day = PostgresParts.DayOf(e.ReceivedAt.UnixNanoseconds);
            if (sum.Count == 0 || key.Day != day || key.Key != minute)
            {
                if (sum.Count > 0) sums[key] = sum;
                key = (minute, day);
                sum = sums.GetValueOrDefault(key);
                _touched.Add((minute.Symbol, minute.Minute));
            }

            sum = (sum.Count + 1, sum.Sum + unchecked((ulong)hash.Of(e, reasons)));
        }

        sums[key] = sum;
        await PutSumsAsync(transaction, sums, cancellation);
    }

    private static async Task PutSumsAsync(
        NpgsqlTransaction transaction,
        Dictionary<(MinuteKey Key, int Day), (long Count, UInt128 Sum)> sums,
        CancellationToken cancellation)
    {
        // In one order everywhere: two writers never wait for each other in a ring.
        KeyValuePair<(MinuteKey Key, int Day), (long Count, UInt128 Sum)>[] rows =
        [
            .. sums.OrderBy(s => s.Key.Key.Symbol, StringComparer.Ordinal).ThenBy(s => s.Key.Key.Epoch)
                .ThenBy(s => s.Key.Key.Minute).ThenBy(s => s.Key.Day),
        ];
        await using NpgsqlCommand command = new(Sum, transaction.Connection, transaction);
        NpgsqlParameterCollection values = command.Parameters;
        values.AddWithValue(rows.Select(row => row.Key.Key.Symbol).ToArray());
        values.AddWithValue(rows.Select(row => row.Key.Key.Epoch.Number).ToArray());
        values.AddWithValue(rows.Select(row => row.Key.Key.Epoch.Generation).ToArray());
        values.AddWithValue(rows.Select(row => row.Key.Key.Minute).ToArray());
        values.AddWithValue(rows.Select(row => row.Key.Day).ToArray());
        values.AddWithValue(rows.Select(row => row.Value.Count).ToArray());
        values.Add(new NpgsqlParameter
        {
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric,
            Value = rows.Select(row => (BigInteger)row.Value.Sum).ToArray(),
        });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
