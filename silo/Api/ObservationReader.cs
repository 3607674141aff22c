using System.Text;
using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>One item that was read, or why it could not be. Immutable.</summary>
/// <param name="Index">Its index, from 0.</param>
/// <param name="Symbol">The guardian's key; null when the item can't be taken.</param>
/// <param name="Observation">The message.</param>
/// <param name="Error">Why it can't be taken; null when it can.</param>
internal readonly record struct ReadItem(int Index, string? Symbol, Observation Observation, ItemError? Error);

/// <summary>Reads items of any symbols from an array or from lines; a bad item does not stop its neighbours.</summary>
internal static class ObservationReader
{
    /// <summary>Reads an array.</summary>
    public static List<ReadItem> ReadArray(ReadOnlySpan<byte> body)
    {
        ObservationItem?[] items = RequestBody.Parse<ObservationItem?[]>(body);
        RequestBody.CheckCount("body", items.Length);
        return [.. items.Select((item, index) => Read(item, index))];
    }

    /// <summary>Reads one object a line; empty lines are passed over and have no index.</summary>
    public static List<ReadItem> ReadLines(ReadOnlySpan<byte> body)
    {
        List<ReadItem> items = [];
        ReadOnlySpan<byte> byteOrderMark = Encoding.UTF8.Preamble;
        if (body.StartsWith(byteOrderMark)) body = body[byteOrderMark.Length..];
        while (!body.IsEmpty)
        {
            int end = body.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? body : body[..end]).Trim(" \t\r"u8);
            body = end < 0 ? [] : body[(end + 1)..];
            if (line.IsEmpty) continue;
            RequestBody.CheckCount("body", items.Count + 1);
            items.Add(ReadLine(line, items.Count));
        }

        return items;
    }

    private static ReadItem ReadLine(ReadOnlySpan<byte> line, int index)
    {
        try
        {
            return Read(RequestBody.Parse<ObservationItem>(line), index);
        }
        catch (RequestRefusedException refused)
        {
            Refusal refusal = refused.Refusal;
            return Refuse(new ItemError(
                index, refusal.Field ?? "line", refusal.Value ?? string.Empty, refusal.Limit ?? refusal.Detail));
        }
    }

    private static ReadItem Read(ObservationItem? item, int index)
    {
        if (item is null) return Refuse(new ItemError(index, "item", "null", "a JSON object"));
        if (!SymbolName.TryParse(item.Symbol, out SymbolName name, out string error))
            return Refuse(new ItemError(index, "symbol", Refusal.Cut(item.Symbol ?? string.Empty), error));
        return item.Check(index) is { } wrong
            ? Refuse(wrong)
            : new ReadItem(index, name.Key, item.ToObservation(), null);
    }

    private static ReadItem Refuse(ItemError error) => new(error.Index, null, default, error);
}
