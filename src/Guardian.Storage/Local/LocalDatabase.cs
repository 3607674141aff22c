using System.Globalization;
using System.Text;
using Guardian.Storage.Journal;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <summary>The writing side of the local file: one transaction at a time. Used by one thread only.</summary>
internal sealed class LocalDatabase(string path, long checkBytes, CommitMark? mark = null) : IDisposable
{
    private const long MostPages = 4_294_967_294;

    private static readonly string[] Tables =
        ["halts", "roster", "sessions", "producer_epochs", "records", "checkpoints", "parked"];

    private readonly Dictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private string _counts = string.Empty;
    private bool _sealChecked;
    private SqliteSession? _session;
    private LocalMarks _committed;
    private LocalMarks _pending;
    private long _pageSize = 4096;
    private long _pageLimit = MostPages;
    private long _pageLimitSet = MostPages;

    /// <summary>Gets the numbers that the last commit left.</summary>
    internal LocalMarks Marks => _committed;

    /// <summary>Gets the highest epoch that a restore found anywhere; 0 when nothing was restored.</summary>
    internal long EpochFloor { get; private set; }

    /// <summary>Begins guardians above an epoch from now on; to be stored by whoever calls.</summary>
    internal void RaiseEpochFloor(long number)
    {
        EpochFloor = Math.Max(EpochFloor, number);
        Put("epoch-floor", EpochFloor);
    }

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
        // The limit belongs to the connection.
        _pageLimitSet = MostPages;
        try
        {
            Load();
            CheckSeal();
        }
        catch (Exception e) when (SqliteErrors.IsOddColumn(e))
        {
            throw new DamagedFileException($"its numbers can't be read: {e.Message}");
        }
    }

    /// <summary>Says why the file is not the one that was written last here, in words; null when it is.</summary>
    /// <remarks>To be asked once, at start, before anything is written.</remarks>
    internal string? WhyNotTheLast()
    {
        if (mark?.Read() is not { } noted) return null;
        if (!string.Equals(noted.File, _committed.File, StringComparison.Ordinal))
        {
            return $"{path} is not the file that was written here last: that one, {noted.File}, is missing, "
                + $"and with it its {noted.Commit} commits";
        }

        return noted.Commit > _committed.Commit
            ? $"{path} ends at commit {_committed.Commit}, but {noted.Commit} were made: its log is missing "
                + "or damaged, or it is an older copy"
            : null;
    }

    /// <summary>Gets whether a transaction is open.</summary>
    internal bool IsInTransaction =>
        _session is not null && SQLitePCL.raw.sqlite3_get_autocommit(_session.Connection.Handle) == 0;

    /// <summary>Gets why the note of the last commit could not be written; null when it was.</summary>
    internal string? MarkFault { get; private set; }

    /// <summary>Closes the file without writing to it once more.</summary>
    internal void Abandon()
    {
        _session?.LeaveFilesOnClose();
        Dispose();
    }

    /// <summary>Gives the connection away, to read from it what has no name any more.</summary>
    internal SqliteSession Detach()
    {
        SqliteSession session = Session;
        _session = null;
        session.LeaveFilesOnClose();
        return session;
    }

    /// <summary>Throws when the file was deleted, renamed or replaced while it was open.</summary>
    /// <exception cref="MovedFileException">It was.</exception>
    internal void CheckPlace()
    {
        if (_session?.HasMoved() == true)
            throw new MovedFileException($"{path} was deleted, renamed or replaced while it was open");
    }

    /// <summary>Gets or sets whether rows of small tables may have come or gone in the open transaction.</summary>
    internal bool Counted { get; set; } = true;

    /// <summary>
    /// Notes that whatever is stored of anybody may lack what came after it, until a checkpoint is made that knows.
    /// </summary>
    internal void Doubt() => Session.Execute(
        "insert or ignore into doubted select symbol from checkpoints union select symbol from journal "
        + "union select id from roster union select grain_key from records");

    internal void BeginSalvage() => Session.Execute("begin immediate");

    /// <summary>Commits what was saved; numbers go on above everything that was ever given.</summary>
    internal void EndSalvage()
    {
        long highest = Math.Max(
            Session.Scalar("select max(position) from journal") as long? ?? 0,
            Session.Scalar("select max(position) from cursors") as long? ?? 0);
        Put("position", Math.Max(Math.Max(highest, Meta("position")), _committed.Position));
        Session.Execute("insert or ignore into meta values('salvaged', 'yes')");
        Load();
        Put("commit", _committed.Commit);
        Put("through", _committed.Through);
        Put("etag", _committed.Etag);
        _counts = Count();
        Put("seal", SealOf(_committed));
        Session.Execute("commit");
        WriteMark();
    }

    private void Load()
    {
        EpochFloor = Math.Max(EpochFloor, Meta("epoch-floor"));
        long last = Meta("position");
        long highest = Session.Scalar("select max(position) from journal") as long? ?? 0;
        // A file begun while running goes on where the one before it stopped: positions never come twice.
        _committed = new LocalMarks(
            Math.Max(Math.Max(last, highest), _committed.Position),
            Math.Max(Meta("through"), _committed.Through),
            Math.Max(Meta("etag"), _committed.Etag),
            Math.Max(Meta("commit"), _committed.Commit),
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
        _pending = _pending with { Commit = _pending.Commit + 1 };
        Put("position", _pending.Position);
        Put("through", _pending.Through);
        Put("commit", _pending.Commit);
        if (_pending.Etag != _committed.Etag) Put("etag", _pending.Etag);
        if (Counted) _counts = Count();
        Counted = false;
        Put("seal", SealOf(_pending));
        CrashPoint.Reached(CrashPoint.CommitBefore);
        Session.Execute("commit");
        CrashPoint.Reached(CrashPoint.CommitDone);
        CheckPlace();
        _committed = _pending;
        WriteMark();
        CrashPoint.Reached(CrashPoint.CommitMarked);
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
        if (IsInTransaction) Session.Execute("rollback");
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
        CrashPoint.Reached(CrashPoint.CursorWritten);
    }

    internal void RewindCursor(string tier, long position)
    {
        Session.Execute("update cursors set position = $1 where tier = $0", tier, position);
        _cursors[tier] = position;
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

    // Rows carry their own checksums; what has none - numbers, cursors, and that no row is missing - is sealed here.
    private long SealOf(LocalMarks marks)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{marks.Position} {marks.Through} {marks.Etag} {marks.Commit} ");
        text.Append(_counts);
        foreach (KeyValuePair<string, long> cursor in _cursors.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            if (cursor.Value > 0) text.Append(CultureInfo.InvariantCulture, $" {cursor.Key}={cursor.Value}");
        }

        return Seal.Of("meta", text.ToString(), []);
    }

    private void CheckSeal()
    {
        _counts = Count();
        bool first = !_sealChecked;
        _sealChecked = true;
        // Without one: a file without commits, or of an older build. While running, memory may be ahead of the file.
        if (!first || Text("seal").Length == 0) return;
        if (Meta("seal") != SealOf(_committed))
            throw new DamagedFileException("its numbers, cursors or counts of rows are not those of its last commit");
    }

    private string Count() => string.Join(
        ' ', Tables.Select(table => ((long)Session.Scalar("select count(*) from " + table)!).ToString(
            CultureInfo.InvariantCulture)));

    // The note proves something only where it is ahead: where it can't be written, it claims less.
    private void WriteMark()
    {
        try
        {
            mark?.Write(_committed.File, _committed.Commit);
            MarkFault = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            MarkFault = e.Message;
        }
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
/// Numbers that rise with the file: last position, events up to it, last ETag, commits; and the file's own id.
/// </summary>
internal readonly record struct LocalMarks(long Position, long Through, long Etag, long Commit, string File);

/// <summary>The file was deleted, renamed or replaced while it was open.</summary>
public sealed class MovedFileException(string message) : Exception(message);

/// <summary>Tells what kind of failure an error of SQLite is.</summary>
internal static class SqliteErrors
{
    private const int Unspecific = 1;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    internal const int Full = 13;
    private const int CantOpen = 14;
    private const int NotADatabase = 26;

    internal static bool IsDamage(SqliteException e) => e.SqliteErrorCode is Corrupt or NotADatabase;

    /// <summary>The same for opening, where a damaged header also shows as the unspecific error 1.</summary>
    internal static bool IsDamageAtOpen(Exception e) => e is DamagedFileException
        || (e is SqliteException s && (IsDamage(s) || s.SqliteErrorCode == Unspecific));

    /// <summary>
    /// Tells a row that can't be stored (too big, a constraint, another type) from a store that is away.
    /// </summary>
    internal static bool IsRowFault(SqliteException e) => e.SqliteErrorCode is 18 or 19 or 20 or 25;

    /// <summary>Tells a column that holds another type than was written: a page in another's place.</summary>
    internal static bool IsOddColumn(Exception e) =>
        e is InvalidCastException or InvalidOperationException or OverflowException or FormatException;

    /// <summary>Tells a passing want of room or of a lock: the file itself is good.</summary>
    internal static bool IsPassing(Exception e) => e is SqliteException { SqliteErrorCode: Full or Busy or Locked };

    /// <summary>Tells a file that can't be trusted or reached any more: nothing is tried on it again.</summary>
    internal static bool IsOfTheDisk(Exception e) =>
        e is SqliteException { SqliteErrorCode: InputOutput or CantOpen or ReadOnly };
}
