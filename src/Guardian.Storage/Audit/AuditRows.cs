using Guardian.Contracts;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Audit;

/// <summary>Rows of the log of human actions in a local file, a backup or a file set aside.</summary>
internal static class AuditRows
{
    private const string Columns =
        "writer, number, at, actor, action, target, session, reason, details, result, id, previous, hash";

    /// <summary>Chains an entry to its writer's last one, inside the caller's transaction.</summary>
    /// <returns>The stored entry; null when one of this id is stored already.</returns>
    internal static AuditEntry? Append(
        SqliteSession session, string writer, string id, Timestamp at, AuditAction action)
    {
        if (session.Scalar("select 1 from audit where id = $0", id) is not null) return null;
        AuditHead? head = Head(session, writer);
        // A row beyond the head is somebody else's doing: it is left for the verification to name.
        long last = session.Scalar("select max(number) from audit where writer = $0", writer) as long? ?? 0;
        var open = new AuditEntry
        {
            Writer = writer,
            Number = Math.Max(head?.Count ?? 0, last) + 1,
            At = at,
            Actor = action.Actor,
            Action = action.Action,
            Target = action.Target,
            Session = action.Session,
            Reason = action.Reason,
            Details = action.Details,
            Result = action.Result,
            Id = id,
            Previous = head?.Hash ?? AuditChain.Start,
            Hash = string.Empty,
        };
        AuditEntry entry = open with { Hash = AuditChain.HashOf(open) };
        session.Execute(
            "insert into audit(" + Columns + ") values($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            entry.Writer,
            entry.Number,
            entry.At.UnixNanoseconds,
            entry.Actor,
            entry.Action,
            entry.Target,
            entry.Session,
            entry.Reason,
            entry.Details,
            entry.Result,
            entry.Id,
            entry.Previous,
            entry.Hash);
        session.Execute(
            "insert into audit_heads values($0, $1, $2) "
            + "on conflict do update set count = excluded.count, hash = excluded.hash",
            entry.Writer,
            entry.Number,
            entry.Hash);
        return entry;
    }

    /// <summary>Tells whether a file has the log: one of format 1 has none.</summary>
    internal static bool Exist(SqliteSession session) =>
        session.Scalar("select 1 from sqlite_schema where type = 'table' and name = 'audit'") is not null;

    internal static AuditHead? Head(SqliteSession session, string writer) => session.Query(
        "select writer, count, hash from audit_heads where writer = $0", ReadHead, writer).FirstOrDefault();

    internal static List<AuditHead> Heads(SqliteSession session) =>
        session.Query("select writer, count, hash from audit_heads order by writer", ReadHead);

    internal static AuditReport Verify(SqliteSession session) => AuditChain.Verify(
        session.Query("select " + Columns + " from audit order by writer, number", Read), Heads(session));

    internal static AuditPage Page(SqliteSession session, AuditQuery query)
    {
        AuditCursor? cursor = AuditCursor.Read(query);
        string beyond = query.NewestFirst ? "<" : ">";
        string order = query.NewestFirst ? "desc" : "asc";
        List<AuditEntry> rows = session.Query(
            "select " + Columns + " from audit where at >= $0 and at < $1 "
            + $"and ($3 is null or (at, writer, number) {beyond} ($3, $4, $5)) "
            + $"order by at {order}, writer {order}, number {order} limit $2",
            Read,
            query.From.HasValue ? query.From.UnixNanoseconds : long.MinValue,
            query.To.HasValue ? query.To.UnixNanoseconds : long.MaxValue,
            query.Limit + 1,
            cursor?.At,
            cursor?.Writer,
            cursor?.Number);
        return AuditCursor.PageOf(rows, query);
    }

    private static AuditHead ReadHead(SqliteDataReader row) =>
        new(row.GetString(0), row.GetInt64(1), row.GetString(2));

    private static AuditEntry Read(SqliteDataReader row) => new()
    {
        Writer = row.GetString(0),
        Number = row.GetInt64(1),
        At = new Timestamp(row.GetInt64(2)),
        Actor = row.GetString(3),
        Action = row.GetString(4),
        Target = row.GetString(5),
        Session = row.GetString(6),
        Reason = row.GetString(7),
        Details = row.GetString(8),
        Result = row.GetString(9),
        Id = row.GetString(10),
        Previous = row.GetString(11),
        Hash = row.GetString(12),
    };
}
