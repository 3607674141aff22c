using Guardian.Detection;
using Guardian.Detection.Drift;

namespace Guardian.Benchmarks.Scoring;

/// <summary>The part of the score sheet about drift: false alarms, power, delay.</summary>
internal static class DriftSheet
{
    private const int Seed = 20220121;
    private const double Promised = 0.002;

    private static readonly int[] Sizes = [50, 100, 250, 500, 1000];
    private static readonly double[] Repeats = [0, 0.5, 0.9];
    private static readonly double[] Shifts = [0.3, 0.6, 1.0];
    private static readonly double ChiSquareAtTenBins = ChiSquare.Quantile(0.999, 9);

    /// <summary>Writes it.</summary>
    /// <returns>True when independent data gives at most the promised false alarms at every size.</returns>
    public static bool Write(Sheet sheet, int trials)
    {
        bool good = WriteFalseAlarms(sheet, trials);
        WritePower(sheet, trials / 10);
        WriteDelay(sheet, trials / 20);
        return good;
    }

    private static bool WriteFalseAlarms(Sheet sheet, int trials)
    {
        double allowed = Promised * trials;
        double line = allowed + (4 * Math.Sqrt(allowed));
        bool good = true;
        sheet.Heading("Drift: false alarms");
        sheet.Text(
            $"Breaches per 10,000 windows without any drift: a reference of n values and a window of the next m, "
            + $"judged "
            + $"once, {trials:#,0} times each, normal values, seed {Seed}. AR(1) values repeat: each is ρ times the "
            + $"one "
            + "before plus noise. In brackets what the bare rule PSI ≥ 0.25 would give. Promised for independent "
            + "values: "
            + $"at most 20, to within chance (four standard deviations: {line * 10_000 / trials:F0}).");
        foreach (double repeat in Repeats)
        {
            sheet.Text(repeat == 0 ? "Independent values:" : $"AR(1), ρ = {repeat}:");
            List<string[]> rows = [];
            foreach (int n in Sizes)
            {
                List<string> row = [$"n = {n}"];
                foreach (int m in Sizes)
                {
                    (int breaches, int bare) = Trials(n, m, trials, repeat, 0);
                    if (repeat == 0 && breaches > line) good = false;
                    row.Add($"{Per(breaches)} ({Per(bare)})");
                }

                rows.Add([.. row]);
            }

            sheet.Table([string.Empty, .. Sizes.Select(m => $"m = {m}")], rows);
        }

        sheet.Text(
            "What repeats is what the block line is for: it needs a reference of at least three windows (n ≥ 3 m), and "
            + "a reference that short shows only a part of how far its blocks wander. Strongly repeating features need "
            + "long references (profile `bars`: five days for windows of one), or differences instead of levels.");
        sheet.Text(good ? "The promise for independent values holds at every size." : "**The promise is missed.**");
        return good;

        string Per(int count) => $"{count * 10_000.0 / trials:F0}";
    }

    private static void WritePower(Sheet sheet, int trials)
    {
        sheet.Heading("Drift: power");
        sheet.Text(
            $"Share of windows that breach when every value of the window is shifted by so many standard deviations; "
            + $"independent normal values, judged once, {trials:#,0} times each, seed {Seed}. Shown at 0.3 / 0.6 / "
            + $"1.0 σ.");
        List<string[]> rows = [];
        foreach (int n in Sizes)
        {
            List<string> row = [$"n = {n}"];
            foreach (int m in Sizes)
            {
                row.Add(string.Join(
                    " / ", Shifts.Select(s => $"{Trials(n, m, trials, 0, s).Breaches * 100.0 / trials:F0} %")));
            }

            rows.Add([.. row]);
        }

        sheet.Table([string.Empty, .. Sizes.Select(m => $"m = {m}")], rows);
        sheet.Text(
            "A shift of 0.3 σ has a PSI of about 0.09, which is below the warning line of 0.10: it is not a breach by "
            + "the rule, and a high share there would be noise, not power. ADWIN and Page-Hinkley are for such "
            + "shifts.");
    }

    private static void WriteDelay(Sheet sheet, int trials)
    {
        const int patience = 2_000;
        sheet.Heading("Drift: delay");
        sheet.Text(
            $"Values from a lasting shift to the first answer, default settings (n 1000, m 500, every 50 values), "
            + $"{trials:#,0} runs of a guardrail that was full before the shift, at most {patience:#,0} values: "
            + $"median, "
            + $"slowest, and share of runs that answered. Early warnings never trip. Seed {Seed}.");
        List<string[]> rows = [];
        foreach (double shift in Shifts.Append(0))
        {
            List<int> warning = [], adwin = [], pageHinkley = [], breach = [], confirmed = [];
            Random random = new(Seed);
            for (int i = 0; i < trials; i++)
            {
                Delays d = Delay(random, shift, patience);
                Keep(warning, d.Warning);
                Keep(adwin, d.Adwin);
                Keep(pageHinkley, d.PageHinkley);
                Keep(breach, d.Breach);
                Keep(confirmed, d.Confirmed);
            }

            string name = shift == 0 ? "none (false)" : $"{shift:0.0} σ";
            rows.Add([name, Tell(adwin), Tell(pageHinkley), Tell(warning), Tell(breach), Tell(confirmed)]);
        }

        sheet.Table(
            ["shift", "ADWIN", "Page-Hinkley", "any Warning or worse", "Breach", "confirmed Breach (trips)"], rows);

        static void Keep(List<int> list, int value)
        {
            if (value > 0) list.Add(value);
        }

        string Tell(List<int> found)
        {
            if (found.Count == 0) return "– (0 %)";
            found.Sort();
            return $"{found[found.Count / 2]}, {found[^1]} ({found.Count * 100.0 / trials:F0} %)";
        }
    }

    private static Delays Delay(Random random, double shift, int patience)
    {
        DriftGuardrail drift = new("feature", DriftPolicy.Default);
        long now = 0;
        for (int i = 0; i < 1_500; i++) drift.Record(now += 1_000_000_000, Normal(random));
        long adwin = drift.AdwinDetections;
        long pageHinkley = drift.PageHinkleyDetections;
        Delays d = default;
        for (int i = 1; i <= patience; i++)
        {
            drift.Record(now += 1_000_000_000, shift + Normal(random));
            if (d.Adwin == 0 && drift.AdwinDetections > adwin) d = d with { Adwin = i };
            if (d.PageHinkley == 0 && drift.PageHinkleyDetections > pageHinkley) d = d with { PageHinkley = i };
            if (d.Warning == 0 && drift.Level >= Level.Warning) d = d with { Warning = i };
            if (d.Breach == 0 && drift.Level == Level.Breach) d = d with { Breach = i };
            if (d.Confirmed == 0 && drift.Confirmed) d = d with { Confirmed = i };
        }

        return d;
    }

    private static (int Breaches, int Bare) Trials(int n, int m, int trials, double repeat, double shift)
    {
        Random random = new(Seed);
        double noise = Math.Sqrt(1 - (repeat * repeat));
        double[] values = new double[n];
        int breaches = 0;
        int bare = 0;
        for (int i = 0; i < trials; i++)
        {
            double last = Normal(random);
            for (int k = 0; k < n; k++) values[k] = Next();
            FrozenReference reference = FrozenReference.Freeze(values, 10, m);
            long[] counts = new long[reference.BinCount];
            for (int k = 0; k < m; k++) counts[reference.IndexOf(shift + Next())]++;
            DriftJudgement judged = DriftJudgement.Judge(
                PopulationStabilityIndex.Compute(reference.Counts, counts),
                n, m, ChiSquareAtTenBins, reference.BlockLine, DriftPolicy.Default);
            if (judged.Level == Level.Breach) breaches++;
            if (judged.Psi >= DriftPolicy.Default.Breach) bare++;

            double Next() => last = (repeat * last) + (noise * Normal(random));
        }

        return (breaches, bare);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private readonly record struct Delays(int Warning, int Adwin, int PageHinkley, int Breach, int Confirmed);
}
