using System.Globalization;
using System.Runtime.InteropServices;
using Guardian.Detection.Clock;

namespace Guardian.Detection.Staleness;

/// <summary>A weekly session in UTC; one that closes before it opens runs over the week's end.</summary>
/// <param name="OpenDay">Day of the open.</param>
/// <param name="OpenTime">Time of the open, 0 to 24 h.</param>
/// <param name="CloseDay">Day of the close.</param>
/// <param name="CloseTime">Time of the close, 0 to 24 h; the session ends just before it.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WeeklySession(
    DayOfWeek OpenDay, TimeSpan OpenTime, DayOfWeek CloseDay, TimeSpan CloseTime)
{
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>Reads <c>Sun 22:00 - Fri 22:00</c>; 24:00 is the day's end.</summary>
    /// <returns>False where the text is something else.</returns>
    public static bool TryParse(string? text, out WeeklySession session)
    {
        session = default;
        string[] ends = (text ?? "").Split(" - ");
        if (ends.Length != 2 || !TryParseEnd(ends[0], out DayOfWeek openDay, out TimeSpan open)) return false;
        if (!TryParseEnd(ends[1], out DayOfWeek closeDay, out TimeSpan close)) return false;
        session = new WeeklySession(openDay, open, closeDay, close);
        return true;
    }

    private static bool TryParseEnd(string text, out DayOfWeek day, out TimeSpan time)
    {
        string[] parts = text.Trim().Split(' ');
        int index = parts.Length == 2
            ? Array.FindIndex(Days, d => d.Equals(parts[0], StringComparison.OrdinalIgnoreCase))
            : -1;
        day = (DayOfWeek)Math.Max(index, 0);
        time = TimeSpan.FromDays(1);
        if (index < 0) return false;
        return string.Equals(parts[1], "24:00", StringComparison.Ordinal)
            || (TimeSpan.TryParseExact(parts[1], @"hh\:mm", CultureInfo.InvariantCulture, out time)
                && time < TimeSpan.FromDays(1));
    }
}

/// <summary>A stretch in which a market stays closed against its week.</summary>
/// <param name="From">Its first moment, Unix nanoseconds.</param>
/// <param name="To">The moment after it, Unix nanoseconds.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ClosedStretch(long From, long To)
{
    private static readonly string[] Formats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm"];

    /// <summary>Reads <c>2026-12-25</c> (the UTC day) or <c>2026-12-24T17:00 - 2026-12-26T22:00</c> (UTC).</summary>
    /// <returns>False where the text is something else or ends before it starts.</returns>
    public static bool TryParse(string? text, out ClosedStretch stretch)
    {
        stretch = default;
        string[] ends = (text ?? "").Split(" - ");
        if (ends.Length > 2 || !TryParseMoment(ends[0], out long from, out bool wholeDay)) return false;
        long to = from + Nanoseconds.Day;
        if (ends.Length == 1 && !wholeDay) return false;
        if (ends.Length == 2 && !TryParseMoment(ends[1], out to, out _)) return false;
        stretch = new ClosedStretch(from, to);
        return from < to;
    }

    private static bool TryParseMoment(string text, out long at, out bool wholeDay)
    {
        text = text.Trim();
        wholeDay = text.Length == 10;
        bool read = DateTimeOffset.TryParseExact(
            text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment);
        at = 0;
        if (!read || moment.Year is < 1970 or > 2200) return false;
        at = (moment - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        return true;
    }
}
