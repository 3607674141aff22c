using System.Text;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.History;

/// <summary>L2 in a SQLite file of its own.</summary>
/// <remarks>
/// Thread-safe: one writer at a time, readers beside it. A call of <see cref="AppendAsync"/> is one transaction,
/// durable when it ends.
/// </remarks>
public sealed class SqliteHistoryStore : IHistoryStore, IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SessionPool _readers;
    private SqliteSession? _session;
    private HistoryInsert? _insert;

    /// <summary>Initializes the store without touching the disk; <see cref="Open"/> does.</summary>
    /// <param name="options">Valid options.</param>
    public SqliteHistoryStore(StorageOptions options)
    {
        FilePath = Path.Combine(Path.GetFullPath(options.DataFolder), "guardian-history.db");
        _readers = new SessionPool(FilePath);
    }

    /// <summary>Gets whether the file was begun by this opening: the journal's tail is to fill it.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Gets the full path of the file.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public string Store => "sqlite";

    /// <summary>
    /// Opens the file and makes its table; a damaged file is set aside, and the journal's tail fills the new one.
    /// </summary>
    /// <param name="time">The clock that names what is set aside.</param>
    /// <returns>The path under which a damaged file was set aside; null when none was.</returns>
    /// <exception cref="DataFolderException">The file is of a newer version or can't be read or written.</exception>
    public string? Open(TimeProvider time)
    {
        try
        {
            return OpenOrSetAside(time);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"Condition failed: {FilePath} can't be opened ({e.Message}). Check its rights and the disk, or name "
                + "another folder in Guardian:DataFolder.",
                e);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="StorageUnavailableException">The file can't be written; nothing was stored.</exception>
    public async Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Append(rows), cancellation);
        }
        catch (SqliteException e) when (!SqliteErrors.IsRowFault(e))
        {
            throw new StorageUnavailableException($"Condition failed: {FilePath} can't be written ({e.Message}).", e);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public Task<HistoryPage> QueryAsync(HistoryQuery query, CancellationToken cancellation)
    {
        HistoryRules.Check(query);
        HistoryCursor? cursor = HistoryCursor.Read(query);
        return ReadAsync(session => Page(session, query, cursor), cancellation);
    }

    /// <inheritdoc/>
    public Task<SeriesPoint[]> SeriesAsync(SeriesQuery query, CancellationToken cancellation)
    {
        string stage = HistoryRules.Check(query);
        return ReadAsync(session => Series(session, query, stage, cancellation), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _insert?.Dispose();
        _session?.Dispose();
        _readers.Dispose();
        _writing.Dispose();
    }

    private static HistoryPage Page(SqliteSession session, HistoryQuery query, HistoryCursor? cursor)
    {
        string order = query.NewestFirst ? "desc" : "asc";
        string beyond = query.NewestFirst ? "<" : ">";
        var sql = new StringBuilder("select ").Append(HistorySchema.Columns)
            .Append(" from events where symbol = $0 and at >= $1 and at < $2");
        var values = new List<object?>
        {
            query.Symbol,
            query.From.HasValue ? query.From.UnixNanoseconds : long.MinValue,
            query.To.HasValue ? query.To.UnixNanoseconds : long.MaxValue,
            query.Limit + 1,
        };
        if (cursor is { } c)
        {
            sql.Append($" and at {beyond}= $4")
                .Append($" and (at, epoch_number, epoch_generation, sequence) {beyond} ($4, $5, $6, $7)");
            values.AddRange([c.At, c.Epoch.Number, c.Epoch.Generation, c.Sequence]);
        }

        if (query.Kinds.Length > 0)
        {
            // Names of a checked enum; nothing of the caller's text gets here.
            IEnumerable<string> names = query.Kinds.Distinct().Order().Select(kind => $"'{HistoryNames.Of(kind)}'");
            sql.Append(" and kind in (").AppendJoin(", ", names).Append(')');
        }

        sql.Append($" order by at {order}, epoch_number {order}, epoch_generation {order}, sequence {order} limit $3");
        List<HistoryEvent> events = session.Query(sql.ToString(), Read, [.. values]);
        if (events.Count <= query.Limit) return new HistoryPage([.. events], null);
        events.RemoveAt(events.Count - 1);
        return new HistoryPage([.. events], HistoryCursor.Of(events[^1]).Write(query));
    }

    private static SeriesPoint[] Series(
        SqliteSession session,
        SeriesQuery query,
        string stage,
        CancellationToken cancellation)
    {
        var series = new LatencySeries(HistoryRules.Nanoseconds(query.Step));
        using SqliteDataReader reader = session.Reader(
            "select at, value from events where symbol = $0 and at >= $1 and at < $2 and observed = 'latency' "
            + "and subject = $3 and value is not null order by at",
            query.Symbol,
            query.From.UnixNanoseconds,
            query.To.UnixNanoseconds,
            stage);
        while (reader.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            series.Add(reader.GetInt64(0), reader.GetDouble(1));
        }

        return series.Finish();
    }

    private static HistoryEvent Read(SqliteDataReader row) => new()
    {
        Symbol = row.GetString(0),
        Epoch = new Epoch(row.GetInt64(1), (int)row.GetInt64(2)),
        Sequence = row.GetInt64(3),
        At = new Timestamp(row.GetInt64(4)),
        ReceivedAt = new Timestamp(row.GetInt64(5)),
        Kind = HistoryNames.Parse<HistoryKind>(row.GetString(6)),
        Observed = row.IsDBNull(7) ? null : HistoryNames.Parse<ObservationKind>(row.GetString(7)),
        Subject = Text(row, 8),
        Value = row.IsDBNull(9) ? null : row.GetDouble(9),
        Quantity = row.IsDBNull(10) ? null : row.GetDouble(10),
        Sent = row.IsDBNull(11) ? null : new Timestamp(row.GetInt64(11)),
        Received = row.IsDBNull(12) ? null : new Timestamp(row.GetInt64(12)),
        Text = Text(row, 13),
        Guardrail = Text(row, 14),
        From = Text(row, 15),
        To = Text(row, 16),
        TradingState = row.IsDBNull(17) ? null : HistoryNames.Parse<TradingState>(row.GetString(17)),
        Episode = row.IsDBNull(18) ? null : row.GetInt64(18),
        Shadow = row.IsDBNull(19) ? null : row.GetInt64(19) != 0,
        Actor = Text(row, 20),
        Reasons = row.IsDBNull(21) ? null : JsonSerializer.Deserialize<Reason[]>(row.GetString(21)),
    };

    private static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    private string? OpenOrSetAside(TimeProvider time)
    {
        string? aside = null;
        try
        {
            _session = HistorySchema.Open(FilePath);
        }
        catch (Exception e) when (SqliteErrors.IsDamageAtOpen(e))
        {
            aside = SetAside.Rename(new FileNames(), FilePath, time.GetUtcNow());
            _session = HistorySchema.Open(FilePath);
        }

        IsNew = _session.Scalar("select 1 from events limit 1") is null;
        _insert = new HistoryInsert(_session);
        return aside;
    }

    private async Task<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellation)
    {
        try
        {
            return await Task.Run(() => _readers.Use(work), cancellation);
        }
        catch (SqliteException e)
        {
            throw new StorageUnavailableException($"Condition failed: {FilePath} can't be read ({e.Message}).", e);
        }
    }

    private long Append(IReadOnlyList<JournalRow> rows)
    {
        if (_session is null || _insert is null)
            throw new InvalidOperationException("Invariant: the history is opened before it is written.");
        long added = 0;
        _session.Execute("begin immediate");
        try
        {
            foreach (JournalRow row in rows) added += Append(_session, _insert, row.Entry);
            _session.Execute("commit");
        }
        catch
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(_session.Connection.Handle) == 0) _session.Execute("rollback");
            throw;
        }

        return added;
    }

    private static long Append(SqliteSession session, HistoryInsert insert, JournalEntry entry)
    {
        if (entry.Class == EventClass.Forget)
        {
            session.Execute("delete from events where symbol = $0", entry.Symbol);
            return 0;
        }

        long added = 0;
        foreach (HistoryEvent e in HistoryMapper.Map(entry))
        {
            if (insert.Insert(e)) added++;
        }

        return added;
    }
}
