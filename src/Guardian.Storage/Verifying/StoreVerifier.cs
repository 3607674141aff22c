using Guardian.Contracts;
using Guardian.Storage.Audit;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Tiers;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Verifying;

/// <summary>Checks every stored row of a data folder and compares its tiers; never writes but for a repair.</summary>
/// <remarks>
/// Thread-safe. Reads on connections of its own, so that it runs beside a silo, on a stopped one's folder and on a
/// backup alike. The local file is read as of one moment and the history as of a later one: what the history's cursor
/// tells of is there.
/// </remarks>
/// <param name="time">The clock.</param>
public sealed class StoreVerifier(TimeProvider time)
{
    private const string LocalName = LocalFile.FileName;
    private const string HistoryName = SqliteHistoryStore.FileName;
    private const int RepairBatch = 200;

    private VerifyReport? _last;

    /// <summary>Gets what the last verification found; null before the first.</summary>
    public VerifyReport? Last => Volatile.Read(ref _last);

    /// <summary>Verifies a folder.</summary>
    /// <param name="folder">A data folder or a backup.</param>
    /// <param name="deep">Whether SQLite checks indexes against tables too, which takes longer.</param>
    /// <exception cref="DataFolderException">There is no data, it is of a newer version, or can't be read.</exception>
    public VerifyReport Verify(string folder, bool deep) => Run(folder, deep).Report;

    private (VerifyReport Report, long[] Positions) Run(string folder, bool deep) =>
        Run(folder, deep, new Findings(), shared: null, static _ => { });

    /// <summary>
    /// Verifies, puts the journal's events in place of what the history lacks or has otherwise, and verifies again.
    /// </summary>
    /// <param name="history">The opened history of the folder.</param>
    /// <param name="folder">The data folder.</param>
    /// <param name="deep">Whether SQLite checks indexes against tables too.</param>
    /// <param name="cancellation">Ends the repair between two transactions.</param>
    /// <exception cref="DataFolderException">There is no data, it is of a newer version, or can't be read.</exception>
    /// <exception cref="StorageUnavailableException">The history can't be written.</exception>
    public async Task<VerifyReport> RepairAsync(
        SqliteHistoryStore history, string folder, bool deep, CancellationToken cancellation)
    {
        (VerifyReport report, long[] positions) = Run(folder, deep);
        long repaired = 0;
        foreach (long[] chunk in positions.Chunk(RepairBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            repaired += await history.ReplaceAsync(ReadRows(folder, chunk), cancellation);
        }

        return positions.Length == 0 ? report : Verify(folder, deep) with { Repaired = repaired };
    }

    /// <summary>Verifies a folder whose history is on a server; puts it right where that is asked for.</summary>
    /// <param name="history">The history.</param>
    /// <param name="folder">The data folder.</param>
    /// <param name="deep">Whether SQLite checks indexes against tables too.</param>
    /// <param name="repairs">
    /// Whether the journal's events take the place of what the history lacks or has otherwise.
    /// </param>
    /// <param name="cancellation">Ends the work between two minutes or transactions.</param>
    /// <exception cref="DataFolderException">There is no data, it is of a newer version, or can't be read.</exception>
    /// <exception cref="StorageUnavailableException">The history can't be read or written at present.</exception>
    public async Task<VerifyReport> VerifyAsync(
        ISharedHistory history, string folder, bool deep, bool repairs, CancellationToken cancellation)
    {
        (VerifyReport report, long[] positions) = await CompareAsync(history, folder, deep, cancellation);
        if (!repairs || positions.Length == 0) return report;
        long repaired = 0;
        foreach (long[] chunk in positions.Chunk(RepairBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            repaired += await history.ReplaceAsync(ReadRows(folder, chunk), cancellation);
        }

        return (await CompareAsync(history, folder, deep, cancellation)).Report with { Repaired = repaired };
    }

    private async Task<(VerifyReport Report, long[] Positions)> CompareAsync(
        ISharedHistory history, string folder, bool deep, CancellationToken cancellation)
    {
        var findings = new Findings();
        JournalCheck? journal = null;
        (VerifyReport report, _) = await Task.Run(
            () => Run(folder, deep, findings, history.Cursor, found => journal = found), cancellation);
        var check = new SharedHistoryCheck(journal!, findings);
        await check.ReadAsync(history, cancellation);
        report = report with
        {
            Equal = findings.Count == 0,
            HistoryEvents = check.Events,
            Minutes = check.Minutes,
            Count = findings.Count,
            Differences = [.. findings.Differences],
            Notes = [.. findings.Notes],
        };
        Volatile.Write(ref _last, report);
        return (report, PositionsOf(journal!, check.Differing));
    }

    private static long[] PositionsOf(JournalCheck journal, List<MinuteKey> differing) =>
    [
        .. differing.SelectMany(key => journal.Positions.GetValueOrDefault(key, [])).Distinct().Order(),
    ];

    private static List<JournalRow> ReadRows(string folder, long[] positions)
    {
        using SqliteSession session = SqliteSession.OpenReadOnly(Path.Combine(folder, LocalName));
        var rows = new List<JournalRow>();
        foreach (long position in positions)
        {
            using SqliteDataReader reader = session.Reader(
                "select " + JournalRows.Columns + " from journal where position = $0", position);
            if (reader.Read() && JournalRows.TryRead(reader, out JournalRow row) is null) rows.Add(row);
        }

        return rows;
    }

    private (VerifyReport Report, long[] Positions) Run(
        string folder, bool deep, Findings findings, string? shared, Action<JournalCheck> read)
    {
        string full = Path.GetFullPath(folder);
        string path = Path.Combine(full, LocalName);
        if (!File.Exists(path))
        {
            throw new DataFolderException(
                $"Condition failed: {full} has no {LocalName}; name a data folder or a backup.");
        }

        try
        {
            using SqliteSession local = SqliteSession.OpenReadOnly(path);
            LocalSchema.CheckVersion(local, path, LocalSchema.Version);
            local.Execute("begin");
            string historyPath = Path.Combine(full, HistoryName);
            bool embedded = shared is null && File.Exists(historyPath);
            using SqliteSession? history = embedded ? Open(historyPath) : null;
            return Run(full, local, history, deep, findings, shared, read);
        }
        catch (Exception e) when (e is SqliteException or DamagedFileException or IOException)
        {
            throw new DataFolderException(
                $"Condition failed: {full} can't be read ({e.Message}). Check its rights and the disk; a file that is "
                + "damaged as a whole is set aside by the silo when it starts.",
                e);
        }
    }

    private static SqliteSession Open(string path)
    {
        SqliteSession session = SqliteSession.OpenReadOnly(path);
        try
        {
            LocalSchema.CheckVersion(session, path, HistorySchema.Version);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private (VerifyReport Report, long[] Positions) Run(
        string folder,
        SqliteSession local,
        SqliteSession? history,
        bool deep,
        Findings findings,
        string? shared,
        Action<JournalCheck> read)
    {
        var rows = new RowCheck(findings);
        rows.ReadPages(local, "L3", deep);
        rows.Read(local);
        JournalCheck journal = ReadJournal(local, findings, shared ?? TierNames.History);
        read(journal);
        AuditReport audit = ReadAudit(local, findings);
        var compared = new HistoryCheck(journal, findings);
        if (history is null)
        {
            TellOfNone(local, findings, shared);
        }
        else
        {
            history.Execute("begin");
            rows.ReadPages(history, TierNames.History, deep);
            if (Has(history, "minutes")) compared.Read(history);
            else findings.Note($"{HistoryName} is of format 1: it keeps no sums until a silo has opened it");
        }

        var report = new VerifyReport
        {
            Folder = folder,
            At = Timestamp.From(time.GetUtcNow()),
            Equal = findings.Count == 0,
            JournalRows = journal.Rows,
            JournalEvents = journal.Events,
            Checkpoints = rows.Checkpoints,
            Rows = rows.Rows,
            HistoryEvents = compared.Events,
            Minutes = compared.Minutes,
            Audit = audit,
            Count = findings.Count,
            Differences = [.. findings.Differences],
            Notes = [.. findings.Notes],
        };
        Volatile.Write(ref _last, report);
        return (report, PositionsOf(journal, compared.Differing));
    }

    // A folder whose history is on a server has none, and can't say by itself whether that one is equal.
    private static void TellOfNone(SqliteSession local, Findings findings, string? shared)
    {
        if (shared is not null) return;
        bool elsewhere = local.Scalar("select 1 from cursors where tier like 'L2-%' limit 1") is not null;
        if (elsewhere) findings.Note("the history is on a server: ask the silo by --url to compare it");
        else findings.Differs("tiers", TierNames.History, $"there is no {HistoryName}");
    }

    private static JournalCheck ReadJournal(SqliteSession local, Findings findings, string cursor)
    {
        long shipped = local.Scalar("select position from cursors where tier = $0", cursor) as long? ?? 0;
        List<(long Position, string Symbol, string Reason)> parked = local.Query(
            "select position, symbol, reason from parked where tier = $0",
            row => (row.GetInt64(0), row.GetString(1), row.GetString(2)),
            TierNames.History);
        foreach ((long position, string symbol, string reason) in parked)
        {
            findings.Differs(
                "parked", TierNames.History, $"journal row {position} could not be stored: {reason}", symbol);
        }

        var journal = new JournalCheck(shipped, [.. parked.Select(row => row.Position)], findings);
        journal.Read(local);
        return journal;
    }

    private static AuditReport ReadAudit(SqliteSession local, Findings findings)
    {
        if (!AuditRows.Exist(local))
        {
            findings.Note($"{LocalName} is of format 1: it has no log of human actions until a silo has opened it");
            return new AuditReport { Whole = true };
        }

        AuditReport audit = AuditRows.Verify(local);
        foreach (AuditProblem problem in audit.Problems)
        {
            findings.Differs(
                "audit", "L3", $"entry {problem.Number} of writer {problem.Writer} {problem.Problem}");
        }

        return audit;
    }

    private static bool Has(SqliteSession session, string table) =>
        session.Scalar("select 1 from sqlite_schema where type = 'table' and name = $0", table) is not null;
}
