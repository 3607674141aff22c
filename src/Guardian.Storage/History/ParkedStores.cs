using Guardian.Storage.Local;

namespace Guardian.Storage.History;

/// <summary>Parked rows in the local file.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="file">The opened local file.</param>
public sealed class SqliteParkedStore(LocalFile file) : IParkedStore
{
    /// <inheritdoc/>
    public Task ParkAsync(ParkedRow row) => file.WriteAsync(
        database => database.Session.Execute(
            "insert or replace into parked values($0, $1, $2, $3, $4, $5)",
            row.Tier,
            row.Position,
            row.Symbol,
            row.At,
            row.Reason,
            row.Payload),
        row.Payload.Length);

    /// <inheritdoc/>
    public IReadOnlyList<ParkedRow> Load() => file.Read(session => session.Query(
        "select tier, position, symbol, at, reason, payload from parked order by tier, position limit 1000",
        row => new ParkedRow(
            row.GetString(0),
            row.GetInt64(1),
            row.GetString(2),
            row.GetInt64(3),
            row.GetString(4),
            row.GetFieldValue<byte[]>(5))));
}

/// <summary>The volatile twin of parked rows.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class MemoryParkedStore : IParkedStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<(string Tier, long Position), ParkedRow> _rows = [];

    /// <inheritdoc/>
    public Task ParkAsync(ParkedRow row)
    {
        lock (_gate) _rows[(row.Tier, row.Position)] = row;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParkedRow> Load()
    {
        lock (_gate) return [.. _rows.Values.Take(1_000)];
    }
}
