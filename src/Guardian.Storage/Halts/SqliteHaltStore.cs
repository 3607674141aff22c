using Guardian.Contracts;
using Guardian.Storage.Local;

namespace Guardian.Storage.Halts;

/// <summary>The halt board in the local file.</summary>
/// <remarks>Thread-safe. Merging happens inside the group commit.</remarks>
/// <param name="file">The opened local file.</param>
public sealed class SqliteHaltStore(LocalFile file) : IHaltStore, IHaltSource
{
    private const string Table = "halts";

    /// <inheritdoc/>
    public string Name => "local file";

    /// <summary>Gets a number that differs once the file was set aside: the new one may lack entries.</summary>
    public long Version => file.DamagedFile is { } aside ? StringComparer.Ordinal.GetHashCode(aside) : 0;

    /// <inheritdoc/>
    public bool IsVolatile => file.StandInReason is not null;

    /// <inheritdoc/>
    public Task PutAsync(Hold hold) => file.WriteAsync(database => Write(database.Session, hold), 1_024);

    /// <inheritdoc/>
    public IReadOnlyList<Hold> Load() =>
        JsonRows.Load<Hold>(file, Table, "select id, payload, checksum from halts order by id");

    /// <inheritdoc/>
    public IReadOnlyList<Hold> Read() => Load();

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> ids) => file.WriteAsync(
        database =>
        {
            foreach (string id in ids) Remove(database.Session, id);
            return true;
        },
        64L * ids.Count);

    // Only what is released is ever forgotten, whatever the caller believes.
    private static void Remove(SqliteSession session, string id)
    {
        bool released = Stored(session, id) is { } known
            && JsonRows.TryDecode(Table, id, known.Payload, known.Checksum, out Hold? hold)
            && !hold!.IsOpen;
        if (released) session.Execute("delete from halts where id = $0", id);
    }

    private static (byte[] Payload, long Checksum)? Stored(SqliteSession session, string id)
    {
        List<(byte[] Payload, long Checksum)> stored = session.Query(
            "select payload, checksum from halts where id = $0",
            row => (row.GetFieldValue<byte[]>(0), row.GetInt64(1)),
            id);
        return stored.Count > 0 ? stored[0] : null;
    }

    /// <summary>Merges an entry into the open transaction.</summary>
    internal static bool Write(SqliteSession session, Hold hold)
    {
        Hold merged = hold;
        if (Stored(session, hold.Id) is { } stored
            && JsonRows.TryDecode(Table, hold.Id, stored.Payload, stored.Checksum, out Hold? known))
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
