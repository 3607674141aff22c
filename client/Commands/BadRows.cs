using Guardian.Cli.Recordings;

namespace Guardian.Cli.Commands;

/// <summary>Tells people about rows that could not be read, on standard error.</summary>
internal static class BadRows
{
    public static void Show(Invocation invocation, IReadOnlyList<RecordingReport> reports)
    {
        long count = reports.Sum(r => r.BadRowCount);
        if (count == 0) return;
        BadRow[] shown = [.. reports.SelectMany(r => r.BadRows).Take(RecordingReport.MostShown)];
        foreach (BadRow row in shown) invocation.WriteError($"{row.File}:{row.Line}: {row.Message}");
        invocation.WriteError(
            $"{count} bad row(s)" + (count > shown.Length ? $", the first {shown.Length} shown" : string.Empty)
            + "; the others were taken.");
    }
}
