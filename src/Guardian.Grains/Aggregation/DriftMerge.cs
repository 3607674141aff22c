using Guardian.Contracts;
using Guardian.Detection.Drift;

namespace Guardian.Grains.Aggregation;

/// <summary>Adds up the drift of each feature over symbols. Pure, thread-safe.</summary>
public static class DriftMerge
{
    private const double Significance = 0.999;

    /// <summary>Merges the features of all summaries, by feature.</summary>
    public static FeatureDrift[] Merge(IEnumerable<GuardianSummary> summaries)
    {
        var features = new SortedDictionary<string, List<Part>>(StringComparer.Ordinal);
        foreach (GuardianSummary summary in summaries)
        {
            foreach (SubjectLevel level in summary.Levels)
            {
                if (level.Guardrail is not "drift") continue;
                FeatureCounts? counts = Array.Find(
                    summary.Features, f => string.Equals(f.Feature, level.Subject, StringComparison.Ordinal));
                if (!features.TryGetValue(level.Subject, out List<Part>? parts))
                    features[level.Subject] = parts = [];
                parts.Add(new Part(summary.Summary.Symbol, level.Level, Mergeable(counts)));
            }
        }

        return [.. features.Select(f => Merge(f.Key, f.Value))];
    }

    // What a damaged or foreign message may bring is left out, not thrown on.
    private static FeatureCounts? Mergeable(FeatureCounts? counts) =>
        counts is { Reference.Length: >= 2 and <= DriftOptions.MaxBins }
        && counts.Window.Length == counts.Reference.Length
            ? counts
            : null;

    private static FeatureDrift Merge(string feature, List<Part> parts)
    {
        FeatureCounts[] usual =
        [
            .. parts.Where(p => p.Counts is not null).GroupBy(p => p.Counts!.Reference.Length)
                .OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key).Take(1)
                .SelectMany(g => g.Select(p => p.Counts!)),
        ];
        var sum = usual.Length == 0 ? null : new DriftCounts(usual[0].Reference.Length);
        foreach (FeatureCounts counts in usual) sum!.TryAdd(counts.Reference, counts.Window);
        long references = usual.Sum(c => c.Reference.Sum());
        long windows = usual.Sum(c => c.Window.Sum());
        bool comparable = references > 0 && windows > 0;
        (string Symbol, double Psi)[] each =
        [
            .. parts.Where(p => p.Counts is not null)
                .Select(p => (p.Symbol, Psi: PopulationStabilityIndex.Compute(p.Counts!.Reference, p.Counts.Window)))
                .Where(p => double.IsFinite(p.Psi))
                .OrderByDescending(p => p.Psi).ThenBy(p => p.Symbol, StringComparer.Ordinal).Take(1),
        ];
        return new FeatureDrift
        {
            Feature = feature,
            Symbols = parts.Count,
            Merged = usual.Length,
            Psi = comparable ? sum!.Psi : null,
            NoiseLine = comparable
                ? PopulationStabilityIndex.NoiseLine(
                    ChiSquare.Quantile(Significance, usual[0].Reference.Length - 1), references, windows)
                : null,
            ReferenceCount = references,
            WindowCount = windows,
            WorstSymbol = each.Length == 0 ? null : each[0].Symbol,
            WorstPsi = each.Length == 0 ? null : each[0].Psi,
            ByLevel = parts.GroupBy(p => p.Level).ToDictionary(g => g.Key, g => g.Count()),
        };
    }

    private sealed record Part(string Symbol, Level Level, FeatureCounts? Counts);
}
