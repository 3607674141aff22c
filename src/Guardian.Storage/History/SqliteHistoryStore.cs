using System.Text;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Tiers;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.History;

/// <summary>L2 in a SQLite file of its own.</summary>
/// <remarks>
/// Thread-safe: one writer at a time, readers beside it. A call of <see cref="AppendAsync"/> is one transaction,
/// durable when it ends.
/// </remarks>
public sealed class SqliteHistoryStore : IHistoryStore, IDisposable
{
    /// <summary>Name of the file in the data folder.</summary>
    public const string FileName = "guardian-history.db";

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SessionPool _readers;
    private SqliteSession? _session;
    private HistoryInsert? _insert;

    /// <summary>Initializes the store without touching the disk; <see cref="Open"/> does.</summary>
    /// <param name="options">Valid options.</param>
    public SqliteHistoryStore(StorageOptions options)
    {
        FilePath = Path.Combine(Path.GetFullPath(options.DataFolder), FileName);
        _readers = new SessionPool(FilePath);
    }

    /// <summary>Gets whether the file was begun by this opening: the journal's tail is to fill it.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Gets the full path of the file.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public string Tier => TierNames.History;

    /// <inheritdoc/>
    public string Store => "sqlite";

    /// <inheritdoc/>
    public TimeSpan Gathering => TimeSpan.FromMilliseconds(50);

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

    /// <summary>Writes whose file it is into one that does not say.</summary>
    internal void Identify(string silo) =>
        SiloIdentity.Put(_session ?? throw new InvalidOperationException("Invariant: the history is open."), silo);

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

    /// <summary>Puts the events of journal entries in place of what is stored under their sequences.</summary>
    /// <returns>The number of events that were put there.</returns>
    /// <exception cref="StorageUnavailableException">The file can't be written; nothing was changed.</exception>
    internal async Task<long> ReplaceAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Append(rows, replaces: true), cancellation);
        }
        catch (SqliteException e)
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
        List<HistoryEvent> events = session.Query(sql.ToString(), HistoryRows.Read, [.. values]);
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

    private long Append(IReadOnlyList<JournalRow> rows, bool replaces = false)
    {
        if (_session is null || _insert is null)
            throw new InvalidOperationException("Invariant: the history is opened before it is written.");
        long added = 0;
        _session.Execute("begin immediate");
        try
        {
            HashSet<MinuteKey> touched = [];
            foreach (JournalRow row in rows)
            {
                if (replaces) Clear(_session, row.Entry, touched);
                added += Append(_session, _insert, row.Entry);
            }

            _insert.Sums.Write(_session);
            foreach (MinuteKey key in touched) _insert.Sums.Recount(_session, key);
            _session.Execute("commit");
        }
        catch
        {
            _insert.Sums.Clear();
            if (SQLitePCL.raw.sqlite3_get_autocommit(_session.Connection.Handle) == 0) _session.Execute("rollback");
            throw;
        }

        return added;
    }

    private static void Clear(SqliteSession session, JournalEntry entry, HashSet<MinuteKey> touched)
    {
        const string Where = " from events where symbol = $0 and epoch_number = $1 and epoch_generation = $2 "
            + "and sequence >= $3 and sequence < $4";
        object?[] place =
        [
            entry.Symbol, entry.Epoch.Number, entry.Epoch.Generation, entry.FirstSequence,
            entry.FirstSequence + entry.Count,
        ];
        touched.UnionWith(session.Query(
            "select at" + Where, row => MinuteKey.Of(entry.Symbol, entry.Epoch, row.GetInt64(0)), place));
        foreach (HistoryEvent e in HistoryMapper.Map(entry))
            touched.Add(MinuteKey.Of(e.Symbol, e.Epoch, e.At.UnixNanoseconds));
        session.Execute("delete" + Where, place);
    }

    private static long Append(SqliteSession session, HistoryInsert insert, JournalEntry entry)
    {
        if (entry.Class == EventClass.Forget)
        {
            session.Execute("delete from events where symbol = $0", entry.Symbol);
            insert.Sums.Forget(session, entry.Symbol);
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
