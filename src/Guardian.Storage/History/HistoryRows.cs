using System.Data.Common;
using System.Text.Json;
using Guardian.Contracts;

namespace Guardian.Storage.History;

/// <summary>Stored events as they come back, the same from every database.</summary>
internal static class HistoryRows
{
    /// <summary>Reads a row of <see cref="HistorySchema.Columns"/>, and of <c>late</c> where that is kept.</summary>
    internal static HistoryEvent Read(DbDataReader row) => new()
    {
        Symbol = row.GetString(0),
        Epoch = new Epoch(row.GetInt64(1), (int)row.GetInt64(2)),
        Sequence = row.GetInt64(3),
        At = new Timestamp(row.GetInt64(4)),
        ReceivedAt = new Timestamp(row.GetInt64(5)),
        Kind = HistoryNames.Parse<HistoryKind>(row.GetString(6)),
        Observed = row.IsDBNull(7) ? null : HistoryNames.Parse<ObservationKind>(row.GetString(7)),
        Subject = Text(row, 8),
        Value = row.IsDBNull(9) ? null : row.GetDouble(9),
        Quantity = row.IsDBNull(10) ? null : row.GetDouble(10),
        Sent = row.IsDBNull(11) ? null : new Timestamp(row.GetInt64(11)),
        Received = row.IsDBNull(12) ? null : new Timestamp(row.GetInt64(12)),
        Text = Text(row, 13),
        Guardrail = Text(row, 14),
        From = Text(row, 15),
        To = Text(row, 16),
        TradingState = row.IsDBNull(17) ? null : HistoryNames.Parse<TradingState>(row.GetString(17)),
        Episode = row.IsDBNull(18) ? null : row.GetInt64(18),
        Shadow = row.IsDBNull(19) ? null : row.GetInt64(19) != 0,
        Actor = Text(row, 20),
        Reasons = row.IsDBNull(21) ? null : JsonSerializer.Deserialize<Reason[]>(row.GetString(21)),
        Late = row.FieldCount > 22 && row.GetBoolean(22) ? true : null,
    };

    private static string? Text(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
