using System.Collections.Frozen;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Guardian.Storage.History;

/// <summary>
/// The prepared insert of history events, bound without boxing: 22 columns at over 100,000 rows a second.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class HistoryInsert : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly sqlite3_stmt _statement;

    // What is bound stays bound, and most of a row is as in the row before, or absent in both.
    private readonly string?[] _texts = new string?[HistorySchema.ColumnCount + 1];
    private readonly long?[] _numbers = new long?[HistorySchema.ColumnCount + 1];
    private readonly double?[] _reals = new double?[HistorySchema.ColumnCount + 1];

    internal HistoryInsert(SqliteSession session)
    {
        _handle = session.Connection.Handle
            ?? throw new InvalidOperationException("Invariant: the history's connection is open.");
        string places = string.Join(", ", Enumerable.Repeat("?", HistorySchema.ColumnCount));
        string sql = $"insert into events({HistorySchema.Columns}) values({places}) on conflict do nothing";
        Check(raw.sqlite3_prepare_v2(_handle, sql, out _statement));
    }

    /// <summary>Gets what was added since the sums were last written.</summary>
    internal HistorySums Sums { get; } = new();

    /// <summary>Stores one event, and adds it to the sums where it was new.</summary>
    /// <returns>Whether it was new.</returns>
    internal bool Insert(HistoryEvent e)
    {
        string? reasons = e.Reasons is { } told ? JsonSerializer.Serialize(told) : null;
        Text(1, e.Symbol);
        Number(2, e.Epoch.Number);
        Number(3, e.Epoch.Generation);
        Number(4, e.Sequence);
        Number(5, e.At.UnixNanoseconds);
        Number(6, e.ReceivedAt.UnixNanoseconds);
        Text(7, HistoryNames.Of(e.Kind));
        Text(8, e.Observed is { } observed ? HistoryNames.Of(observed) : null);
        Text(9, e.Subject);
        Real(10, e.Value);
        Real(11, e.Quantity);
        Number(12, e.Sent?.UnixNanoseconds);
        Number(13, e.Received?.UnixNanoseconds);
        Text(14, e.Text);
        Text(15, e.Guardrail);
        Text(16, e.From);
        Text(17, e.To);
        Text(18, e.TradingState is { } state ? HistoryNames.Of(state) : null);
        Number(19, e.Episode);
        Number(20, e.Shadow is { } shadow ? (shadow ? 1 : 0) : null);
        Text(21, e.Actor);
        Text(22, reasons);
        int code = raw.sqlite3_step(_statement);
        int reset = raw.sqlite3_reset(_statement);
        if (code != raw.SQLITE_DONE) Check(reset);
        if (raw.sqlite3_changes(_handle) == 0) return false;
        Sums.Add(e, reasons);
        return true;
    }

    public void Dispose() => _statement.Dispose();

    private void Text(int index, string? value)
    {
        if (ReferenceEquals(value, _texts[index])) return;
        Check(value is null
            ? raw.sqlite3_bind_null(_statement, index)
            : raw.sqlite3_bind_text(_statement, index, value));
        _texts[index] = value;
    }

    private void Number(int index, long? value)
    {
        if (value == _numbers[index]) return;
        Check(value is { } number
            ? raw.sqlite3_bind_int64(_statement, index, number)
            : raw.sqlite3_bind_null(_statement, index));
        _numbers[index] = value;
    }

    private void Real(int index, double? value)
    {
        if (value is null && _reals[index] is null) return;
        Check(value is { } number
            ? raw.sqlite3_bind_double(_statement, index, number)
            : raw.sqlite3_bind_null(_statement, index));
        _reals[index] = value;
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, _handle);
    }
}

/// <summary>Names of stored enums: camelCase, as on the wire.</summary>
internal static class HistoryNames
{
    /// <summary>Gets the name of a value that has one.</summary>
    internal static string Of<T>(T value)
        where T : struct, Enum => All<T>.Names[value];

    internal static T Parse<T>(string name)
        where T : struct, Enum => Enum.Parse<T>(name, ignoreCase: true);

    private static class All<T>
        where T : struct, Enum
    {
        internal static FrozenDictionary<T, string> Names { get; } = Enum.GetValues<T>().ToFrozenDictionary(
            value => value, value => char.ToLowerInvariant($"{value}"[0]) + $"{value}"[1..]);
    }
}
