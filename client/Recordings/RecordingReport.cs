using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>A row that could not be read.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">The line, from 1; the header is line 1.</param>
/// <param name="Message">What is wrong, with field and value.</param>
internal sealed record BadRow(string File, long Line, string Message);

/// <summary>What reading a file has come to; filled while it is read. Not thread safe.</summary>
internal sealed class RecordingReport(string file)
{
    /// <summary>Bad rows that are kept with line number; beyond that they are only counted.</summary>
    public const int MostShown = 20;

    private readonly List<BadRow> _badRows = [];

    /// <summary>Gets the file.</summary>
    public string File { get; } = file;

    /// <summary>Gets the number of rows, without header and empty lines, bad ones included.</summary>
    public long Rows { get; private set; }

    /// <summary>Gets the number of bad rows.</summary>
    public long BadRowCount { get; private set; }

    /// <summary>Gets the first bad rows.</summary>
    public IReadOnlyList<BadRow> BadRows => _badRows;

    /// <summary>Gets the latest time in the file; none when it has none.</summary>
    public Timestamp Last { get; private set; }

    public void Row() => Rows++;

    public void Bad(long line, string message)
    {
        BadRowCount++;
        if (_badRows.Count < MostShown) _badRows.Add(new BadRow(File, line, message));
    }

    public void Saw(Timestamp at)
    {
        if (at > Last) Last = at;
    }
}
