using System.Globalization;
using System.Text;
using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>Writes events as comma-separated values (RFC 4180, lines end in CRLF), one column a field.</summary>
/// <remarks>
/// A text that a spreadsheet would take for a formula gets an apostrophe in front: symbols and reasons come from
/// outside.
/// </remarks>
internal static class HistoryCsv
{
    private const string End = "\r\n";

    private static readonly (string Name, Func<HistoryEvent, string?> Value)[] Columns =
    [
        ("symbol", e => Text(e.Symbol)),
        ("epoch", e => e.Epoch.ToString()),
        ("sequence", e => e.Sequence.ToString(CultureInfo.InvariantCulture)),
        ("at", e => Time(e.At)),
        ("receivedAt", e => Time(e.ReceivedAt)),
        ("kind", e => JsonNames.Name(e.Kind)),
        ("observed", e => e.Observed is { } kind ? JsonNames.Name(kind) : null),
        ("subject", e => Text(e.Subject)),
        ("value", e => Number(e.Value)),
        ("quantity", e => Number(e.Quantity)),
        ("sent", e => Time(e.Sent)),
        ("received", e => Time(e.Received)),
        ("text", e => Text(e.Text)),
        ("guardrail", e => Text(e.Guardrail)),
        ("from", e => Text(e.From)),
        ("to", e => Text(e.To)),
        ("tradingState", e => e.TradingState?.ToString()),
        ("reasons", e => e.Reasons is { Length: > 0 } reasons
            ? Text(string.Join(' ', reasons.Select(r => $"{r.Code}:{r.Subject}"))) : null),
        ("episode", e => e.Episode?.ToString(CultureInfo.InvariantCulture)),
        ("shadow", e => e.Shadow is { } shadow ? (shadow ? "true" : "false") : null),
        ("actor", e => Text(e.Actor)),
    ];

    /// <summary>Writes the header and one line an event.</summary>
    public static string Write(IEnumerable<HistoryEvent> events)
    {
        StringBuilder csv = new();
        csv.AppendJoin(',', Columns.Select(c => c.Name)).Append(End);
        foreach (HistoryEvent item in events)
            csv.AppendJoin(',', Columns.Select(c => Quote(c.Value(item)))).Append(End);
        return csv.ToString();
    }

    private static string? Text(string? text) =>
        text is { Length: > 0 } && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + text : text;

    private static string? Time(Timestamp? time) => time is { HasValue: true } value ? value.ToString() : null;

    private static string? Number(double? number) =>
        number is { } value && double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : null;

    private static string Quote(string? text)
    {
        if (string.IsNullOrEmpty(text)) return string.Empty;
        return text.AsSpan().ContainsAny(",\"\r\n")
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;
    }
}
