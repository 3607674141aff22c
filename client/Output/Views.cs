using System.Globalization;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Output;

/// <summary>How messages look in tables.</summary>
internal static class Views
{
    /// <summary>Makes the table of verdicts.</summary>
    public static Table Of(IEnumerable<Verdict> verdicts)
    {
        Table table = Invocation.TableOf("symbol", "state", "level", "breaker", "episode", "as of", "reasons");
        foreach (Verdict verdict in verdicts)
        {
            table.AddRow(
                Cell(verdict.Symbol),
                State(verdict.TradingState),
                Cell(verdict.Level.ToString()),
                Cell(verdict.Breaker.ToString()),
                Number(verdict.Episode),
                Cell(Time(verdict.AsOf)),
                Cell(string.Join("; ", verdict.Reasons.Select(Text))));
        }

        return table;
    }

    /// <summary>Makes a line of a reason: code, subject, value against limit, since and until.</summary>
    public static string Text(Reason reason)
    {
        string text = reason.Subject.Length > 0 ? $"{reason.Code} {reason.Subject}" : reason.Code;
        if (reason.Value is { } value)
            text += $" {Short(value)}{Unit(reason.Unit)}";
        if (reason.Limit is { } limit)
            text += $" (limit {Short(limit)}{Unit(reason.Unit)})";
        if (reason.Text is { Length: > 0 } words) text += $" \"{words}\"";
        if (reason.Since.HasValue) text += $" since {Time(reason.Since)}";
        if (reason.Until.HasValue) text += $" until {Time(reason.Until)}";
        return text;
    }

    public static Markup Cell(string? text) => new(Markup.Escape(text ?? string.Empty));

    public static Markup Number(long value) => Cell(value.ToString("N0", CultureInfo.InvariantCulture));

    public static Markup State(TradingState state) => state switch
    {
        TradingState.Halted => new Markup("[red]Halted[/]"),
        TradingState.Reducing => new Markup("[yellow]Reducing[/]"),
        _ => new Markup("[green]Active[/]"),
    };

    public static string Time(Timestamp at) =>
        at.HasValue
            ? at.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : "–";

    public static string Short(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Unit(string unit) => unit.Length == 0 ? string.Empty : $" {unit}";
}
