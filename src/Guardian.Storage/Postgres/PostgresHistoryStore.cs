using System.Text;
using Guardian.Contracts;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;
using Guardian.Storage.Verifying;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <summary>L2 in PostgreSQL or TimescaleDB.</summary>
/// <remarks>
/// Thread-safe. A call that appends is one transaction, which also notes up to where this silo has fed
/// the database: one that comes back older says so by <see cref="ResumeAsync"/>.
/// </remarks>
/// <param name="database">The database.</param>
/// <param name="silo">Says whose journal feeds it; asked at the first use.</param>
/// <param name="upkeep">Is told which minutes are to be rolled up; null: none are.</param>
public sealed partial class PostgresHistoryStore(
    PostgresDatabase database, Func<string> silo, PostgresUpkeep? upkeep = null)
    : IHistoryStore, ISharedHistory
{
    private const int MostTries = 3;

    private readonly PostgresParts _parts = new(database);
    private long _late;
    private volatile bool _mayBeKnown = true;

    /// <inheritdoc/>
    public string Tier => TierNames.History;

    /// <inheritdoc/>
    public string Store => database.Store;

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <summary>Gets the name of the cursor: another one than the embedded history's.</summary>
    public string Cursor => "L2-postgresql";

    /// <inheritdoc/>
    public TimeSpan LookPeriod => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public TimeSpan Gathering => TimeSpan.FromMilliseconds(50);

    /// <summary>Gets the events that came of an older epoch after a newer one's, since the start.</summary>
    public long Late => Interlocked.Read(ref _late);

    /// <inheritdoc/>
    public async ValueTask<long> ResumeAsync(long cursor, CancellationToken cancellation) => await database.UseAsync(
        async () =>
        {
            await using NpgsqlCommand command = database.Writer.CreateCommand(
                "select position from feeds where silo = $1");
            command.Parameters.AddWithValue(silo());
            return Math.Min(cursor, await command.ExecuteScalarAsync(cancellation) as long? ?? 0);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
    {
        // Unpacked before anything is stored: a row that can't be read is its own fault, not the server's.
        List<(JournalRow Row, IReadOnlyList<HistoryEvent> Events)> mapped =
        [
            .. rows.Select(row => (row, row.Entry.Class == EventClass.Forget ? [] : HistoryMapper.Map(row.Entry))),
        ];
        return database.UseAsync(
            async () =>
            {
                for (int tries = 1; ; tries++)
                {
                    try
                    {
                        return await AppendAsync(mapped, cancellation);
                    }
                    catch (PostgresException e) when (
                        (PostgresErrors.IsCollision(e) || PostgresErrors.IsWithoutPart(e)) && tries < MostTries)
                    {
                        // Another silo's transaction was first, or its retention: all of ours is tried again.
                        if (PostgresErrors.IsWithoutPart(e)) _parts.Forget();
                    }
                }
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<HistoryPage> QueryAsync(HistoryQuery query, CancellationToken cancellation)
    {
        HistoryRules.Check(query);
        HistoryCursor? cursor = HistoryCursor.Read(query);
        return database.UseAsync(
            async () =>
            {
                await using NpgsqlCommand command = database.Reader.CreateCommand(PageSql(query, cursor is not null));
                Bind(command.Parameters, query, cursor);
                await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
                var events = new List<HistoryEvent>();
                while (await reader.ReadAsync(cancellation)) events.Add(HistoryRows.Read(reader));
                if (events.Count <= query.Limit) return new HistoryPage([.. events], null);
                events.RemoveAt(events.Count - 1);
                return new HistoryPage([.. events], HistoryCursor.Of(events[^1]).Write(query));
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<SeriesPoint[]> SeriesAsync(SeriesQuery query, CancellationToken cancellation)
    {
        string stage = HistoryRules.Check(query);
        return database.UseAsync(
            () => PostgresSeries.ReadAsync(database.Reader, query, stage, cancellation), cancellation);
    }

    private static string PageSql(HistoryQuery query, bool goesOn)
    {
        string order = query.NewestFirst ? "desc" : "asc";
        string beyond = query.NewestFirst ? "<" : ">";
        var sql = new StringBuilder("select ").Append(HistorySchema.Columns).Append(", late")
            .Append(" from events where symbol = $1 and at >= $2 and at < $3");
        if (goesOn)
        {
            sql.Append($" and at {beyond}= $5")
                .Append($" and (at, epoch_number, epoch_generation, sequence) {beyond} ($5, $6, $7, $8)");
        }

        if (query.Kinds.Length > 0)
        {
            // Names of a checked enum; nothing of the caller's text gets here.
            IEnumerable<string> names = query.Kinds.Distinct().Order().Select(kind => $"'{HistoryNames.Of(kind)}'");
            sql.Append(" and kind in (").AppendJoin(", ", names).Append(')');
        }

        sql.Append($" order by at {order}, epoch_number {order}, epoch_generation {order}, sequence {order} limit $4");
        return sql.ToString();
    }

    private static void Bind(NpgsqlParameterCollection values, HistoryQuery query, HistoryCursor? cursor)
    {
        values.AddWithValue(query.Symbol);
        values.AddWithValue(query.From.HasValue ? query.From.UnixNanoseconds : long.MinValue);
        values.AddWithValue(query.To.HasValue ? query.To.UnixNanoseconds : long.MaxValue);
        values.AddWithValue((long)query.Limit + 1);
        if (cursor is not { } c) return;
        values.AddWithValue(c.At);
        values.AddWithValue(c.Epoch.Number);
        values.AddWithValue(c.Epoch.Generation);
        values.AddWithValue(c.Sequence);
    }

    private async Task<long> AppendAsync(
        List<(JournalRow Row, IReadOnlyList<HistoryEvent> Events)> rows, CancellationToken cancellation)
    {
        await EnsurePartsAsync(rows.Where(one => one.Events.Count > 0).Select(one => one.Row), cancellation);
        await using NpgsqlConnection connection = await database.Writer.OpenConnectionAsync(cancellation);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        PostgresEpochs epochs = await PostgresEpochs.ReadAsync(
            transaction, rows.Select(one => one.Row.Entry.Symbol), cancellation);
        var batch = new PostgresHistoryBatch();
        List<JournalEntry> tail = [];
        foreach ((JournalRow row, IReadOnlyList<HistoryEvent> events) in rows)
        {
            string symbol = row.Entry.Symbol;
            if (row.Entry.Class == EventClass.Forget)
            {
                batch.Forget(symbol);
                tail.RemoveAll(entry => entry.Symbol == symbol);
                epochs.Forget(symbol);
                await ForgetAsync(transaction, symbol, cancellation);
                continue;
            }

            long lateFrom = await epochs.LateFromAsync(row.Entry, cancellation);
            foreach (HistoryEvent e in events) batch.Add(e, e.Sequence >= lateFrom);
            if (row.Entry.FirstSequence + row.Entry.Count <= lateFrom) tail.Add(row.Entry);
        }

        long added = await batch.StoreAsync(
            transaction, database.Options.UseCopy && !_mayBeKnown, cancellation);
        await PostgresTail.PutAsync(transaction, tail, cancellation);
        await epochs.KeepAsync(cancellation);
        await KeepPositionAsync(transaction, rows.Max(one => one.Row.Position), cancellation);
        await transaction.CommitAsync(cancellation);
        // After a restart or a repeat what comes may be there already; once all of a batch was new, the rest is.
        _mayBeKnown = batch.FoundKnown;
        Interlocked.Add(ref _late, batch.Late);
        upkeep?.Touch(batch.Touched);
        return added;
    }

    private Task EnsurePartsAsync(IEnumerable<JournalRow> rows, CancellationToken cancellation) =>
        _parts.EnsureAsync(
            database.Writer, rows.Select(row => PostgresParts.DayOf(row.Entry.ReceivedAt)), cancellation);

    private async Task KeepPositionAsync(
        NpgsqlTransaction transaction, long position, CancellationToken cancellation)
    {
        if (position <= 0) return; // Fed from memory: the row comes again with its position.
        await using NpgsqlCommand command = new(
            "insert into feeds values($1, $2) on conflict (silo) do update set position = excluded.position",
            transaction.Connection,
            transaction);
        command.Parameters.AddWithValue(silo());
        command.Parameters.AddWithValue(position);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task ForgetAsync(
        NpgsqlTransaction transaction, string symbol, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(
            "with rows as (delete from events where symbol = $1), sums as (delete from minutes where symbol = $1), "
            + "made as (delete from rolled where symbol = $1), all_made as (delete from rollups where symbol = $1), "
            + "begun as (delete from epochs where symbol = $1), "
            + "newest as (delete from tails where symbol = $1) delete from newest_epochs where symbol = $1",
            transaction.Connection,
            transaction);
        command.Parameters.AddWithValue(symbol);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
