using Guardian.Contracts;
using Guardian.Storage.Local;

namespace Guardian.Storage.Halts;

/// <summary>The halt board in the local file.</summary>
/// <remarks>Thread-safe. Merging happens inside the group commit.</remarks>
/// <param name="file">The opened local file.</param>
public sealed class SqliteHaltStore(LocalFile file) : IHaltStore
{
    private const string Table = "halts";

    /// <inheritdoc/>
    public Task PutAsync(Hold hold) => file.WriteAsync(database => Write(database.Session, hold), 1_024);

    /// <inheritdoc/>
    public IReadOnlyList<Hold> Load() =>
        JsonRows.Load<Hold>(file, Table, "select id, payload, checksum from halts order by id");

    private static bool Write(SqliteSession session, Hold hold)
    {
        List<(byte[] Payload, long Checksum)> stored = session.Query(
            "select payload, checksum from halts where id = $0",
            row => (row.GetFieldValue<byte[]>(0), row.GetInt64(1)),
            hold.Id);
        Hold merged = hold;
        if (stored.Count > 0
            && JsonRows.TryDecode(Table, hold.Id, stored[0].Payload, stored[0].Checksum, out Hold? known))
            merged = HaltMerge.Merge(known!, hold);
        byte[] payload = JsonRows.Encode(merged);
        session.Execute(
            "insert or replace into halts values($0, $1, $2, $3, $4, $5)",
            merged.Id,
            merged.Session,
            (int)merged.Scope,
            merged.Key,
            payload,
            JsonRows.SealOf(Table, merged.Id, payload));
        CrashPoint.Reached(CrashPoint.HoldWritten);
        return true;
    }
}
