using System.Text.Json;
using Guardian.Detection.Drift;

namespace Guardian.Detection.Tests.Drift;

public sealed class DetectorVectorTests
{
    [Fact]
    public void Adwin_EveryRowOfTheVectors_DetectsAtTheSameIndices()
    {
        int rows = EachRow("adwin", (stream, row, values) =>
        {
            JsonElement parameters = row.GetProperty("params");

            // The old off-by-one of the last cut is not offered.
            if (parameters.GetProperty("skip_last_cut").GetBoolean()) return false;
            bool reset = parameters.GetProperty("reset_on_detection").GetBoolean();
            Adwin adwin = new(parameters.GetProperty("delta").GetDouble(), parameters.GetProperty("clock").GetInt32());
            List<int> found = [];
            List<long> widths = [];
            for (int i = 0; i < values.Length; i++)
            {
                if (!adwin.Update(values[i])) continue;
                found.Add(i);
                widths.Add(adwin.Width);
                if (reset) adwin.Reset();
            }

            string what = $"{stream} {parameters}";
            Assert.True(Ints(row.GetProperty("detections")).SequenceEqual(found), what);
            Assert.Equal(DriftVectors.Longs(row.GetProperty("width_at_detection")), widths);
            JsonElement final = row.GetProperty("final");
            Assert.Equal(final.GetProperty("width").GetInt64(), adwin.Width);
            Close(final.GetProperty("total").GetDouble(), adwin.Total, what);
            Close(final.GetProperty("variance_sum").GetDouble(), adwin.VarianceSum, what);
            return true;
        });
        Assert.Equal(16 * 5, rows);
    }

    [Fact]
    public void PageHinkley_EveryTwoSidedRowOfTheVectors_DetectsAtTheSameIndices()
    {
        int rows = EachRow("pageHinkleyTwoSided", (stream, row, values) =>
        {
            JsonElement parameters = row.GetProperty("params");

            // Only both sides at once are offered.
            if (parameters.GetProperty("mode").GetString() != "both") return false;
            Assert.Equal(30, parameters.GetProperty("min_instances").GetInt32());
            PageHinkley test = new(
                parameters.GetProperty("delta").GetDouble(),
                parameters.GetProperty("threshold").GetDouble(),
                parameters.GetProperty("alpha").GetDouble());
            List<int> found = Detections(values, test.Update, test.Reset);
            Assert.True(Ints(row.GetProperty("detections")).SequenceEqual(found), $"{stream} {parameters}");
            return true;
        });
        Assert.Equal(16 * 2, rows);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Update_OneValueIsNotFinite_DetectsAsIfItWereNotThere(double poison)
    {
        using JsonDocument vectors = DriftVectors.Open("drift.json");
        JsonElement trap = vectors.RootElement.GetProperty("nan_poisoning");
        Lcg lcg = new(trap.GetProperty("seed").GetUInt64());
        List<double> values = [];
        for (int i = 0; i < 1000; i++) values.Add(lcg.Normal());
        for (int i = 0; i < 1000; i++) values.Add(3 + lcg.Normal());
        values.Insert(trap.GetProperty("insert_at").GetInt32(), poison);
        JsonElement clean = trap.GetProperty("clean");

        // The clean stream was detected at the vectors' index; the one value before it shifts it by one. ADWIN's clock
        // of 32 counts only the values that it took.
        Adwin adwin = new(clock: 32);
        Assert.Equal(
            Ints(clean.GetProperty("adwin")).Select(i => i + 1), Detections([.. values], adwin.Update, adwin.Reset));
        PageHinkley test = new();
        Assert.Equal(
            Ints(clean.GetProperty("pageHinkleyTwoSided_025_30")).Select(i => i + 1),
            Detections([.. values], test.Update, test.Reset));
    }

    [Fact]
    public void Update_AStepUpOrDown_IsFoundByBothWithinFewValues()
    {
        foreach (double step in (double[])[3, -3])
        {
            Lcg lcg = new(77);
            Adwin adwin = new();
            PageHinkley test = new();
            double[] values = [.. Enumerable.Range(0, 600).Select(i => lcg.Normal() + (i < 500 ? 0 : step))];
            Assert.InRange(Detections(values, adwin.Update, adwin.Reset)[0], 500, 520);
            Assert.InRange(Detections(values, test.Update, test.Reset)[0], 500, 520);
        }
    }

    private static List<int> Detections(double[] values, Func<double, bool> update, Action reset)
    {
        List<int> found = [];
        for (int i = 0; i < values.Length; i++)
        {
            if (!update(values[i])) continue;
            found.Add(i);
            reset();
        }

        return found;
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];

    private static void Close(double expected, double actual, string what)
    {
        double tolerance = 1e-9 + (1e-9 * Math.Abs(expected));
        Assert.True(Math.Abs(actual - expected) <= tolerance, $"{what}: {actual:R}, {expected:R}");
    }

    private static int EachRow(string detector, Func<string, JsonElement, double[], bool> check)
    {
        using JsonDocument vectors = DriftVectors.Open("drift.json");
        int rows = 0;
        foreach (JsonElement stream in vectors.RootElement.GetProperty("streams").EnumerateArray())
        {
            double[] values = DriftVectors.Stream(stream);
            Assert.Equal(stream.GetProperty("count").GetInt32(), values.Length);
            foreach (JsonElement row in stream.GetProperty("expected").EnumerateArray())
            {
                if (row.GetProperty("detector").GetString() != detector) continue;
                if (check(stream.GetProperty("id").GetString() ?? "", row, values)) rows++;
            }
        }

        return rows;
    }
}
