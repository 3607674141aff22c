using System.Globalization;
using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>Reads OHLC bars: symbol is the file's stem, feature <c>return</c> = ln(close / close before).</summary>
/// <remarks>
/// The first bar has no return and only moves the time. A bar without a close above 0 is a bad row: the next return
/// is over the bars on both sides of it.
/// </remarks>
internal sealed class BarReader(RecordingFile file, RecordingReport report, string? symbol)
{
    /// <summary>The columns it needs.</summary>
    public static readonly IReadOnlyList<string> Columns = ["timestamp", "open", "high", "low", "close"];

    /// <summary>The feature of every bar.</summary>
    public const string Feature = "return";

    private readonly int _time = file.ColumnOf("timestamp");
    private readonly int _close = file.ColumnOf("close");
    private Timestamp _now;
    private double _last;

    /// <summary>Reads the items; bad rows go to the report.</summary>
    /// <exception cref="UsageException">The file's stem is no symbol.</exception>
    public IEnumerable<RecordedItem> Read()
    {
        string name = NameOf();
        foreach ((long number, string line) in file.Lines())
        {
            if (number == 1 || line.Length == 0) continue;
            report.Row();
            if (Error(line, out Timestamp at, out double close) is { } wrong)
            {
                report.Bad(number, wrong);
                continue;
            }

            Observation observation =
                _last > 0 ? Observation.Feature(Feature, Math.Log(close / _last), at) : Observation.Time(at);
            (_now, _last) = (at, close);
            report.Saw(at);
            yield return new RecordedItem(name, observation);
        }
    }

    private string NameOf()
    {
        string name = symbol ?? file.Stem;
        if (SymbolName.TryParse(name, out SymbolName parsed, out string error) && parsed.IsLive
            && !name.Contains('@', StringComparison.Ordinal)) return name;
        throw new UsageException(
            $"'{file.Path}': the file's stem is the symbol. "
            + $"{(error.Length > 0 ? error : $"Condition failed: symbol is '{name}'; it takes no '@'.")} "
            + "Name one with --symbol.");
    }

    private string? Error(string line, out Timestamp at, out double close)
    {
        string[] cells = line.Split(',');
        (at, close) = (default, 0);
        if (cells.Length < file.Header.Length) return $"it has {cells.Length} of {file.Header.Length} columns";
        if (!TryTime(cells[_time].Trim(), out at))
            return $"timestamp is '{cells[_time]}'; it takes a time such as 2022-01-31 12:00:00 (UTC) or with +00:00";
        if (at <= _now)
            return $"timestamp {at} is not after that of the bar above, {_now}; bars stand in order of time";
        if (!double.TryParse(cells[_close], NumberStyles.Float, CultureInfo.InvariantCulture, out close)
            || !(close > 0) || !double.IsFinite(close))
            return $"close is '{cells[_close]}'; it takes a price above 0";
        return null;
    }

    private static bool TryTime(string text, out Timestamp at)
    {
        at = default;
        if (!DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            || time <= DateTimeOffset.UnixEpoch || time.Year > 2261) return false;
        at = new Timestamp((time - DateTimeOffset.UnixEpoch).Ticks * 100);
        return true;
    }
}
