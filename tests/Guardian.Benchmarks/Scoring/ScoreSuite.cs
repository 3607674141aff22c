using Guardian.Benchmarks.Measuring;
using Guardian.Benchmarks.Scoring.Nab;

namespace Guardian.Benchmarks.Scoring;

/// <summary>The suite <c>score</c>: how well the detectors judge, on one sheet.</summary>
internal static class ScoreSuite
{
    /// <summary>Measures and shows the sheet, and writes it where that is asked for.</summary>
    /// <returns>0 when every vector passed and every goal was met, 1 otherwise.</returns>
    public static int Run(CommandLine line, TextWriter output)
    {
        Sheet sheet = new("Detection score sheet");
        sheet.Text(
            "Written by `dotnet run -c Release --project tests/Guardian.Benchmarks -- score --write`; not edited by "
            + "hand. Every random number comes from a seed that is given here, so the figures repeat exactly.");
        string quick = line.Quick ? " Quick form: fewer trials." : string.Empty;
        sheet.Text($"Commit `{Machine.Commit}`, {Machine.Day}.{quick}");
        bool good = VectorSheet.Write(sheet);
        good &= DriftSheet.Write(sheet, line.Quick ? 1_000 : 10_000);
        RecordingSheet.Write(sheet);
        NabSheet.Write(sheet);
        output.WriteLine(sheet);
        if (line.Write) CommandLine.WritePage("detection.md", sheet.ToString());
        return good ? 0 : 1;
    }
}
