using System.Globalization;
using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>Reads Tardis trades and quotes: symbol <c>symbol.exchange</c>, latency by both clocks.</summary>
/// <remarks>
/// Rows with <c>side</c> and <c>price</c> are trades, stage <c>trade</c>; rows with bid and ask prices are quotes,
/// stage <c>quote</c>. The exchange's time is <c>timestamp</c>, the receiver's <c>local_timestamp</c>, both in
/// microseconds. Each row is a latency; rows stand in order of the receiver's time.
/// </remarks>
internal sealed class TardisReader
{
    /// <summary>The columns of trades.</summary>
    public static readonly IReadOnlyList<string> Trades =
        ["exchange", "symbol", "timestamp", "local_timestamp", "id", "side", "price", "amount"];

    /// <summary>The columns of quotes.</summary>
    public static readonly IReadOnlyList<string> Quotes =
    [
        "exchange", "symbol", "timestamp", "local_timestamp", "ask_amount", "ask_price", "bid_price", "bid_amount",
    ];

    private const long NanosecondsPerMicrosecond = 1_000;

    private readonly Dictionary<(string Symbol, string Exchange), string> _names = [];
    private readonly RecordingFile _file;
    private readonly RecordingReport _report;
    private readonly int[] _columns;
    private readonly string[] _prices;
    private readonly int[] _priceColumns;
    private readonly string _stage;
    private Timestamp _now;

    public TardisReader(RecordingFile file, RecordingReport report)
    {
        (_file, _report) = (file, report);
        bool quotes = IsQuotes(file.Header);
        _stage = quotes ? "quote" : "trade";
        _columns = [.. Trades.Take(4).Select(file.ColumnOf)];
        _prices = quotes ? ["ask_price", "bid_price"] : ["price"];
        _priceColumns = [.. _prices.Select(file.ColumnOf)];
    }

    /// <summary>Whether a header is that of quotes and not of trades.</summary>
    public static bool IsQuotes(string[] header) =>
        header.Contains("ask_price", StringComparer.OrdinalIgnoreCase)
        || header.Contains("bid_price", StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the items; bad rows go to the report.</summary>
    public IEnumerable<RecordedItem> Read()
    {
        foreach ((long number, string line) in _file.Lines())
        {
            if (number == 1 || line.Length == 0) continue;
            _report.Row();
            if (Error(line, out RecordedItem item) is { } wrong)
            {
                _report.Bad(number, wrong);
                continue;
            }

            _now = item.Observation.At;
            _report.Saw(_now);
            yield return item;
        }
    }

    private string? Error(string line, out RecordedItem item)
    {
        item = default;
        string[] cells = line.Split(',');
        if (cells.Length < _file.Header.Length) return $"it has {cells.Length} of {_file.Header.Length} columns";
        if (!TryTime(cells[_columns[2]], out Timestamp sent))
            return $"timestamp is '{cells[_columns[2]]}'; it takes microseconds since 1970";
        if (!TryTime(cells[_columns[3]], out Timestamp local))
            return $"local_timestamp is '{cells[_columns[3]]}'; it takes microseconds since 1970";
        if (local < _now)
        {
            return $"local_timestamp {local} is before that of the row above, {_now}; "
                + "the rows stand in order of the receiver's time";
        }

        for (int i = 0; i < _prices.Length; i++)
        {
            string cell = cells[_priceColumns[i]];
            // One side of a book may be empty.
            if (cell.Length == 0 && _prices.Length > 1) continue;
            if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double price)
                || !double.IsFinite(price)) return $"{_prices[i]} is '{cell}'; it takes a number";
        }

        if (NameError(cells[_columns[1]], cells[_columns[0]], out string name) is { } wrong) return wrong;
        item = new RecordedItem(name, Observation.Latency(_stage, sent, local));
        return null;
    }

    private string? NameError(string symbol, string exchange, out string name)
    {
        if (_names.TryGetValue((symbol, exchange), out name!)) return null;
        name = $"{symbol}.{exchange}";
        if (symbol.Length == 0 || exchange.Length == 0)
            return $"symbol is '{symbol}' and exchange '{exchange}'; both are needed";
        if (name.Contains('@', StringComparison.Ordinal)) return $"symbol is '{name}'; it takes no '@'";
        if (!SymbolName.TryParse(name, out _, out string error)) return error;
        _names[(symbol, exchange)] = name;
        return null;
    }

    private static bool TryTime(string text, out Timestamp at)
    {
        at = default;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number == 0 || number > long.MaxValue / NanosecondsPerMicrosecond)
            return false;
        at = new Timestamp(number * NanosecondsPerMicrosecond);
        return true;
    }
}
