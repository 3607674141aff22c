using System.Globalization;
using Guardian.Contracts;
using Guardian.Storage.Journal;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>A journal entry as a stream's entry: a line of numbers that a person can read, and the packed events.
/// </summary>
internal static class RedisEvent
{
    private const int Version = 1;
    private const string Head = "head";
    private const string Events = "events";

    internal static NameValueEntry[] Write(JournalEntry entry)
    {
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"{Version} {entry.Epoch} {entry.FirstSequence} {entry.Count} {entry.FirstAt} {entry.LastAt} "
            + $"{entry.ReceivedAt} {(byte)entry.Class} {entry.ProducerEpoch} {entry.ProducerThrough} {Seal.Of(entry)} "
            + $"{entry.Producer}");
        return [new(Head, head), new(Events, entry.Payload)];
    }

    /// <summary>Reads an entry; null: it is damaged or of another version.</summary>
    internal static JournalEntry? Read(string symbol, StreamEntry stored)
    {
        string[] head = stored[Head].ToString().Split(' ', 12);
        if (head.Length != 12 || !string.Equals(head[0], $"{Version}", StringComparison.Ordinal)) return null;
        if (!Epoch.TryParse(head[1], out Epoch epoch)) return null;
        Span<long> numbers = stackalloc long[9];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!long.TryParse(
                head[i + 2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }

        if (numbers[1] is < 0 or > int.MaxValue || numbers[5] is < 0 or > byte.MaxValue) return null;
        var entry = new JournalEntry
        {
            Symbol = symbol,
            Epoch = epoch,
            FirstSequence = numbers[0],
            Count = (int)numbers[1],
            FirstAt = numbers[2],
            LastAt = numbers[3],
            ReceivedAt = numbers[4],
            Class = (EventClass)numbers[5],
            ProducerEpoch = numbers[6],
            ProducerThrough = numbers[7],
            Producer = head[11].Length == 0 ? null : head[11],
            Payload = (byte[]?)stored[Events] ?? [],
        };
        return Seal.Of(entry) == numbers[8] ? entry : null;
    }
}
