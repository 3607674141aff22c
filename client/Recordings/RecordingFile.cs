using System.IO.Compression;
using System.Text;

namespace Guardian.Cli.Recordings;

/// <summary>Opens recordings, gzip as is, and tells what they hold. Reads one file at a time,
/// never a whole one.</summary>
internal sealed class RecordingFile
{
    /// <summary>Longest line that is read, in characters.</summary>
    public const int LongestLine = 65_536;

    private RecordingFile(string path, RecordingFormat format, string[] header) =>
        (Path, Format, Header) = (path, format, header);

    /// <summary>Gets the path as it was given.</summary>
    public string Path { get; }

    /// <summary>Gets what it holds.</summary>
    public RecordingFormat Format { get; }

    /// <summary>Gets the column names; empty where it has none.</summary>
    public string[] Header { get; }

    /// <summary>Gets the file's name without <c>.gz</c> and its ending.</summary>
    public string Stem
    {
        get
        {
            string name = System.IO.Path.GetFileName(Path);
            if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) name = name[..^3];
            return System.IO.Path.GetFileNameWithoutExtension(name);
        }
    }

    /// <summary>Finds a column by its name, whatever its case; −1 where there is none.</summary>
    public int ColumnOf(string name) =>
        Array.FindIndex(Header, h => h.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Looks at the beginning of a file, and at all of a packed one: a damaged one is refused here.</summary>
    /// <exception cref="UsageException">It is missing, can't be read, is empty or of no known form.</exception>
    public static RecordingFile Open(string path)
    {
        if (Directory.Exists(path)) throw new UsageException(
            $"Condition failed: '{path}' is a folder; name the files in it.");
        if (!File.Exists(path)) throw new UsageException(
            $"Condition failed: there is no file '{path}'; check the path.");
        try
        {
            GzipCheck.Check(path);
            using StreamReader reader = OpenText(path);
            string? first = ReadLine(reader);
            while (first is not null && string.IsNullOrWhiteSpace(first)) first = ReadLine(reader);
            if (first is null) throw new UsageException($"Condition failed: '{path}' is empty.");
            return Recognise(path, first);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw Broken(path, e);
        }
    }

    /// <summary>Opens the text of a file; gzip is told by its first two bytes.</summary>
    public static StreamReader OpenText(string path)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 65_536, FileOptions.SequentialScan);
        Stream stream = GzipCheck.IsGzip(file) ? new GZipStream(file, CompressionMode.Decompress) : file;
        return new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 65_536);
    }

    /// <summary>Reads all lines with their numbers, from 1; line ends of any system.</summary>
    /// <exception cref="UsageException">The file is damaged; the message says how.</exception>
    public IEnumerable<(long Number, string Line)> Lines()
    {
        using StreamReader reader = OpenText(Path);
        for (long number = 1; ; number++)
        {
            string? line;
            try
            {
                line = ReadLine(reader);
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                throw Broken(Path, e);
            }

            if (line is null) yield break;
            yield return (number, line);
        }
    }

    /// <summary>Reads it once to its end.</summary>
    /// <returns>The number of lines, the header included.</returns>
    /// <exception cref="UsageException">The file can't be read; the message says why.</exception>
    public long CountLines()
    {
        long lines = 0;
        foreach ((long number, string _) in Lines()) lines = number;
        return lines;
    }

    private static RecordingFile Recognise(string path, string first)
    {
        if (first.TrimStart().StartsWith('{')) return new RecordingFile(path, RecordingFormat.Observations, []);
        string[] header = [.. first.Split(',').Select(c => c.Trim().Trim('"'))];
        if (Has(header, "local_ns") || Has(header, "E_ms"))
        {
            Require(path, header, "a feed", FeedReader.Columns);
            return new RecordingFile(path, RecordingFormat.Feed, header);
        }

        if (Has(header, "Order_ID") || Has(header, "Status"))
        {
            Require(path, header, "an order log", OrderLogReader.Columns);
            return new RecordingFile(path, RecordingFormat.Orders, header);
        }

        if (Has(header, "local_timestamp"))
        {
            bool quotes = TardisReader.IsQuotes(header);
            Require(path, header, quotes ? "Tardis quotes" : "Tardis trades",
                quotes ? TardisReader.Quotes : TardisReader.Trades);
            return new RecordingFile(path, RecordingFormat.Tardis, header);
        }

        if (Has(header, "close") || Has(header, "open"))
        {
            Require(path, header, "OHLC bars", BarReader.Columns);
            return new RecordingFile(path, RecordingFormat.Bars, header);
        }

        string shown = first.Length > 80 ? first[..80] + "…" : first;
        throw new UsageException(
            $"Condition failed: '{path}' is of no known form; its first line is '{shown}'. Known are: observations as "
            + "NDJSON, feed CSV (local_ns,E_ms,T_ms,market,symbol,kind,…), order logs (Timestamp,Order_ID,Status), "
            + "OHLC bars (timestamp,open,high,low,close,…), Tardis trades and quotes (exchange,symbol,timestamp,"
            + "local_timestamp,…).");
    }

    private static void Require(string path, string[] header, string form, IReadOnlyList<string> columns)
    {
        string[] missing = [.. columns.Where(c => !Has(header, c))];
        if (missing.Length > 0)
        {
            throw new UsageException(
                $"Condition failed: '{path}' looks like {form} but lacks the column(s) {string.Join(", ", missing)}; "
                + $"it has {string.Join(", ", header)}.");
        }
    }

    private static bool Has(string[] header, string column) =>
        header.Contains(column, StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a line, cut where it gets too long, so that a file without line ends can't fill the
    /// memory.</summary>
    private static string? ReadLine(StreamReader reader)
    {
        StringBuilder? text = null;
        while (true)
        {
            int read = reader.Read();
            if (read < 0) return text?.ToString();
            text ??= new StringBuilder(128);
            if (read == '\n')
            {
                if (text.Length > 0 && text[^1] == '\r') text.Length--;
                return text.ToString();
            }

            if (text.Length < LongestLine) text.Append((char)read);
        }
    }

    private static UsageException Broken(string path, Exception e) => new(
        $"Condition failed: '{path}' can't be read ({e.Message}); "
        + "if it is gzip it is damaged or cut off: fetch it again.",
        e);
}
