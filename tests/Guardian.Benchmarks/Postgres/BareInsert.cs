using System.Diagnostics;
using Guardian.Benchmarks.Detecting;
using Guardian.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Guardian.Benchmarks.Postgres;

/// <summary>The baseline: rows of the same columns by one connection, from arrays, <c>on conflict do nothing</c>.
/// </summary>
internal sealed class BareInsert
{
    private const int Rows = 1_000;

    private const string Table = """
        create table bare(like events including defaults);
        alter table bare add constraint bare_key
            primary key (symbol, at, epoch_number, epoch_generation, sequence, day);
        """;

    private const string Sql = """
        insert into bare(symbol, epoch_number, epoch_generation, sequence, at, received_at, day, kind, observed,
            subject, value)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
        """;

    private long _sequence;

    /// <summary>Makes the table.</summary>
    public static async Task MakeAsync(PostgresDatabase database)
    {
        await using NpgsqlCommand command = database.Records.CreateCommand(Table);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Inserts for a while.</summary>
    /// <returns>Rows a second.</returns>
    public async Task<double> RunAsync(PostgresDatabase database, TimeSpan during)
    {
        await using NpgsqlConnection connection = await database.Records.OpenConnectionAsync();
        long start = Stopwatch.GetTimestamp();
        long count = 0;
        while (Stopwatch.GetElapsedTime(start) < during)
        {
            await using NpgsqlCommand command = new(Sql, connection);
            Bind(command.Parameters);
            count += await command.ExecuteNonQueryAsync();
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void Bind(NpgsqlParameterCollection values)
    {
        long first = _sequence;
        _sequence += Rows;
        values.AddWithValue(Of(_ => "BTCUSDT"));
        values.AddWithValue(Of(_ => 1L));
        values.AddWithValue(Of(_ => 1));
        values.AddWithValue(Of(i => first + i));
        values.AddWithValue(Of(i => Samples.Start + ((first + i) * 100_000L)));
        values.AddWithValue(Of(_ => Samples.Start));
        values.AddWithValue(Of(_ => 20_000));
        values.AddWithValue(Of(_ => "observation"));
        values.AddWithValue(Of(_ => "latency"));
        values.AddWithValue(Of(_ => "market-data"));
        values.Add(new NpgsqlParameter
        {
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Double, Value = Of(i => (i % 97) / 7.0),
        });
    }

    private static T[] Of<T>(Func<int, T> make)
    {
        T[] values = new T[Rows];
        for (int i = 0; i < Rows; i++) values[i] = make(i);
        return values;
    }
}
