using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <summary>Tells, within one transaction, what is late: of an older epoch, and not folded by the next.</summary>
/// <remarks>
/// Single use, not thread-safe. The first event of an epoch tells what it had folded: that is not late, however late it
/// comes. Where it tells nothing, all of an older epoch is late that comes after it.
/// </remarks>
internal sealed class PostgresEpochs
{
    private readonly NpgsqlTransaction _transaction;
    private readonly Dictionary<string, Epoch> _newest = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Symbol, Epoch Epoch), (Epoch Folded, long Sequence, int Day)> _begun = [];
    private readonly Dictionary<(string Symbol, Epoch Epoch), long> _folded = [];

    private PostgresEpochs(NpgsqlTransaction transaction) => _transaction = transaction;

    /// <summary>Reads the newest epochs of symbols, whose other writers wait from now on.</summary>
    internal static async Task<PostgresEpochs> ReadAsync(
        NpgsqlTransaction transaction, IEnumerable<string> symbols, CancellationToken cancellation)
    {
        var epochs = new PostgresEpochs(transaction);
        await using NpgsqlCommand command = new(
            "select symbol, epoch_number, epoch_generation from newest_epochs where symbol = any($1) order by symbol "
            + "for update",
            transaction.Connection,
            transaction);
        command.Parameters.AddWithValue(symbols.Distinct(StringComparer.Ordinal).ToArray());
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            epochs._newest[reader.GetString(0)] = new Epoch(reader.GetInt64(1), reader.GetInt32(2));
        return epochs;
    }

    /// <summary>Forgets a symbol: it begins anew.</summary>
    internal void Forget(string symbol)
    {
        _newest.Remove(symbol);
        foreach ((string Symbol, Epoch Epoch) key in _begun.Keys.Where(key => key.Symbol == symbol).ToArray())
            _begun.Remove(key);
    }

    /// <summary>Says from which sequence on the events of an entry are late, and notes what begins.</summary>
    /// <returns><see cref="long.MaxValue"/>: none is.</returns>
    internal async ValueTask<long> LateFromAsync(JournalEntry entry, CancellationToken cancellation)
    {
        Epoch newest = _newest.GetValueOrDefault(entry.Symbol);
        if (entry.Epoch >= newest)
        {
            if (entry.Epoch > newest) Begin(entry);
            _newest[entry.Symbol] = entry.Epoch;
            return long.MaxValue;
        }

        // More than one may have come up from the same life: what one of them has folded is no stranger's.
        long here = _begun.Where(b => b.Key.Symbol == entry.Symbol && b.Value.Folded == entry.Epoch)
            .Select(b => b.Value.Sequence).DefaultIfEmpty().Max();
        return Math.Max(here, await FoldedAsync(entry.Symbol, entry.Epoch, cancellation)) + 1;
    }

    /// <summary>Stores what is newest and what has begun.</summary>
    internal async Task KeepAsync(CancellationToken cancellation)
    {
        KeyValuePair<string, Epoch>[] rows = [.. _newest.OrderBy(one => one.Key, StringComparer.Ordinal)];
        await using NpgsqlBatch batch = new(_transaction.Connection, _transaction);
        NpgsqlBatchCommand newest = new(
            "insert into newest_epochs select * from unnest($1, $2, $3) on conflict (symbol) do update "
            + "set epoch_number = excluded.epoch_number, epoch_generation = excluded.epoch_generation "
            + "where (newest_epochs.epoch_number, newest_epochs.epoch_generation) "
            + "< (excluded.epoch_number, excluded.epoch_generation)");
        newest.Parameters.AddWithValue(rows.Select(row => row.Key).ToArray());
        newest.Parameters.AddWithValue(rows.Select(row => row.Value.Number).ToArray());
        newest.Parameters.AddWithValue(rows.Select(row => row.Value.Generation).ToArray());
        batch.BatchCommands.Add(newest);
        if (_begun.Count > 0) batch.BatchCommands.Add(Begun());
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private void Begin(JournalEntry entry)
    {
        if (EpochBeginning.FoldedBefore(entry) is not { } folded) return;
        _begun[(entry.Symbol, entry.Epoch)] = (folded.Epoch, folded.Sequence, PostgresParts.DayOf(entry.ReceivedAt));
    }

    private NpgsqlBatchCommand Begun()
    {
        KeyValuePair<(string Symbol, Epoch Epoch), (Epoch Folded, long Sequence, int Day)>[] rows =
            [.. _begun.OrderBy(b => b.Key.Symbol, StringComparer.Ordinal).ThenBy(b => b.Key.Epoch)];
        NpgsqlBatchCommand command = new(
            "insert into epochs select * from unnest($1, $2, $3, $4, $5, $6, $7) on conflict do nothing");
        command.Parameters.AddWithValue(rows.Select(row => row.Key.Symbol).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Key.Epoch.Number).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Key.Epoch.Generation).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Value.Folded.Number).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Value.Folded.Generation).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Value.Sequence).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Value.Day).ToArray());
        return command;
    }

    private async ValueTask<long> FoldedAsync(string symbol, Epoch epoch, CancellationToken cancellation)
    {
        if (_folded.TryGetValue((symbol, epoch), out long known)) return known;
        await using NpgsqlCommand command = new(
            "select coalesce(max(folded_sequence), 0) from epochs where symbol = $1 "
            + "and folded_number = $2 and folded_generation = $3",
            _transaction.Connection,
            _transaction);
        command.Parameters.AddWithValue(symbol);
        command.Parameters.AddWithValue(epoch.Number);
        command.Parameters.AddWithValue(epoch.Generation);
        return _folded[(symbol, epoch)] = (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
