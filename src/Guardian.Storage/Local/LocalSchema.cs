using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <summary>The tables of the local file, and what opening it checks.</summary>
internal static class LocalSchema
{
    internal const int Version = 2;

    private const string Tables = """
        create table if not exists meta(key text primary key, value text not null) without rowid;
        create table if not exists journal(
            position integer primary key, symbol text not null, epoch_number integer not null,
            epoch_generation integer not null, first_sequence integer not null, count integer not null,
            class integer not null, first_at integer not null, last_at integer not null,
            received_at integer not null, producer text, producer_epoch integer not null,
            producer_through integer not null, through integer not null, length integer not null,
            checksum integer not null, payload blob not null);
        create index if not exists journal_by_symbol on journal(symbol, position);
        create index if not exists journal_forgets on journal(position) where class = 2;
        create table if not exists cursors(tier text primary key, position integer not null) without rowid;
        create table if not exists checkpoints(
            symbol text not null, epoch_number integer not null, epoch_generation integer not null,
            sequence integer not null, at integer not null, version integer not null, length integer not null,
            checksum integer not null, payload blob not null,
            primary key(symbol, epoch_number, epoch_generation, sequence));
        create table if not exists halts(
            id text primary key, session text not null, scope integer not null, key text not null,
            payload blob not null, checksum integer not null);
        create table if not exists roster(id text primary key, payload blob not null, checksum integer not null);
        create table if not exists sessions(id text primary key, payload blob not null, checksum integer not null);
        create table if not exists producer_epochs(
            session text not null, producer text not null, epoch integer not null, primary key(session, producer));
        create table if not exists records(
            state_name text not null, grain_id text not null, grain_key text not null, etag text not null,
            payload blob not null, checksum integer not null, primary key(state_name, grain_id));
        create index if not exists records_by_key on records(grain_key);
        create table if not exists doubted(symbol text primary key) without rowid;
        create table if not exists parked(
            tier text not null, position integer not null, symbol text not null, at integer not null,
            reason text not null, payload blob not null, primary key(tier, position));
        create table if not exists audit(
            writer text not null, number integer not null, at integer not null, actor text not null,
            action text not null, target text not null, session text not null, reason text not null,
            details text not null, result text not null, id text not null, previous text not null,
            hash text not null, primary key(writer, number)) without rowid;
        create unique index if not exists audit_by_id on audit(id);
        create index if not exists audit_by_time on audit(at, writer, number);
        create table if not exists audit_heads(
            writer text primary key, count integer not null, hash text not null) without rowid;
        """;

    /// <summary>Opens a file, makes what is missing and checks what is there.</summary>
    /// <exception cref="DataFolderException">The file is of a newer version.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">It is damaged or can't be read.</exception>
    internal static SqliteSession Open(string path, long checkBytes)
    {
        SqliteSession session = SqliteSession.Open(path);
        try
        {
            session.Execute("pragma journal_mode=wal");
            session.Execute("pragma synchronous=full");
            session.Execute("pragma wal_autocheckpoint=4000");
            session.Execute("pragma journal_size_limit=67108864");
            CheckVersion(session, path, Version);
            MakeDurable(session);
            if (Bytes(session) is > 0 and long bytes && bytes <= checkBytes) CheckPages(session);
            session.Execute("begin immediate");
            session.Execute(Tables);
            // Version 2 adds tables only, so that a file of version 1 is taken along as it is.
            session.Execute(
                "insert into meta values('schema', $0) on conflict do update set value = excluded.value",
                $"{Version}");
            session.Execute("insert into meta values('file', $0) on conflict do nothing", $"{Guid.NewGuid():N}");
            session.Execute("commit");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    internal static void CheckVersion(SqliteSession session, string path, int known)
    {
        bool fresh = session.Scalar("select count(*) from sqlite_schema") is 0L;
        if (fresh) return;
        string? text = session.Scalar("select value from meta where key = 'schema'") as string;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version))
            throw new DamagedFileException($"its version reads '{text}'");
        if (version <= known) return;
        throw new DataFolderException(
            $"Condition failed: {path} has format {version}, and this build reads formats up to {known}. "
            + "Start the newer build again, or name another folder in Guardian:DataFolder.");
    }

    // A process before us may have met a sync error: what it wrote can be read, and is on no disk, and no later sync of
    // the log brings it there. Copied into the file it is written anew, and synced before anything is built on it.
    private static void MakeDurable(SqliteSession session)
    {
        try
        {
            if (session.Scalar("pragma wal_checkpoint(truncate)") is not 0L)
                throw new IOException("its log is in use and can't be copied into it");
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteErrors.Full)
        {
            // A full disk stops nobody from starting; there is room for what is in use, and the next start tries again.
        }
    }

    private static long Bytes(SqliteSession session) =>
        (long)session.Scalar("pragma page_count")! * (long)session.Scalar("pragma page_size")!;

    // Not the quick form, which leaves out whether indexes agree with their tables: by a damaged one a guardian's tail
    // is read short, and each row that is read is whole.
    private static void CheckPages(SqliteSession session)
    {
        if (session.Scalar("pragma integrity_check(1)") is string answer
            && !string.Equals(answer, "ok", StringComparison.Ordinal))
            throw new DamagedFileException(answer);
    }
}

/// <summary>A file is damaged as a whole.</summary>
public sealed class DamagedFileException(string message) : Exception(message);
