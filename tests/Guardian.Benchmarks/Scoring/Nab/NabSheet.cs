namespace Guardian.Benchmarks.Scoring.Nab;

/// <summary>The part of the score sheet about the labelled series.</summary>
internal static class NabSheet
{
    private static readonly (string Name, double Score)[] Published =
    [
        ("ARTime", 74.9), ("Numenta HTM", 70.1), ("Relative Entropy", 54.6), ("Random Cut Forest", 51.7),
        ("Windowed Gaussian", 39.6),
    ];

    /// <summary>Writes it; says so where the series are not there.</summary>
    public static void Write(Sheet sheet)
    {
        sheet.Heading("Labelled series (Numenta Anomaly Benchmark)");
        List<NabSeries> series = NabSeries.ReadAll(out string? reason);
        if (reason is not null)
        {
            sheet.Text($"Not measured: {reason}");
            return;
        }

        List<(NabSeries Series, double[] Scores)> corpus =
            [.. series.Select(s => (s, AnomalyScore.Of(s.Values)))];
        NabResult all = NabScore.Optimise(corpus);
        sheet.Text(
            $"**{all.Score:F1}** of 100 over {series.Count} series with {all.Windows} labelled windows, standard "
            + $"profile: {all.Found} windows found, {all.Outside} detections outside of windows, at the threshold "
            + $"{all.Threshold:F4}, the best for the corpus, as the benchmark chooses it.");
        sheet.Text(
            "The score is derived from the product's detectors, not from a special one: the z-score of a value in the "
            + "frozen history, weighted with how rare so extreme a value was there, and the PSI of the last "
            + $"{AnomalyScore.Window} values over its limit (`AnomalyScore.cs` in `tests/Guardian.Benchmarks`). One "
            + $"setting for all series: freeze every {AnomalyScore.Step} values, drift weight "
            + $"{AnomalyScore.DriftWeight}, one alarm per episode of {AnomalyScore.Quiet} values.");
        sheet.Text(
            "How far to trust it: the form of the score and its settings were chosen once, on these same series, among "
            + "some five hundred variants, and then fixed; no setting differs between series. The halves below use the "
            + "threshold of the other half, so that there at least the threshold is not fitted.");
        WriteHalves(sheet, corpus);
        WriteKinds(sheet, corpus, all.Threshold);
        WritePublished(sheet, all, series.Count);
    }

    private static void WriteHalves(Sheet sheet, List<(NabSeries Series, double[] Scores)> corpus)
    {
        List<(NabSeries, double[])> odd = [.. corpus.Where((_, i) => i % 2 == 0)];
        List<(NabSeries, double[])> even = [.. corpus.Where((_, i) => i % 2 == 1)];
        NabResult ofOdd = NabScore.Optimise(odd);
        NabResult ofEven = NabScore.Optimise(even);
        sheet.Table(
            ["series by name", "own best threshold", "threshold of the other half"],
            [
                ["1st, 3rd, 5th …", $"{ofOdd.Score:F1}", $"{NabScore.ScoreAt(odd, ofEven.Threshold).Score:F1}"],
                ["2nd, 4th, 6th …", $"{ofEven.Score:F1}", $"{NabScore.ScoreAt(even, ofOdd.Threshold).Score:F1}"],
            ]);
    }

    private static void WriteKinds(
        Sheet sheet, List<(NabSeries Series, double[] Scores)> corpus, double threshold)
    {
        List<string[]> rows = [];
        foreach (IGrouping<string, (NabSeries Series, double[] Scores)> kind in
            corpus.GroupBy(c => c.Series.Kind, StringComparer.Ordinal))
        {
            NabResult result = NabScore.ScoreAt([.. kind], threshold);
            string score = result.Windows == 0 ? "–" : $"{result.Score:F1}";
            rows.Add([kind.Key, $"{kind.Count()}", $"{result.Windows}", $"{result.Found}", $"{result.Outside}", score]);
        }

        sheet.Table(["kind", "series", "windows", "found", "detections outside", "score"], rows);
    }

    private static void WritePublished(Sheet sheet, NabResult all, int count)
    {
        sheet.Text(
            $"Beside published scores (standard profile). Theirs are over the benchmark's full corpus of 58 series, "
            + $"ours over the {count} that were at hand (artificial, cloud metrics, traffic; no adverts, tweets or "
            + "known causes), so the rows do not rank against each other to the point.");
        sheet.Table(
            ["detector", "score", "over"],
            [
                .. Published.Select(p => (string[])[p.Name, $"{p.Score:F1}", "58 series"])
                    .Append(["Guardian's detectors", $"{all.Score:F1}", $"{count} series"])
                    .OrderByDescending(r => double.Parse(r[1])),
            ]);
    }
}
