using System.Numerics;
using System.Text;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.History;
using Npgsql;
using NpgsqlTypes;

namespace Guardian.Storage.Postgres;

/// <summary>Events on their way into one transaction: a row of arrays, one insert, and the sums of what was new.
/// </summary>
/// <remarks>Single use, not thread-safe.</remarks>
internal sealed class PostgresHistoryBatch
{
    private const string Insert = """
        insert into events(symbol, epoch_number, epoch_generation, sequence, at, received_at, day, kind, observed,
            subject, value, quantity, sent, received, text, guardrail, from_state, to_state, trading_state, episode,
            shadow, actor, reasons, late)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
            $21, $22, $23, $24)
        on conflict do nothing
        returning symbol, epoch_number, epoch_generation, sequence, at
        """;

    private const string Sum = """
        insert into minutes select * from unnest($1, $2, $3, $4, $5, $6, $7)
        on conflict (symbol, minute, epoch_number, epoch_generation, day)
        do update set count = minutes.count + excluded.count, sum = minutes.sum + excluded.sum
        """;

    private readonly List<(HistoryEvent Event, string? Reasons, bool Late)> _events = [];
    private readonly HashSet<(string Symbol, long Minute)> _touched = [];

    /// <summary>Gets how many late events were new.</summary>
    internal long Late { get; private set; }

    internal int Count => _events.Count;

    /// <summary>Gets the minutes in which something was new.</summary>
    internal IReadOnlyCollection<(string Symbol, long Minute)> Touched => _touched;

    internal void Add(HistoryEvent e, bool late) =>
        _events.Add((e, e.Reasons is { } told ? JsonSerializer.Serialize(told) : null, late));

    internal void Forget(string symbol) => _events.RemoveAll(one => one.Event.Symbol == symbol);

    /// <summary>Stores what was added.</summary>
    /// <returns>How many events were new.</returns>
    internal async Task<long> StoreAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        if (_events.Count == 0) return 0;
        HashSet<(string, Epoch, long, long)> stored = [];
        await using (NpgsqlCommand insert = new(Insert, transaction.Connection, transaction))
        {
            Bind(insert.Parameters);
            await using NpgsqlDataReader reader = await insert.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                stored.Add((
                    reader.GetString(0), new Epoch(reader.GetInt64(1), reader.GetInt32(2)), reader.GetInt64(3),
                    reader.GetInt64(4)));
            }
        }

        long added = stored.Count;
        if (added > 0) await SumAsync(transaction, stored, cancellation);
        return added;
    }

    // A text of PostgreSQL has neither a NUL nor half a character: what is behind the one is left out, as in the hash.
    private static string? Text(string? value)
    {
        if (value is null) return null;
        int end = value.IndexOf('\0', StringComparison.Ordinal);
        string whole = end < 0 ? value : value[..end];
        return whole.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')
            ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(whole))
            : whole;
    }

    private async Task SumAsync(
        NpgsqlTransaction transaction,
        HashSet<(string, Epoch, long, long)> stored,
        CancellationToken cancellation)
    {
        var hash = new HistoryRowHash();
        Dictionary<(MinuteKey Key, int Day), (long Count, BigInteger Sum)> sums = [];
        foreach ((HistoryEvent e, string? reasons, bool late) in _events)
        {
            if (!stored.Remove((e.Symbol, e.Epoch, e.Sequence, e.At.UnixNanoseconds))) continue;
            if (late) Late++;
            MinuteKey minute = MinuteKey.Of(e.Symbol, e.Epoch, e.At.UnixNanoseconds);
            _touched.Add((minute.Symbol, minute.Minute));
            (MinuteKey, int) key = (minute, PostgresParts.DayOf(e.ReceivedAt.UnixNanoseconds));
            (long count, BigInteger sum) = sums.GetValueOrDefault(key);
            sums[key] = (count + 1, sum + unchecked((ulong)hash.Of(e, reasons)));
        }

        // In one order everywhere: two writers never wait for each other in a ring.
        KeyValuePair<(MinuteKey Key, int Day), (long Count, BigInteger Sum)>[] rows =
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
        values.Add(Array(NpgsqlDbType.Numeric, rows.Select(row => row.Value.Sum).ToArray()));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private void Bind(NpgsqlParameterCollection values)
    {
        Texts(values, e => e.Symbol);
        values.AddWithValue(_events.Select(one => one.Event.Epoch.Number).ToArray());
        values.AddWithValue(_events.Select(one => one.Event.Epoch.Generation).ToArray());
        values.AddWithValue(_events.Select(one => one.Event.Sequence).ToArray());
        values.AddWithValue(_events.Select(one => one.Event.At.UnixNanoseconds).ToArray());
        values.AddWithValue(_events.Select(one => one.Event.ReceivedAt.UnixNanoseconds).ToArray());
        values.AddWithValue(_events.Select(one => PostgresParts.DayOf(one.Event.ReceivedAt.UnixNanoseconds)).ToArray());
        Texts(values, e => HistoryNames.Of(e.Kind));
        Texts(values, e => e.Observed is { } observed ? HistoryNames.Of(observed) : null);
        Texts(values, e => e.Subject);
        values.Add(Array(NpgsqlDbType.Double, _events.Select(one => one.Event.Value).ToArray()));
        values.Add(Array(NpgsqlDbType.Double, _events.Select(one => one.Event.Quantity).ToArray()));
        values.Add(Array(NpgsqlDbType.Bigint, _events.Select(one => one.Event.Sent?.UnixNanoseconds).ToArray()));
        values.Add(Array(NpgsqlDbType.Bigint, _events.Select(one => one.Event.Received?.UnixNanoseconds).ToArray()));
        Texts(values, e => e.Text);
        Texts(values, e => e.Guardrail);
        Texts(values, e => e.From);
        Texts(values, e => e.To);
        Texts(values, e => e.TradingState is { } state ? HistoryNames.Of(state) : null);
        values.Add(Array(NpgsqlDbType.Bigint, _events.Select(one => one.Event.Episode).ToArray()));
        values.Add(Array(NpgsqlDbType.Smallint, _events.Select(
            one => one.Event.Shadow is { } shadow ? (short?)(shadow ? 1 : 0) : null).ToArray()));
        Texts(values, e => e.Actor);
        values.Add(Array(NpgsqlDbType.Text, _events.Select(one => Text(one.Reasons)).ToArray()));
        values.AddWithValue(_events.Select(one => one.Late).ToArray());
    }

    private void Texts(NpgsqlParameterCollection values, Func<HistoryEvent, string?> of) =>
        values.Add(Array(NpgsqlDbType.Text, _events.Select(one => Text(of(one.Event))).ToArray()));

    private static NpgsqlParameter Array(NpgsqlDbType type, object value) =>
        new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = value };
}
