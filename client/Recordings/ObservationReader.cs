using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>Reads Guardian's own NDJSON, see <see cref="ObservationLine"/>.</summary>
internal sealed class ObservationReader(RecordingFile file, RecordingReport report)
{
    /// <summary>Reads the items; bad rows go to the report. A symbol may not name a session: the replay does.</summary>
    public IEnumerable<RecordedItem> Read()
    {
        foreach ((long number, string line) in file.Lines())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            report.Row();
            if (!ObservationLine.TryRead(line, timeNeeded: true, out RecordedItem item, out string error))
            {
                report.Bad(number, error);
                continue;
            }

            if (item.Symbol.Contains('@', StringComparison.Ordinal))
            {
                report.Bad(
                    number, $"symbol is '{item.Symbol}'; in a replay --session names the session, not the symbol");
                continue;
            }

            report.Saw(item.Observation.At);
            yield return item;
        }
    }
}
