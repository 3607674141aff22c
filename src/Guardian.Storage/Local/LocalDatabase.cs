using System.Globalization;
using Guardian.Storage.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Local;

/// <summary>The writing side of the local file: one transaction at a time. Used by one thread only.</summary>
internal sealed class LocalDatabase(string path, long checkBytes) : IDisposable
{
    private const long MostPages = 4_294_967_294;

    private readonly Dictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private SqliteSession? _session;
    private LocalMarks _committed;
    private LocalMarks _pending;
    private long _pageSize = 4096;
    private long _pageLimit = MostPages;
    private long _pageLimitSet = MostPages;

    /// <summary>Gets the numbers that the last commit left.</summary>
    internal LocalMarks Marks => _committed;

    /// <summary>Gets the session of the open transaction.</summary>
    internal SqliteSession Session =>
        _session ?? throw new InvalidOperationException("Invariant: the local file is not open.");

    /// <summary>Gets the tiers' cursors as stored.</summary>
    internal IReadOnlyDictionary<string, long> Cursors => _cursors;

    /// <summary>
    /// Limits the pages of the file from the next transaction on, as a full disk does; 0 lifts the limit.
    /// </summary>
    internal void LimitPages(long pages) => Interlocked.Exchange(ref _pageLimit, pages == 0 ? MostPages : pages);

    internal void Open()
    {
        _session?.Dispose();
        _session = null;
        _session = LocalSchema.Open(path, checkBytes);
        _pageSize = (long)Session.Scalar("pragma page_size")!;
        long last = Meta("position");
        long highest = Session.Scalar("select max(position) from journal") as long? ?? 0;
        // A file begun while running goes on where the one before it stopped: positions never come twice.
        _committed = new LocalMarks(
            Math.Max(Math.Max(last, highest), _committed.Position),
            Math.Max(Meta("through"), _committed.Through),
            Math.Max(Meta("etag"), _committed.Etag),
            Text("file"));
        List<(string Tier, long Position)> stored =
            Session.Query("select tier, position from cursors", row => (row.GetString(0), row.GetInt64(1)));
        foreach ((string tier, long position) in stored)
            _cursors[tier] = Math.Max(position, _cursors.GetValueOrDefault(tier));
    }

    internal void Begin()
    {
        _pending = _committed;
        long limit = Interlocked.Read(ref _pageLimit);
        if (limit != _pageLimitSet)
        {
            Session.Scalar("pragma max_page_count=" + limit.ToString(CultureInfo.InvariantCulture));
            _pageLimitSet = limit;
        }

        Session.Execute("begin immediate");
    }

    internal void Commit()
    {
        Put("position", _pending.Position);
        Put("through", _pending.Through);
        if (_pending.Etag != _committed.Etag) Put("etag", _pending.Etag);
        Session.Execute("commit");
        _committed = _pending;
    }

    /// <summary>Leaves the transaction; opens the file anew where the connection itself is in doubt.</summary>
    internal void Rollback(bool reopen)
    {
        if (reopen || _session is null)
        {
            Open();
            return;
        }

        // A failed statement may have rolled back already; then there is nothing to leave.
        if (SQLitePCL.raw.sqlite3_get_autocommit(Session.Connection.Handle) == 0) Session.Execute("rollback");
    }

    internal (long Position, long Through) NextPosition(int events)
    {
        _pending = _pending with { Position = _pending.Position + 1, Through = _pending.Through + events };
        return (_pending.Position, _pending.Through);
    }

    internal string NextEtag()
    {
        _pending = _pending with { Etag = _pending.Etag + 1 };
        return string.Create(CultureInfo.InvariantCulture, $"{_pending.File[..8]}-{_pending.Etag}");
    }

    internal void MoveCursor(string tier, long position)
    {
        Session.Execute(
            "insert into cursors values($0, $1) on conflict do update set position = max(position, excluded.position)",
            tier,
            position);
        _cursors[tier] = Math.Max(position, _cursors.GetValueOrDefault(tier));
    }

    internal void ResetCursor(string tier)
    {
        Session.Execute("delete from cursors where tier = $0", tier);
        _cursors[tier] = 0;
    }

    /// <summary>Tells whether everything that a file set aside still holds has been copied.</summary>
    internal bool HasSalvaged(string aside) =>
        string.Equals(Text("salvaged"), Path.GetFileName(aside), StringComparison.Ordinal);

    /// <summary>Copies what a file set aside still holds, all or nothing, and notes it.</summary>
    /// <exception cref="IOException">It could not be written here.</exception>
    internal void Salvage(string aside, ILogger logger)
    {
        Session.Execute("begin immediate");
        try
        {
            SetAside.Salvage(aside, Session, logger);
            Session.Execute(
                "insert into meta values('salvaged', $0) on conflict do update set value = excluded.value",
                Path.GetFileName(aside));
            Session.Execute("commit");
        }
        catch
        {
            Rollback(reopen: false);
            throw;
        }
    }

    /// <summary>Measures the pages in use, without those that are free to be written again.</summary>
    internal long UsedBytes()
    {
        long pages = (long)Session.Scalar("pragma page_count")!;
        long free = (long)Session.Scalar("pragma freelist_count")!;
        return (pages - free) * _pageSize;
    }

    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
    }

    private long Meta(string key) =>
        long.TryParse(Text(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : 0;

    private string Text(string key) =>
        Session.Scalar("select value from meta where key = $0", key) as string ?? string.Empty;

    private void Put(string key, long value) => Session.Execute(
        "insert into meta values($0, $1) on conflict do update set value = excluded.value",
        key,
        value.ToString(CultureInfo.InvariantCulture));
}

/// <summary>
/// Numbers that rise with the file: last position, events up to it, last ETag; and the file's own id.
/// </summary>
internal readonly record struct LocalMarks(long Position, long Through, long Etag, string File);

/// <summary>Tells what kind of failure an error of SQLite is.</summary>
internal static class SqliteErrors
{
    private const int Unspecific = 1;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int NotADatabase = 26;

    internal static bool IsDamage(SqliteException e) => e.SqliteErrorCode is Corrupt or NotADatabase;

    /// <summary>The same for opening, where a damaged header also shows as the unspecific error 1.</summary>
    internal static bool IsDamageAtOpen(Exception e) => e is DamagedFileException
        || (e is SqliteException s && (IsDamage(s) || s.SqliteErrorCode == Unspecific));

    /// <summary>
    /// Tells a row that can't be stored (too big, a constraint, another type) from a store that is away.
    /// </summary>
    internal static bool IsRowFault(SqliteException e) => e.SqliteErrorCode is 18 or 19 or 20 or 25;

    internal static bool IsFull(SqliteException e) => e.SqliteErrorCode == Full;
}
