using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Guardian.Contracts;

namespace Guardian.Storage.History;

/// <summary>
/// Where a page ended: opaque to callers, bound to the query it came from, checked when it comes back.
/// </summary>
/// <param name="At">Session time of the last event of the page.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Sequence">Its sequence.</param>
internal readonly record struct HistoryCursor(long At, Epoch Epoch, long Sequence)
{
    private const int Length = 1 + 8 + 8 + 4 + 8 + 8;
    private const byte Version = 1;

    internal static HistoryCursor Of(HistoryEvent last) => new(last.At.UnixNanoseconds, last.Epoch, last.Sequence);

    internal string Write(HistoryQuery query)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], At);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], Epoch.Number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[17..], Epoch.Generation);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[21..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[29..], Bind(bytes[..29], query));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a query's cursor.</summary>
    /// <exception cref="ArgumentException">The cursor is not one of this query.</exception>
    internal static HistoryCursor? Read(HistoryQuery query)
    {
        if (query.Cursor is null) return null;
        Span<byte> bytes = stackalloc byte[Length];
        bool good = query.Cursor.Length == Base64Url.GetEncodedLength(Length)
            && Base64Url.IsValid(query.Cursor)
            && Base64Url.TryDecodeFromChars(query.Cursor, bytes, out int read) && read == Length
            && bytes[0] == Version
            && BinaryPrimitives.ReadInt64LittleEndian(bytes[29..]) == Bind(bytes[..29], query);
        if (!good)
        {
            throw HistoryRules.Fault(
                nameof(query),
                "cursor is not one of this query. Give back the cursor of the page before with the same symbol, range, "
                + "kinds and order, or none for the first page.");
        }

        return new HistoryCursor(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]),
            new Epoch(
                BinaryPrimitives.ReadInt64LittleEndian(bytes[9..]),
                BinaryPrimitives.ReadInt32LittleEndian(bytes[17..])),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[21..]));
    }

    private static long Bind(ReadOnlySpan<byte> bytes, HistoryQuery query)
    {
        var text = new StringBuilder();
        text.Append(query.From.UnixNanoseconds).Append('|').Append(query.To.UnixNanoseconds);
        text.Append('|').Append(query.NewestFirst);
        foreach (HistoryKind kind in query.Kinds.Order()) text.Append('|').Append((int)kind);
        return Seal.Of(query.Symbol, text.ToString(), bytes);
    }
}
