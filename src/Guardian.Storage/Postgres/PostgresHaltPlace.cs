using System.Collections.Concurrent;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Guardian.Storage.Postgres;

/// <summary>The halt board in PostgreSQL: what every silo knows, and where an entry rests beside the journal.</summary>
/// <remarks>
/// Thread-safe. Entries are merged here (<see cref="HaltMerge"/>) under the lock of one row, so that a tombstone is
/// never overwritten. Changes of other silos are found by a counter every 250 ms; reading gives what was read last,
/// without waiting.
/// </remarks>
/// <param name="database">The database.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
public sealed class PostgresHaltPlace(
    PostgresDatabase database, TimeProvider time, ILogger<PostgresHaltPlace> logger)
    : IHaltPlace, IHaltSource, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, bool> _forgotten = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly BackOff _backOff = new(Period, TimeSpan.FromSeconds(5));
    private volatile IReadOnlyList<Hold> _read = [];
    private volatile string? _problem;
    private Task? _running;
    private (Guid Incarnation, long Version) _seen = (Guid.Empty, -1);
    private volatile Action? _changed;
    private long _version;

    /// <summary>Gets how often the counter is looked at.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public string Name => "PostgreSQL";

    /// <inheritdoc/>
    public long Version => Interlocked.Read(ref _version);

    /// <inheritdoc/>
    public bool IsRead => Version > 0;

    /// <inheritdoc/>
    public IReadOnlyList<Hold> Read() => _read;

    /// <summary>Begins to look in the background; again does nothing.</summary>
    public void Start()
    {
        lock (_gate) _running ??= Task.Run(RunAsync);
    }

    /// <inheritdoc/>
    /// <exception cref="StorageUnavailableException">PostgreSQL can't be used at present.</exception>
    public Task PutAsync(Hold hold) => ChangeAsync(async transaction =>
    {
        Hold? known = await ReadAsync(transaction, hold.Id);
        Hold merged = known is null ? hold : HaltMerge.Merge(known, hold);
        if (merged == known) return false;
        await WriteAsync(transaction, merged);
        return true;
    });

    /// <inheritdoc/>
    /// <exception cref="StorageUnavailableException">PostgreSQL can't be used at present.</exception>
    public Task RemoveAsync(IReadOnlyList<string> ids) =>
        DeleteAsync([.. ids], openToo: false);

    /// <inheritdoc/>
    public void Forget(IReadOnlyList<string> ids)
    {
        foreach (string id in ids) _forgotten[id] = true;
        _read = [.. _read.Where(hold => !_forgotten.ContainsKey(hold.Id))];
    }

    /// <summary>Looks once whether there is something new, and reads it.</summary>
    /// <exception cref="StorageUnavailableException">PostgreSQL can't be read at present.</exception>
    public Task LookAsync() => database.UseAsync(
        async () =>
        {
            // A session that is emptied takes its holds with it; where the server was away, it is made up for.
            string[] gone = [.. _forgotten.Keys];
            if (gone.Length > 0) await DeleteAsync(gone, openToo: true);
            foreach (string id in gone) _forgotten.TryRemove(id, out _);
            await using NpgsqlConnection connection = await database.Records.OpenConnectionAsync(_stop.Token);
            (Guid Incarnation, long Version) now = await VersionAsync(connection);
            if (now == _seen) return true;
            _read = await AllAsync(connection);
            _seen = now;
            Interlocked.Increment(ref _version);
            _changed?.Invoke();
            return true;
        },
        _stop.Token);

    /// <inheritdoc/>
    public void OnChanged(Action tell) => _changed = tell;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        Task? running;
        lock (_gate) running = _running;
        if (running is not null) await running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan pause = Period;
            try
            {
                await LookAsync();
                _backOff.Succeeded();
                _problem = null;
            }
            catch (Exception error)
            {
                if (_stop.IsCancellationRequested) return;
                if (_problem is null) StorageLog.SharedHaltsAway(logger, error.Message);
                _problem = error.Message;
                pause = _backOff.Failed();
            }

            try
            {
                await Task.Delay(pause, time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return; // The silo stops.
            }
        }
    }

    // Off the grain's turn that asks for it: whatever the driver does with a server that is frozen, the turn goes on.
    private Task<bool> ChangeAsync(Func<NpgsqlTransaction, Task<bool>> change) => Task.Run(() => database.UseAsync(
        async () =>
        {
            await using NpgsqlConnection connection = await database.Records.OpenConnectionAsync();
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
            // The counter's row is the lock: whoever has it sees every entry and tombstone before his.
            await using (NpgsqlCommand count = new(
                "update halts_version set version = version + 1", connection, transaction))
                await count.ExecuteNonQueryAsync();
            if (await change(transaction)) await transaction.CommitAsync();
            return true;
        },
        CancellationToken.None));

    private Task<bool> DeleteAsync(string[] ids, bool openToo) => ChangeAsync(async transaction =>
    {
        await using NpgsqlCommand delete = new(
            "delete from halts where id = any($1) and ($2 or not is_open)", transaction.Connection, transaction);
        delete.Parameters.AddWithValue(ids);
        delete.Parameters.AddWithValue(openToo);
        return await delete.ExecuteNonQueryAsync() > 0;
    });

    private static async Task<(Guid Incarnation, long Version)> VersionAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new("select incarnation, version from halts_version", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? (reader.GetGuid(0), reader.GetInt64(1)) : (Guid.Empty, 0);
    }

    private async Task<List<Hold>> AllAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new("select id, payload, checksum from halts order by id", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var holds = new List<Hold>();
        while (await reader.ReadAsync())
        {
            string id = reader.GetString(0);
            if (_forgotten.ContainsKey(id)) continue;
            if (Decode(id, await reader.GetFieldValueAsync<byte[]>(1), reader.GetInt64(2)) is { } hold) holds.Add(hold);
            else StorageLog.SharedHaltDamaged(logger, id);
        }

        return holds;
    }

    // What is damaged is merged as if it were not there: what is written then is whole again.
    private static async Task<Hold?> ReadAsync(NpgsqlTransaction transaction, string id)
    {
        await using NpgsqlCommand command = new(
            "select payload, checksum from halts where id = $1", transaction.Connection, transaction);
        command.Parameters.AddWithValue(id);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? Decode(id, await reader.GetFieldValueAsync<byte[]>(0), reader.GetInt64(1))
            : null;
    }

    private static async Task WriteAsync(NpgsqlTransaction transaction, Hold hold)
    {
        byte[] payload = JsonSerializer.SerializeToUtf8Bytes(hold, GuardianJson.Options);
        await using NpgsqlCommand command = new(
            """
            insert into halts values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            on conflict (id) do update set session = excluded.session, scope = excluded.scope, key = excluded.key,
                is_open = excluded.is_open, since = excluded.since, actor = excluded.actor, reason = excluded.reason,
                released_at = excluded.released_at, released_by = excluded.released_by, payload = excluded.payload,
                checksum = excluded.checksum
            """,
            transaction.Connection,
            transaction);
        NpgsqlParameterCollection values = command.Parameters;
        values.AddWithValue(hold.Id);
        values.AddWithValue(hold.Session);
        values.AddWithValue(hold.Scope.ToString());
        values.AddWithValue(hold.Key);
        values.AddWithValue(hold.IsOpen);
        values.Add(Moment(hold.Since));
        values.AddWithValue(Text(hold.Actor));
        values.AddWithValue(Text(hold.Reason));
        values.Add(Moment(hold.ReleasedAt));
        values.Add(new NpgsqlParameter
        {
            NpgsqlDbType = NpgsqlDbType.Text, Value = hold.ReleasedBy is { } by ? Text(by) : DBNull.Value,
        });
        values.AddWithValue(payload);
        values.AddWithValue(Seal.Of("halts", hold.Id, payload));
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlParameter Moment(Timestamp value) => new()
    {
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
        Value = value.HasValue ? DateTime.UnixEpoch.AddTicks(value.UnixNanoseconds / 100) : DBNull.Value,
    };

    // A column of text takes no NUL; the payload has the words as they are.
    private static string Text(string value) => value.Replace('\0', '\uFFFD');

    private static Hold? Decode(string id, byte[] payload, long checksum) =>
        Seal.Of("halts", id, payload) == checksum
            ? JsonSerializer.Deserialize<Hold>(payload, GuardianJson.Options)
            : null;
}
