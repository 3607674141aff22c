using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>A file to be replayed: its items, and at its end the mark that time reached the file's last
/// moment.</summary>
internal sealed class Recording
{
    private readonly RecordingFile _file;
    private readonly string? _symbol;

    private Recording(RecordingFile file, string? symbol)
    {
        (_file, _symbol) = (file, symbol);
        Report = new RecordingReport(file.Path);
    }

    /// <summary>Gets what it holds.</summary>
    public RecordingFormat Format => _file.Format;

    /// <summary>Gets the number of lines, the header included.</summary>
    public long Lines { get; private init; }

    /// <summary>Gets what reading it has come to.</summary>
    public RecordingReport Report { get; }

    /// <summary>Gets the profile that suits it.</summary>
    public string Profile => Format switch
    {
        RecordingFormat.Feed or RecordingFormat.Tardis => "feed",
        RecordingFormat.Orders => "orders",
        RecordingFormat.Bars => "bars",
        _ => "default",
    };

    /// <summary>Looks at a file, all of it, so that a damaged one does nothing half.</summary>
    /// <param name="path">The file.</param>
    /// <param name="symbol">The symbol of bars; null: the file's stem.</param>
    /// <exception cref="UsageException">It can't be replayed; the message says why.</exception>
    public static Recording Open(string path, string? symbol = null)
    {
        RecordingFile file = RecordingFile.Open(path);
        return new Recording(file, symbol) { Lines = file.CountLines() };
    }

    /// <summary>Reads all items once.</summary>
    /// <exception cref="UsageException">The file is damaged.</exception>
    public IEnumerable<RecordedItem> Read()
    {
        HashSet<string> symbols = new(StringComparer.Ordinal);
        foreach (RecordedItem item in ReadRows())
        {
            symbols.Add(item.Symbol);
            yield return item;
        }

        foreach (string symbol in symbols.Order(StringComparer.Ordinal))
            yield return new RecordedItem(symbol, Observation.Time(Report.Last));
    }

    private IEnumerable<RecordedItem> ReadRows() => _file.Format switch
    {
        RecordingFormat.Feed => new FeedReader(_file, Report).Read(),
        RecordingFormat.Orders => new OrderLogReader(_file, Report).Read(),
        RecordingFormat.Bars => new BarReader(_file, Report, _symbol).Read(),
        RecordingFormat.Tardis => new TardisReader(_file, Report).Read(),
        _ => new ObservationReader(_file, Report).Read(),
    };
}
