using System.Text.Json;
using Guardian.Detection.Drift;
using Guardian.Detection.Latency;
using Guardian.Detection.Tests.Drift;
using Guardian.Detection.Tests.Latency;

namespace Guardian.Benchmarks.Scoring;

/// <summary>The part of the score sheet about the reference vectors, run through the product's code.</summary>
internal static class VectorSheet
{
    private const double SketchBound = 0.0078125;
    private static readonly int[] PerMille = [500, 900, 950, 990, 999];

    /// <summary>Writes it.</summary>
    /// <returns>True when every vector passed.</returns>
    public static bool Write(Sheet sheet)
    {
        (string File, string What, Tally Tally)[] all =
        [
            ("buckets.json", "bucket and both its edges, exact", Buckets()),
            ("p99_breach_table.json", "breach count, exact", BreachCounts()),
            ("p99_breach_table.json", "significant count at 0.1 %, exact", Significance()),
            ("quantiles_count_window.json", "percentiles, maximum and count at the limit, exact", CountWindows()),
            ("quantiles_merge.json", "merged percentiles within +0.78 %, count at the limit exact", Merges()),
            ("psi.json", "edges' counts exact, PSI to 1e-12 + 1e-10 of it, verdict", Psi()),
            ("drift.json", "ADWIN: index of each detection, exact", Detections("adwin")),
            (
                "drift.json", "Page-Hinkley, two-sided: index of each detection, exact",
                Detections("pageHinkleyTwoSided")),
        ];
        sheet.Heading("Reference vectors");
        sheet.Text(
            "Computed from the published definitions by independent programs. Time windows "
            + "(`quantiles_time_window.json`) are checked by `SlottedLatencyWindowTests`.");
        sheet.Table(
            ["file", "what", "passed", "of"],
            all.Select(a => (string[])[$"`{a.File}`", a.What, $"{a.Tally.Passed}", $"{a.Tally.Total}"]));
        return all.All(a => a.Tally.Passed == a.Tally.Total && a.Tally.Total > 0);
    }

    private static Tally Buckets() => Count(
        LatencyVectors.Load("buckets.json").GetProperty("rows").EnumerateArray(),
        row =>
        {
            JsonElement expected = row.GetProperty("loglin").GetProperty("7");
            int index = LogLinearBuckets.IndexOf(row.GetProperty("x").GetInt64());
            return index == expected[0].GetInt32()
                && LogLinearBuckets.LowerEdge(index) == expected[1].GetInt64()
                && LogLinearBuckets.UpperEdge(index) == expected[2].GetInt64();
        });

    private static Tally Table(Func<long, JsonElement, bool> passes) => Count(
        LatencyVectors.Load("p99_breach_table.json").GetProperty("rows").EnumerateArray(),
        row => passes(row[0].GetInt64(), row));

    private static Tally BreachCounts() => Table((n, row) => P99Rule.BreachCount(n) == row[1].GetInt64());

    private static Tally Significance()
    {
        BinomialSignificance rule = BinomialSignificance.ForAlpha(0.001);
        return Table((n, row) => rule.SmallestCount(n) == row[2].GetInt64());
    }

    private static Tally CountWindows()
    {
        Tally tally = new(0, 0);
        JsonElement streams = LatencyVectors.Load("quantiles_count_window.json").GetProperty("streams");
        foreach (JsonElement stream in streams.EnumerateArray())
        {
            long[] values = Stream(stream);
            foreach (JsonElement window in stream.GetProperty("windows").EnumerateArray())
            {
                CountWindow counts = new(window.GetProperty("window").GetInt32(), long.MaxValue, 50_000, 100_000);
                int at = 0;
                tally += Count(window.GetProperty("rows").EnumerateArray(), row =>
                {
                    for (; at <= row[0].GetInt32(); at++) counts.Add(at, values[at]);
                    return Agrees(counts, row);
                });
            }
        }

        return tally;
    }

    private static bool Agrees(CountWindow window, JsonElement row)
    {
        bool agrees = window.Count == row[1].GetInt64()
            && window.Percentile(1000) == row[7].GetInt64()
            && window.AtOrAboveLimit == row[8].GetInt64();
        for (int i = 0; i < PerMille.Length; i++)
            agrees &= window.Percentile(PerMille[i]) == row[2 + i].GetInt64();
        return agrees;
    }

    private static long[] Stream(JsonElement stream) => LatencyVectors.Stream(
        stream.GetProperty("name").GetString()!,
        stream.GetProperty("seed").GetUInt64(),
        stream.GetProperty("count").GetInt32());

    private static Tally Merges()
    {
        Dictionary<string, long[]> streams = LatencyVectors.Load("quantiles_count_window.json").GetProperty("streams")
            .EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!, Stream, StringComparer.Ordinal);
        return Count(LatencyVectors.Load("quantiles_merge.json").GetProperty("cases").EnumerateArray(), merge =>
        {
            LatencyHistogram all = new();
            foreach ((JsonElement symbol, JsonElement take) in merge.GetProperty("symbols").EnumerateArray()
                .Zip(merge.GetProperty("take").EnumerateArray()))
            {
                LatencyHistogram one = new(50_000, 100_000);
                foreach (long value in streams[symbol.GetString()!].TakeLast(take.GetInt32())) one.Add(value);
                all.Merge(one);
            }

            JsonElement expected = merge.GetProperty("merged");
            bool good = all.AtOrAboveLimit == expected.GetProperty("c100").GetInt64()
                && all.Maximum == expected.GetProperty("max").GetInt64();
            foreach (int part in PerMille)
            {
                string name = part == 999 ? "p999" : $"p{part / 10}";
                long exact = expected.GetProperty(name).GetInt64();
                good &= all.Percentile(part) is long told && told >= exact && told <= exact * (1 + SketchBound);
            }

            return good;
        });
    }

    private static Tally Psi()
    {
        using JsonDocument vectors = DriftVectors.Open("psi.json");
        return Count(vectors.RootElement.GetProperty("cases").EnumerateArray(), vector =>
        {
            JsonElement expected = vector.GetProperty("expected").GetProperty("nearestRank");
            FrozenReference reference = FrozenReference.Freeze(
                DriftVectors.Doubles(vector.GetProperty("reference")),
                vector.GetProperty("bins_requested").GetInt32(),
                window: 500);
            long[] counts = new long[reference.BinCount];
            foreach (double value in DriftVectors.Doubles(vector.GetProperty("actual")).Where(double.IsFinite))
                counts[reference.IndexOf(value)]++;
            double psi = PopulationStabilityIndex.Compute(reference.Counts, counts);
            double known = expected.GetProperty("psi_jeffreys05").GetDouble();
            DriftJudgement judged = DriftJudgement.Judge(
                psi, reference.Count, counts.Sum(), ChiSquare.Quantile(0.999, reference.BinCount - 1), 0,
                DriftPolicy.Default);
            string verdict = judged.Level switch
            {
                Detection.Level.Unknown => "insufficientData",
                Detection.Level.Healthy => "stable",
                Detection.Level.Warning => "moderate",
                _ => "drift",
            };
            return reference.Counts.SequenceEqual(DriftVectors.Longs(expected.GetProperty("reference_counts")))
                && counts.AsSpan().SequenceEqual(DriftVectors.Longs(expected.GetProperty("actual_counts")))
                && Math.Abs(psi - known) <= 1e-12 + (1e-10 * known)
                && verdict == expected.GetProperty("verdict").GetString();
        });
    }

    // Rows of the old off-by-one cut of ADWIN and of a one-sided Page-Hinkley are not offered by the product.
    private static Tally Detections(string detector)
    {
        using JsonDocument vectors = DriftVectors.Open("drift.json");
        Tally tally = new(0, 0);
        foreach (JsonElement stream in vectors.RootElement.GetProperty("streams").EnumerateArray())
        {
            double[] values = DriftVectors.Stream(stream);
            tally += Count(
                stream.GetProperty("expected").EnumerateArray().Where(
                    row => row.GetProperty("detector").GetString() == detector && IsOffered(row.GetProperty("params"))),
                row => Detect(detector, row.GetProperty("params"), values).SequenceEqual(
                    row.GetProperty("detections").EnumerateArray().Select(d => d.GetInt32())));
        }

        return tally;
    }

    private static bool IsOffered(JsonElement parameters) =>
        parameters.TryGetProperty("skip_last_cut", out JsonElement skip)
            ? !skip.GetBoolean()
            : parameters.GetProperty("mode").GetString() == "both";

    private static List<int> Detect(string detector, JsonElement parameters, double[] values)
    {
        bool adwin = detector == "adwin";
        Adwin? first = adwin
            ? new Adwin(parameters.GetProperty("delta").GetDouble(), parameters.GetProperty("clock").GetInt32())
            : null;
        PageHinkley? second = adwin ? null : new PageHinkley(
            parameters.GetProperty("delta").GetDouble(),
            parameters.GetProperty("threshold").GetDouble(),
            parameters.GetProperty("alpha").GetDouble());
        bool resets = !adwin || parameters.GetProperty("reset_on_detection").GetBoolean();
        List<int> found = [];
        for (int i = 0; i < values.Length; i++)
        {
            if (!(first?.Update(values[i]) ?? second!.Update(values[i]))) continue;
            found.Add(i);
            if (!resets) continue;
            first?.Reset();
            second?.Reset();
        }

        return found;
    }

    private static Tally Count(IEnumerable<JsonElement> rows, Func<JsonElement, bool> passes)
    {
        Tally tally = new(0, 0);
        foreach (JsonElement row in rows) tally += new Tally(passes(row) ? 1 : 0, 1);
        return tally;
    }

    private sealed record Tally(int Passed, int Total)
    {
        public static Tally operator +(Tally left, Tally right) =>
            new(left.Passed + right.Passed, left.Total + right.Total);
    }
}
