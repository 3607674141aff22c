using System.Text.Encodings.Web;
using System.Text.Json;
using Guardian.Benchmarks.Scoring;

namespace Guardian.Benchmarks.Measuring;

/// <summary>Rows as JSON, as text and as a page.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes rows as one JSON object.</summary>
    public static void WriteJson(TextWriter output, string load, IReadOnlyList<BenchmarkRow> rows) =>
        output.WriteLine(JsonSerializer.Serialize(
            new
            {
                Commit = Machine.Commit,
                Machine = Machine.Name,
                Load = load,
                Rows = rows.Select(r => new
                {
                    r.Name,
                    r.Unit,
                    Value = Shape(r.Value),
                    r.BaselineName,
                    Baseline = Shape(r.Baseline),
                    Ratio = Shape(r.Ratio),
                    r.Goal,
                    r.Met,
                }),
            },
            Options));

    /// <summary>Writes one row as text, as soon as it is known.</summary>
    public static void WriteText(TextWriter output, BenchmarkRow row)
    {
        output.WriteLine($"{row.Name}: {row.Value} {row.Unit}");
        if (row.Baseline is not null)
            output.WriteLine($"    {row.BaselineName}: {row.Baseline} {row.Unit}; ratio {row.Ratio}");
        if (row.Goal is not null) output.WriteLine($"    goal {row.Goal}: {(row.Met == true ? "met" : "MISSED")}");
    }

    /// <summary>Makes the part of a page that a suite fills.</summary>
    public static string Section(string load, IReadOnlyList<BenchmarkRow> rows, IEnumerable<string> notes)
    {
        Sheet sheet = new();
        sheet.Text(
            $"Commit `{Machine.Commit}`, {Machine.Day}, load {load} (1, 5, 15 minutes, before and after). "
            + $"{Machine.Name}.");
        sheet.Table(
            ["what", "unit", "ours", "baseline", "baseline's figure", "ratio", "goal", "met"],
            rows.Select(r => (string[])
            [
                r.Name, r.Unit, r.Value.ToString(), r.BaselineName ?? "–", r.Baseline?.ToString() ?? "–",
                r.Ratio?.ToString() ?? "–", r.Goal ?? "–",
                r.Met switch { true => "yes", false => "**no**", null => "–" },
            ]));
        foreach (string note in notes) sheet.Text(note);
        return sheet.ToString();
    }

    private static object? Shape(Spread? spread) =>
        spread is null ? null : new { spread.Min, spread.Median, spread.Max };
}
