using System.Globalization;
using System.Text;

namespace Guardian.Silo.Api.Events;

/// <summary>Something that changed. Immutable.</summary>
/// <param name="Number">Rises by one per event of a feed.</param>
/// <param name="Type"><c>verdict</c>, <c>alert</c> or <c>tier</c>.</param>
/// <param name="Data">One line of JSON.</param>
internal sealed record FeedEvent(long Number, string Type, string Data);

/// <summary>Writes server-sent events (WHATWG HTML, 9.2).</summary>
internal static class SseFrame
{
    /// <summary>The comment that keeps a connection open.</summary>
    public const string Comment = ": still here\n\n";

    /// <summary>Writes one event; a line break in the data would end it and is split into data lines.</summary>
    /// <param name="feed">The feed's name, the first part of the id.</param>
    /// <param name="item">The event.</param>
    public static string Write(string feed, FeedEvent item)
    {
        StringBuilder frame = new();
        frame.Append(CultureInfo.InvariantCulture, $"id: {feed}-{item.Number}\nevent: {item.Type}\n");
        foreach (string line in item.Data.ReplaceLineEndings("\n").Split('\n'))
            frame.Append("data: ").Append(line).Append('\n');
        return frame.Append('\n').ToString();
    }

    /// <summary>Reads <c>Last-Event-ID</c>.</summary>
    /// <param name="feed">The feed's name.</param>
    /// <param name="text">The header.</param>
    /// <returns>The number of the last event that was seen; null where it is not of this feed.</returns>
    public static long? ReadLastEventId(string feed, string? text)
    {
        if (text is null || !text.StartsWith(feed + "-", StringComparison.Ordinal)) return null;
        ReadOnlySpan<char> digits = text.AsSpan(feed.Length + 1);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;
    }
}
