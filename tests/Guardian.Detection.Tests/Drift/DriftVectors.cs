using System.Globalization;
using System.Text.Json;

namespace Guardian.Detection.Tests.Drift;

internal static class DriftVectors
{
    public static JsonDocument Open(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", name)));

    public static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(Number)];

    public static long[] Longs(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt64())];

    /// <summary>The values of one stream of drift.json, given or generated.</summary>
    public static double[] Stream(JsonElement stream)
    {
        if (stream.TryGetProperty("values", out JsonElement values)) return Doubles(values);
        JsonElement generator = stream.GetProperty("generator");
        if (generator.GetProperty("kind").GetString() == "step")
        {
            return
            [
                .. Enumerable.Repeat(0.0, generator.GetProperty("zeros").GetInt32()),
                .. Enumerable.Repeat(10.0, generator.GetProperty("tens").GetInt32()),
            ];
        }

        return LcgNormal(generator);
    }

    private static double[] LcgNormal(JsonElement generator)
    {
        Lcg lcg = new(generator.GetProperty("seed").GetUInt64());
        double scale = generator.TryGetProperty("scale", out JsonElement s) ? s.GetDouble() : 1;
        List<double> made = [];
        foreach (JsonElement segment in generator.GetProperty("segments").EnumerateArray())
        {
            for (int i = 0; i < segment.GetProperty("count").GetInt32(); i++)
            {
                double value = segment.GetProperty("mean").GetDouble()
                    + (segment.GetProperty("sd").GetDouble() * lcg.Normal());
                made.Add(value * scale);
            }
        }

        if (generator.TryGetProperty("override", out JsonElement overrides))
            foreach (JsonElement pair in overrides.EnumerateArray()) made[pair[0].GetInt32()] = pair[1].GetDouble();
        return [.. made];
    }

    private static double Number(JsonElement element) => element.ValueKind == JsonValueKind.Number
        ? element.GetDouble()
        : element.GetString() switch
        {
            "NaN" => double.NaN,
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            { } text => double.Parse(text, CultureInfo.InvariantCulture),
            null => throw new InvalidDataException("A value of the vectors is null."),
        };
}
