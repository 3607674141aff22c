using System.Globalization;
using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>Reads a market feed: symbol <c>symbol.market</c>, a stage per kind, latency by both clocks.</summary>
/// <remarks>
/// The exchange's time is <c>T_ms</c> where given, else <c>E_ms</c>; the receiver's is <c>local_ns</c>. A row with
/// neither has no latency: it becomes a price where it has one, so that the symbol is seen to be alive.
/// </remarks>
internal sealed class FeedReader
{
    /// <summary>The columns it needs.</summary>
    public static readonly IReadOnlyList<string> Columns = ["local_ns", "E_ms", "T_ms", "market", "symbol", "kind"];

    private readonly Dictionary<(string Symbol, string Market), string> _names = [];
    private readonly Dictionary<string, string> _stages = new(StringComparer.Ordinal);
    private readonly RecordingFile _file;
    private readonly RecordingReport _report;
    private readonly int[] _columns;
    private readonly int _firstValue;

    public FeedReader(RecordingFile file, RecordingReport report)
    {
        (_file, _report) = (file, report);
        _columns = [.. Columns.Select(c =>
            Array.FindIndex(file.Header, h => h.Equals(c, StringComparison.OrdinalIgnoreCase)))];
        _firstValue = Array.FindIndex(file.Header, h => h.Equals("f1", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Reads the items; bad rows go to the report.</summary>
    public IEnumerable<RecordedItem> Read()
    {
        foreach ((long number, string line) in _file.Lines())
        {
            if (number == 1 || line.Length == 0) continue;
            _report.Row();
            if (Parse(number, line) is { } item)
            {
                _report.Saw(item.Observation.At);
                yield return item;
            }
        }
    }

    private RecordedItem? Parse(long number, string line)
    {
        string[] cells = line.Split(',');
        if (cells.Length < _file.Header.Length)
            return Bad(number, $"it has {cells.Length} of {_file.Header.Length} columns");
        if (!TryTime(cells[_columns[0]], 1, out Timestamp local) || !local.HasValue)
            return Bad(number, $"local_ns is '{cells[_columns[0]]}'; it takes nanoseconds since 1970");
        if (!TryTime(cells[_columns[1]], 1_000_000, out Timestamp exchange))
            return Bad(number, $"E_ms is '{cells[_columns[1]]}'; it takes milliseconds since 1970, or nothing");
        if (!TryTime(cells[_columns[2]], 1_000_000, out Timestamp trade))
            return Bad(number, $"T_ms is '{cells[_columns[2]]}'; it takes milliseconds since 1970, or nothing");
        if (!TryName(cells[_columns[4]], cells[_columns[3]], out string symbol, out string error))
            return Bad(number, error);
        if (!TryStage(cells[_columns[5]], out string stage))
            return Bad(number, $"kind is '{cells[_columns[5]]}'; it takes 1 to 64 characters");
        Timestamp sent = trade.HasValue ? trade : exchange;
        if (sent.HasValue) return new RecordedItem(symbol, Observation.Latency(stage, sent, local));
        return TryPrice(stage, cells, out double price)
            ? new RecordedItem(symbol, Observation.Price(stage, price, local))
            : new RecordedItem(symbol, Observation.Time(local));
    }

    private bool TryPrice(string stage, string[] cells, out double price)
    {
        price = 0;
        if (_firstValue < 0 || stage is not ("bookTicker" or "trade" or "markPrice")) return false;
        if (!double.TryParse(cells[_firstValue], CultureInfo.InvariantCulture, out price) || !(price > 0)) return false;
        if (stage != "bookTicker") return true;
        if (_firstValue + 2 >= cells.Length
            || !double.TryParse(cells[_firstValue + 2], CultureInfo.InvariantCulture, out double ask) || !(ask > 0))
            return false;
        price = (price + ask) / 2;
        return true;
    }

    /// <summary>Reads a time; an empty cell is none.</summary>
    private static bool TryTime(string text, long nanoseconds, out Timestamp value)
    {
        value = default;
        if (text.Length == 0) return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number == 0 || number > long.MaxValue / nanoseconds)
            return false;
        value = new Timestamp(number * nanoseconds);
        return true;
    }

    private bool TryName(string symbol, string market, out string name, out string error)
    {
        error = string.Empty;
        if (_names.TryGetValue((symbol, market), out name!)) return true;
        string key = $"{symbol}.{market}";
        if (symbol.Length == 0 || market.Length == 0)
        {
            error = $"symbol is '{symbol}' and market '{market}'; both are needed";
            return false;
        }

        if (!SymbolName.TryParse(key, out SymbolName parsed, out error)
            || !parsed.IsLive || key.Contains('@', StringComparison.Ordinal))
        {
            error = error.Length > 0 ? error : $"symbol is '{key}'; it takes no '@'";
            return false;
        }

        _names[(symbol, market)] = name = key;
        return true;
    }

    private bool TryStage(string kind, out string stage)
    {
        if (_stages.TryGetValue(kind, out stage!)) return true;
        if (kind.Length is 0 or > 64) return false;
        _stages[kind] = stage = kind;
        return true;
    }

    private RecordedItem? Bad(long number, string message)
    {
        _report.Bad(number, message);
        return null;
    }
}
