using System.Globalization;
using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>Reads path and query texts; what is wrong is refused with field, value and limit.</summary>
internal static class QueryText
{
    /// <summary>Reads a guardian's key from the path.</summary>
    /// <param name="text">As routing gives it: everything is decoded but <c>%2F</c>.</param>
    public static SymbolName Symbol(string text) => SymbolOf("symbol", Unslash(text));

    /// <summary>Reads a guardian's key from a body.</summary>
    public static SymbolName SymbolOf(string field, string? text)
    {
        if (SymbolName.TryParse(text, out SymbolName name, out string error)) return name;
        throw new RequestRefusedException(new Refusal(StatusCodes.Status400BadRequest, "invalid", error)
        {
            Field = field,
            Value = Refusal.Cut(text ?? string.Empty),
            Limit = "1 to 64 characters without blanks and control characters, and @session where it is not live",
        });
    }

    /// <summary>Reads an id from the path.</summary>
    public static string Id(string text) => Unslash(text);

    /// <summary>Reads a session; live where none is given.</summary>
    public static string Session(string? text)
    {
        if (string.IsNullOrEmpty(text)) return SymbolName.Live;
        if (SymbolName.SessionError(text) is not { } error) return text;
        throw new RequestRefusedException(new Refusal(StatusCodes.Status400BadRequest, "invalid", error)
        {
            Field = "session",
            Value = Refusal.Cut(text),
            Limit = $"1 to {SymbolName.MaximumSessionLength} letters, digits, '-', '_' and '.'",
        });
    }

    /// <summary>Reads a time; none where none is given.</summary>
    public static Timestamp Time(string field, string? text)
    {
        if (string.IsNullOrEmpty(text)) return Timestamp.None;
        // A plus sign that was not encoded arrives as a blank.
        if (Timestamp.TryParse(text.Replace(' ', '+'), out Timestamp value)) return value;
        throw Refused(field, text, "an RFC 3339 time such as 2026-01-31T12:00:00.5Z");
    }

    /// <summary>Reads a whole number within bounds.</summary>
    public static int Number(string field, string? text, int byDefault, int least, int most)
    {
        if (string.IsNullOrEmpty(text)) return byDefault;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            && value >= least && value <= most)
            return value;
        throw Refused(field, text, $"a whole number from {least} to {most}");
    }

    /// <summary>Reads true or false.</summary>
    public static bool Switch(string field, string? text)
    {
        if (string.IsNullOrEmpty(text)) return false;
        return bool.TryParse(text, out bool value) ? value : throw Refused(field, text, "true or false");
    }

    /// <summary>Reads words of a person; empty where none are given.</summary>
    public static string Words(string field, string? text, int most)
    {
        if (string.IsNullOrWhiteSpace(text)) return string.Empty;
        return text.Length <= most && !text.Any(char.IsControl)
            ? text
            : throw Refused(field, text, $"up to {most} characters, none a control character");
    }

    /// <summary>Reads kinds of history events, separated by commas.</summary>
    public static HistoryKind[] Kinds(string? text)
    {
        if (string.IsNullOrEmpty(text)) return [];
        List<HistoryKind> kinds = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!char.IsAsciiLetter(part[0]) || !Enum.TryParse(part, ignoreCase: true, out HistoryKind kind)
                || !Enum.IsDefined(kind))
                throw Refused("kind", part, $"any of {JsonNames.Of<HistoryKind>()}, separated by commas");
            if (!kinds.Contains(kind)) kinds.Add(kind);
        }

        return [.. kinds];
    }

    /// <summary>Reads a step: seconds, with or without <c>s</c>, <c>m</c>, <c>h</c>, or <c>hh:mm:ss</c>.</summary>
    public static TimeSpan Step(string? text)
    {
        const string Rule = "a step from 1s to 1d such as 10s, 5m, 1h or 00:00:10";
        if (string.IsNullOrEmpty(text)) return TimeSpan.FromMinutes(1);
        TimeSpan? step = ReadStep(text);
        return step is { } value && value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromDays(1)
            ? value
            : throw Refused("step", text, Rule);
    }

    /// <summary>Checks that a range is not empty.</summary>
    public static void Range(Timestamp from, Timestamp to)
    {
        if (from.HasValue && to.HasValue && from >= to)
            throw Refused("to", to.ToString(), $"a time after from ({from})");
    }

    private static RequestRefusedException Refused(string field, string text, string limit) =>
        new(Refusal.Of(field, text, limit));

    private static TimeSpan? ReadStep(string text)
    {
        if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan span) && text.Contains(':'))
            return span;
        int unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        string digits = unit == 0 ? text : text[..^1];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= 86_400
            ? TimeSpan.FromSeconds((long)count * Math.Max(1, unit))
            : null;
    }

    private static string Unslash(string text) => text.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
