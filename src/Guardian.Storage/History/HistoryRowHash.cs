using System.Buffers;
using System.Buffers.Binary;
using System.Data.Common;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Guardian.Contracts;

namespace Guardian.Storage.History;

/// <summary>The hash of a stored event over every column, the same from the event and from the stored row.</summary>
/// <remarks>Not thread-safe: keeps its buffer.</remarks>
internal sealed class HistoryRowHash
{
    private const byte Absent = 0;
    private const byte Present = 1;

    private readonly ArrayBufferWriter<byte> _bytes = new(512);

    internal long Of(HistoryEvent e) =>
        Of(e, e.Reasons is { } reasons ? JsonSerializer.Serialize(reasons) : null);

    /// <summary>Hashes an event whose reasons are written already.</summary>
    internal long Of(HistoryEvent e, string? reasons)
    {
        _bytes.ResetWrittenCount();
        Text(e.Symbol);
        Number(e.Epoch.Number);
        Number(e.Epoch.Generation);
        Number(e.Sequence);
        Number(e.At.UnixNanoseconds);
        Number(e.ReceivedAt.UnixNanoseconds);
        Text(HistoryNames.Of(e.Kind));
        Text(e.Observed is { } observed ? HistoryNames.Of(observed) : null);
        Text(e.Subject);
        Real(e.Value);
        Real(e.Quantity);
        Number(e.Sent?.UnixNanoseconds);
        Number(e.Received?.UnixNanoseconds);
        Text(e.Text);
        Text(e.Guardrail);
        Text(e.From);
        Text(e.To);
        Text(e.TradingState is { } state ? HistoryNames.Of(state) : null);
        Number(e.Episode);
        Number(e.Shadow is { } shadow ? (shadow ? 1 : 0) : null);
        Text(e.Actor);
        Text(reasons);
        return Finish();
    }

    /// <summary>Hashes a row of <see cref="HistorySchema.Columns"/>.</summary>
    internal long Of(DbDataReader row)
    {
        _bytes.ResetWrittenCount();
        for (int i = 0; i < HistorySchema.ColumnCount; i++)
        {
            if (row.IsDBNull(i)) _bytes.Write([Absent]);
            else if (i is 0 or 6 or 7 or 8 or (>= 13 and <= 17) or 20 or 21) Text(row.GetString(i));
            else if (i is 9 or 10) Real(row.GetDouble(i));
            else Number(row.GetInt64(i));
        }

        return Finish();
    }

    private long Finish() => unchecked((long)XxHash3.HashToUInt64(_bytes.WrittenSpan));

    private void Text(string? value)
    {
        if (value is null)
        {
            _bytes.Write([Absent]);
            return;
        }

        // A common tool ends a text at its first NUL: what comes behind it is not part of what can be compared.
        int end = value.IndexOf('\0', StringComparison.Ordinal);
        ReadOnlySpan<char> text = end < 0 ? value : value.AsSpan(0, end);
        Number(text.Length);
        Encoding.UTF8.GetBytes(text, _bytes);
    }

    private void Number(long? value)
    {
        if (value is not { } number)
        {
            _bytes.Write([Absent]);
            return;
        }

        Span<byte> span = _bytes.GetSpan(9);
        span[0] = Present;
        BinaryPrimitives.WriteInt64LittleEndian(span[1..], number);
        _bytes.Advance(9);
    }

    // The file keeps no sign of a zero.
    private void Real(double? value) => Number(
        value is { } real ? BitConverter.DoubleToInt64Bits(real == 0 ? 0.0 : real) : null);
}
