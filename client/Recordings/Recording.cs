using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>A file to be replayed: its items, and at its end the mark that time reached the file's last
/// moment.</summary>
internal sealed class Recording
{
    private readonly RecordingFile _file;

    private Recording(RecordingFile file)
    {
        _file = file;
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
        RecordingFormat.Feed => "feed",
        RecordingFormat.Orders => "orders",
        RecordingFormat.Bars => "bars",
        _ => "default",
    };

    /// <summary>Looks at a file, all of it, so that a damaged one does nothing half.</summary>
    /// <exception cref="UsageException">It can't be replayed; the message says why.</exception>
    public static Recording Open(string path)
    {
        RecordingFile file = RecordingFile.Open(path);
        if (file.Format is RecordingFormat.Bars or RecordingFormat.Tardis)
        {
            string what = file.Format == RecordingFormat.Bars ? "OHLC bars" : "Tardis data";
            throw new UsageException(
                $"Condition failed: '{path}' holds {what}, "
                + "which this version can't replay yet; it takes observations (NDJSON), feeds and order logs.");
        }

        return new Recording(file) { Lines = file.CountLines() };
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
        _ => new ObservationReader(_file, Report).Read(),
    };
}
