using System.Text;
using Guardian.Contracts;
using Guardian.Storage.History;
using Npgsql;
using NpgsqlTypes;

namespace Guardian.Storage.Postgres;

/// <summary>The two ways of events into the table: copied as they are, or inserted beside what is there.</summary>
internal static class PostgresEventColumns
{
    private const string Names =
        "symbol, epoch_number, epoch_generation, sequence, at, received_at, day, kind, observed, subject, value, "
        + "quantity, sent, received, text, guardrail, from_state, to_state, trading_state, episode, shadow, actor, "
        + "reasons, late";

    private const string Copy = "copy events(" + Names + ") from stdin (format binary)";

    private const string Insert = "insert into events(" + Names + """
        )
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
            $21, $22, $23, $24)
        on conflict do nothing
        returning symbol, epoch_number, epoch_generation, sequence, at
        """;

    /// <summary>Copies the events; none is there when one of them is there already.</summary>
    /// <exception cref="PostgresException">A unique violation: an event is there already.</exception>
    internal static async Task CopyAsync(
        NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken cancellation)
    {
        await using NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync(Copy, cancellation);
        foreach (StoredEvent one in events)
        {
            await importer.StartRowAsync(cancellation);
            HistoryEvent e = one.Event;
            await importer.WriteAsync(Text(e.Symbol)!, NpgsqlDbType.Text, cancellation);
            await importer.WriteAsync(e.Epoch.Number, NpgsqlDbType.Bigint, cancellation);
            await importer.WriteAsync(e.Epoch.Generation, NpgsqlDbType.Integer, cancellation);
            await importer.WriteAsync(e.Sequence, NpgsqlDbType.Bigint, cancellation);
            await importer.WriteAsync(e.At.UnixNanoseconds, NpgsqlDbType.Bigint, cancellation);
            await importer.WriteAsync(e.ReceivedAt.UnixNanoseconds, NpgsqlDbType.Bigint, cancellation);
            await importer.WriteAsync(
                PostgresParts.DayOf(e.ReceivedAt.UnixNanoseconds), NpgsqlDbType.Integer, cancellation);
            await importer.WriteAsync(HistoryNames.Of(e.Kind), NpgsqlDbType.Text, cancellation);
            await TextAsync(importer, e.Observed is { } observed ? HistoryNames.Of(observed) : null, cancellation);
            await TextAsync(importer, e.Subject, cancellation);
            await ValueAsync(importer, e.Value, NpgsqlDbType.Double, cancellation);
            await ValueAsync(importer, e.Quantity, NpgsqlDbType.Double, cancellation);
            await ValueAsync(importer, e.Sent?.UnixNanoseconds, NpgsqlDbType.Bigint, cancellation);
            await ValueAsync(importer, e.Received?.UnixNanoseconds, NpgsqlDbType.Bigint, cancellation);
            await RestAsync(importer, one, cancellation);
        }

        await importer.CompleteAsync(cancellation);
    }

    /// <summary>Inserts those of the events that are not there.</summary>
    /// <returns>The keys of these.</returns>
    internal static async Task<HashSet<EventKey>> InsertAsync(
        NpgsqlTransaction transaction, IReadOnlyList<StoredEvent> events, CancellationToken cancellation)
    {
        await using NpgsqlCommand insert = new(Insert, transaction.Connection, transaction);
        Bind(insert.Parameters, events);
        await using NpgsqlDataReader reader = await insert.ExecuteReaderAsync(cancellation);
        HashSet<EventKey> stored = [];
        while (await reader.ReadAsync(cancellation))
        {
            stored.Add(new EventKey(
                reader.GetString(0), new(reader.GetInt64(1), reader.GetInt32(2)), reader.GetInt64(3),
                reader.GetInt64(4)));
        }

        return stored;
    }

    // What few events have.
    private static async Task RestAsync(
        NpgsqlBinaryImporter importer, StoredEvent one, CancellationToken cancellation)
    {
        HistoryEvent e = one.Event;
        await TextAsync(importer, e.Text, cancellation);
        await TextAsync(importer, e.Guardrail, cancellation);
        await TextAsync(importer, e.From, cancellation);
        await TextAsync(importer, e.To, cancellation);
        await TextAsync(importer, e.TradingState is { } state ? HistoryNames.Of(state) : null, cancellation);
        await ValueAsync(importer, e.Episode, NpgsqlDbType.Bigint, cancellation);
        await ValueAsync(importer, Shadow(e), NpgsqlDbType.Smallint, cancellation);
        await TextAsync(importer, e.Actor, cancellation);
        await TextAsync(importer, one.Reasons, cancellation);
        await importer.WriteAsync(one.Late, NpgsqlDbType.Boolean, cancellation);
    }

    private static Task TextAsync(NpgsqlBinaryImporter importer, string? value, CancellationToken cancellation) =>
        value is null
            ? importer.WriteNullAsync(cancellation)
            : importer.WriteAsync(Text(value)!, NpgsqlDbType.Text, cancellation);

    private static Task ValueAsync<T>(
        NpgsqlBinaryImporter importer, T? value, NpgsqlDbType type, CancellationToken cancellation)
        where T : struct =>
        value is { } there
            ? importer.WriteAsync(there, type, cancellation)
            : importer.WriteNullAsync(cancellation);

    private static short? Shadow(HistoryEvent e) => e.Shadow is { } shadow ? (short)(shadow ? 1 : 0) : null;

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

    private static void Bind(NpgsqlParameterCollection values, IReadOnlyList<StoredEvent> events)
    {
        void Column<T>(NpgsqlDbType type, Func<HistoryEvent, T> of) => values.Add(new NpgsqlParameter
        {
            NpgsqlDbType = NpgsqlDbType.Array | type, Value = events.Select(one => of(one.Event)).ToArray(),
        });

        void Texts(Func<HistoryEvent, string?> of) => Column(NpgsqlDbType.Text, e => Text(of(e)));

        Texts(e => e.Symbol);
        Column(NpgsqlDbType.Bigint, e => e.Epoch.Number);
        Column(NpgsqlDbType.Integer, e => e.Epoch.Generation);
        Column(NpgsqlDbType.Bigint, e => e.Sequence);
        Column(NpgsqlDbType.Bigint, e => e.At.UnixNanoseconds);
        Column(NpgsqlDbType.Bigint, e => e.ReceivedAt.UnixNanoseconds);
        Column(NpgsqlDbType.Integer, e => PostgresParts.DayOf(e.ReceivedAt.UnixNanoseconds));
        Texts(e => HistoryNames.Of(e.Kind));
        Texts(e => e.Observed is { } observed ? HistoryNames.Of(observed) : null);
        Texts(e => e.Subject);
        Column(NpgsqlDbType.Double, e => e.Value);
        Column(NpgsqlDbType.Double, e => e.Quantity);
        Column(NpgsqlDbType.Bigint, e => e.Sent?.UnixNanoseconds);
        Column(NpgsqlDbType.Bigint, e => e.Received?.UnixNanoseconds);
        Texts(e => e.Text);
        Texts(e => e.Guardrail);
        Texts(e => e.From);
        Texts(e => e.To);
        Texts(e => e.TradingState is { } state ? HistoryNames.Of(state) : null);
        Column(NpgsqlDbType.Bigint, e => e.Episode);
        Column(NpgsqlDbType.Smallint, Shadow);
        Texts(e => e.Actor);
        values.Add(new NpgsqlParameter
        {
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
            Value = events.Select(one => Text(one.Reasons)).ToArray(),
        });
        values.AddWithValue(events.Select(one => one.Late).ToArray());
    }
}
