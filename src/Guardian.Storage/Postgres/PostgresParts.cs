using System.Collections.Concurrent;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <summary>Sees to it that every day of what is written has its part, and knows which have.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="database">The database.</param>
internal sealed class PostgresParts(PostgresDatabase database)
{
    private const long Day = 86_400_000_000_000;

    private readonly ConcurrentDictionary<int, bool> _known = new();

    /// <summary>Gives the day of a time.</summary>
    /// <param name="receivedAt">Nanoseconds since the Unix epoch.</param>
    /// <returns>Days since the Unix epoch.</returns>
    internal static int DayOf(long receivedAt) => (int)((receivedAt / Day) - (receivedAt % Day < 0 ? 1 : 0));

    /// <summary>Forgets what is known: a part was dropped, or the database is another one.</summary>
    internal void Forget() => _known.Clear();

    /// <summary>Makes what is missing.</summary>
    internal async Task EnsureAsync(
        NpgsqlDataSource connections, IEnumerable<int> days, CancellationToken cancellation)
    {
        if (database.IsTimescale) return;
        foreach (int day in days.Distinct().Where(day => !_known.ContainsKey(day)).Order().ToArray())
        {
            await using NpgsqlCommand make = connections.CreateCommand("select make_part($1)");
            make.Parameters.AddWithValue(day);
            await make.ExecuteNonQueryAsync(cancellation);
            _known[day] = true;
        }
    }
}
