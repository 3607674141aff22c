namespace Guardian.Benchmarks.Measuring;

/// <summary>Runs a suite: each row is reported as soon as it is known, then the page.</summary>
internal static class SuiteRun
{
    /// <summary>Measures, reports, and writes the suite's part of the page where that is asked for.</summary>
    /// <param name="line">What was asked for.</param>
    /// <param name="rows">Measures one row after the other.</param>
    /// <param name="notes">What a reader must know.</param>
    /// <param name="output">Where to report.</param>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static int Run(
        CommandLine line, IEnumerable<BenchmarkRow> rows, IEnumerable<string> notes, TextWriter output)
    {
        string before = Machine.Load();
        if (!line.Json) output.WriteLine($"commit {Machine.Commit}, load {before}, {Machine.Name}");
        List<BenchmarkRow> all = [];
        foreach (BenchmarkRow row in rows)
        {
            all.Add(row);
            if (!line.Json) Report.WriteText(output, row);
        }

        string load = $"{before} to {Machine.Load()}";
        if (line.Json) Report.WriteJson(output, load, all);
        if (line.Write) BenchmarkPage.Write(line.Suite, Report.Section(load, all, notes));
        int missed = all.Count(r => r.Met == false);
        if (!line.Json) output.WriteLine(missed == 0 ? "every goal met" : $"{missed} goals missed");
        return missed == 0 ? 0 : 1;
    }
}
