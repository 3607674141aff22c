using Guardian.Contracts;
using Guardian.Storage.Local;

namespace Guardian.Storage.Roster;

/// <summary>Roster, sessions and producers' epochs in the local file.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="file">The opened local file.</param>
public sealed class SqliteRosterStore(LocalFile file) : IRosterStore
{
    /// <inheritdoc/>
    public Task PutAsync(RosterEntry entry) => WriteAsync(
        "roster", entry.Symbol, entry, "insert or replace into roster values($0, $1, $2)");

    /// <inheritdoc/>
    public Task RemoveAsync(string symbol) =>
        file.WriteAsync(database => database.Session.Execute("delete from roster where id = $0", symbol), 0);

    /// <inheritdoc/>
    public IReadOnlyList<RosterEntry> Load() =>
        JsonRows.Load<RosterEntry>(file, "roster", "select id, payload, checksum from roster order by id");

    /// <inheritdoc/>
    public Task PutSessionAsync(SessionEntry session) => WriteAsync(
        "sessions", session.Session, session, "insert or replace into sessions values($0, $1, $2)");

    /// <inheritdoc/>
    public IReadOnlyList<SessionEntry> LoadSessions() =>
        JsonRows.Load<SessionEntry>(file, "sessions", "select id, payload, checksum from sessions order by id");

    /// <inheritdoc/>
    public bool MayLackEpochs => file.DamagedFile is not null;

    /// <inheritdoc/>
    public Task<long> NextProducerEpochAsync(string session, string producer, long above = 0) => file.WriteAsync(
        database => (long)database.Session.Scalar(
            "insert into producer_epochs values($0, $1, $2 + 1) "
            + "on conflict do update set epoch = max(epoch, $2) + 1 returning epoch",
            session,
            producer,
            above)!,
        64);

    /// <inheritdoc/>
    public IReadOnlyList<IssuedEpoch> LoadProducerEpochs() => file.Read(session => session.Query(
        "select session, producer, epoch from producer_epochs order by session, producer",
        row => new IssuedEpoch(row.GetString(0), row.GetString(1), row.GetInt64(2))));

    /// <summary>Puts a symbol on the roster in the open transaction, unless it is there.</summary>
    internal static void AddWhereMissing(LocalDatabase database, RosterEntry entry)
    {
        byte[] payload = JsonRows.Encode(entry);
        database.Session.Execute(
            "insert or ignore into roster values($0, $1, $2)",
            entry.Symbol,
            payload,
            JsonRows.SealOf("roster", entry.Symbol, payload));
    }

    private Task<int> WriteAsync<T>(string table, string id, T value, string sql)
    {
        byte[] payload = JsonRows.Encode(value);
        return file.WriteAsync(
            database => database.Session.Execute(sql, id, payload, JsonRows.SealOf(table, id, payload)),
            payload.Length);
    }
}
