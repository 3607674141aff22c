using System.Globalization;
using System.Text.Json;
using Guardian.Testing;

namespace Guardian.Benchmarks.Scoring.Nab;

/// <summary>One labelled series of the Numenta Anomaly Benchmark. Immutable.</summary>
/// <param name="Name">Folder and file, as in the labels.</param>
/// <param name="Values">The values, in order.</param>
/// <param name="Windows">First and last index of each labelled window, ascending.</param>
internal sealed record NabSeries(string Name, double[] Values, (int First, int Last)[] Windows)
{
    private const string Labels = "nab/labels/combined_windows.json";

    /// <summary>Gets the folder of the series, which is their kind.</summary>
    public string Kind => Name.Split('/')[0];

    /// <summary>Gets how many values at the start are not scored: 15 %, at most 750.</summary>
    public int Probation => (int)Math.Min(Math.Floor(0.15 * Values.Length), 0.15 * 5000);

    /// <summary>Reads every labelled series that lies beside the repository, by name.</summary>
    /// <param name="reason">Why there is none; null where there are some.</param>
    public static List<NabSeries> ReadAll(out string? reason)
    {
        List<NabSeries> all = [];
        if (!Recordings.TryFind(Labels, out string? path, out reason)) return all;
        using JsonDocument labels = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (JsonProperty entry in labels.RootElement.EnumerateObject()
            .OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            if (Recordings.TryFind($"nab/data/{entry.Name}.gz", out string? file, out _))
                all.Add(Read(entry.Name, file, entry.Value));
        }

        return all;
    }

    private static NabSeries Read(string name, string file, JsonElement windows)
    {
        List<DateTime> times = [];
        List<double> values = [];
        foreach (string line in Recordings.ReadLines(file).Skip(1))
        {
            string[] cells = line.Split(',');
            times.Add(Time(cells[0]));
            values.Add(double.Parse(cells[1], CultureInfo.InvariantCulture));
        }

        return new NabSeries(
            name,
            [.. values],
            [
                .. windows.EnumerateArray()
                    .Select(w => (Index(times, w[0].GetString()), Index(times, w[1].GetString())))
                    .OrderBy(w => w.Item1),
            ]);

        int Index(List<DateTime> rows, string? text)
        {
            int index = rows.IndexOf(Time(text ?? string.Empty));
            return index >= 0
                ? index
                : throw new InvalidDataException($"Condition failed: {name} has no row at {text}, a window's end.");
        }
    }

    private static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture);
}
