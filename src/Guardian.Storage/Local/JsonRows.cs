using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <summary>Small rows: an id and a JSON payload with its checksum, readable with a common tool.</summary>
internal static class JsonRows
{
    internal static byte[] Encode<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value);

    internal static long SealOf(string table, string id, byte[] payload) => Seal.Of(table, id, payload);

    /// <summary>Reads id, payload and checksum; a damaged row is reported by name and left out.</summary>
    internal static List<T> Load<T>(LocalFile file, string table, string select)
    {
        var damaged = new List<string>();
        List<T> rows = file.Read(session =>
        {
            var good = new List<T>();
            using SqliteDataReader reader = session.Reader(select);
            while (reader.Read())
            {
                string id = reader.GetValue(0) as string ?? "without a readable id";
                if (reader.GetValue(1) is byte[] payload && reader.GetValue(2) is long checksum
                    && TryDecode(table, id, payload, checksum, out T? value))
                    good.Add(value!);
                else
                    damaged.Add(id);
            }

            return good;
        });
        foreach (string id in damaged)
            file.ReportDamage($"Invariant: row {id} of {table} is damaged: its checksum differs.");
        return rows;
    }

    internal static bool TryDecode<T>(string table, string id, byte[] payload, long checksum, out T? value)
    {
        value = default;
        if (SealOf(table, id, payload) != checksum) return false;
        value = JsonSerializer.Deserialize<T>(payload);
        return value is not null;
    }
}
