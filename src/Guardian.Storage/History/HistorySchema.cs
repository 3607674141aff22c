using Guardian.Storage.Local;

namespace Guardian.Storage.History;

/// <summary>The history's table: plain named columns, so that an analyst can read it with SQL.</summary>
internal static class HistorySchema
{
    internal const string Columns =
        "symbol, epoch_number, epoch_generation, sequence, at, received_at, kind, observed, subject, value, quantity, "
        + "sent, received, text, guardrail, from_state, to_state, trading_state, episode, shadow, actor, reasons";

    internal const int ColumnCount = 22;

    internal const int Version = 2;

    private const string Tables = """
        create table if not exists meta(key text primary key, value text not null) without rowid;
        create table if not exists events(
            symbol text not null, epoch_number integer not null, epoch_generation integer not null,
            sequence integer not null, at integer not null, received_at integer not null, kind text not null,
            observed text, subject text, value real, quantity real, sent integer, received integer, text text,
            guardrail text, from_state text, to_state text, trading_state text, episode integer, shadow integer,
            actor text, reasons text,
            primary key(symbol, epoch_number, epoch_generation, sequence)) without rowid;
        create index if not exists events_by_time on events(symbol, at);
        create table if not exists minutes(
            symbol text not null, epoch_number integer not null, epoch_generation integer not null,
            minute integer not null, count integer not null, sum integer not null,
            primary key(symbol, epoch_number, epoch_generation, minute)) without rowid;
        """;

    internal static SqliteSession Open(string path)
    {
        SqliteSession session = SqliteSession.Open(path);
        try
        {
            session.Execute("pragma journal_mode=wal");
            session.Execute("pragma synchronous=full");
            session.Execute("pragma wal_autocheckpoint=4000");
            session.Execute("pragma cache_size=-32768");
            bool fresh = session.Scalar("select count(*) from sqlite_schema") is 0L;
            if (!fresh) LocalSchema.CheckVersion(session, path, Version);
            session.Execute(Tables);
            bool before = !fresh && session.Scalar("select value from meta where key = 'schema'") is "1";
            session.Execute("begin immediate");
            if (before) HistorySums.Rebuild(session);
            session.Execute(
                "insert into meta values('schema', $0) on conflict do update set value = excluded.value",
                $"{Version}");
            session.Execute("commit");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
