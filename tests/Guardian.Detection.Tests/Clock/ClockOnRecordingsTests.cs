using System.Globalization;
using System.IO.Compression;
using Guardian.Detection.Clock;

namespace Guardian.Detection.Tests.Clock;

public sealed class ClockOnRecordingsTests
{
    [Fact]
    public void Observe_SkewedClock2024_EveryStreamSuspectAndCorrectedBelowTheLimit()
    {
        Dictionary<string, (ClockGuardrail Clock, List<long> Latencies, int Unsuspected)> streams =
            new(StringComparer.Ordinal);
        foreach (Row row in Read("binance_skewed_clock_20240719_btc_eth.csv.gz"))
        {
            if (!streams.TryGetValue(row.Stream, out var stream))
                stream = (new ClockGuardrail(row.Stream, new ClockPolicy(new ClockOptions())), [], 0);
            ClockCorrection correction = stream.Clock.Observe(row.Local, row.Sent, row.Local);
            if (correction.MustRecord) stream.Latencies.Add(correction.Microseconds);
            streams[row.Stream] = stream with { Unsuspected = stream.Unsuspected + (correction.Suspect ? 0 : 1) };
        }

        Assert.NotEmpty(streams);
        foreach ((string name, (ClockGuardrail clock, List<long> latencies, int unsuspected)) in streams)
        {
            Assert.True(unsuspected == 0, $"{name}: {unsuspected} readings not suspect");
            Assert.InRange(clock.OutlierCount, 0, 3);
            Assert.InRange(clock.Offset, -1_600_000_000, -1_400_000_000);
            latencies.Sort();
            int rank = (int)Math.Ceiling(latencies.Count * 0.99) - 1;
            Assert.True(latencies[rank] < 100_000, $"{name}: P99 {latencies[rank]} us of {latencies.Count}");
        }
    }

    [Fact]
    public void Observe_Incident2023_StaysWithinTheTolerance()
    {
        Dictionary<string, ClockGuardrail> clocks = new(StringComparer.Ordinal);
        long least = 0;
        foreach (Row row in Read("binance_incident_20230405_btc.csv.gz"))
        {
            if (!clocks.TryGetValue(row.Stream, out ClockGuardrail? clock))
                clocks[row.Stream] = clock = new ClockGuardrail(row.Stream, new ClockPolicy(new ClockOptions()));
            ClockCorrection correction = clock.Observe(row.Local, row.Sent, row.Local);
            Assert.Equal((true, false), (correction.MustRecord, correction.Suspect));
            Assert.Equal(Math.Max(row.Local - row.Sent, 0) / 1_000, correction.Microseconds);
            least = Math.Min(least, clock.Offset);
        }

        Assert.InRange(least, -50_000_000, -10_000_000);
    }

    private static IEnumerable<Row> Read(string file)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Guardian.Orleans.sln")))
            folder = Path.GetDirectoryName(folder);
        string path = Path.Combine(folder ?? "", "..", "shared", "data", "feed", file);
        if (!File.Exists(path)) Assert.Skip($"The recording {file} is not in ../shared/data/feed.");
        return Rows(path);
    }

    private static IEnumerable<Row> Rows(string path)
    {
        using StreamReader reader = new(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        reader.ReadLine();
        while (reader.ReadLine() is string line)
        {
            string[] cells = line.Split(',');
            string sent = cells[2].Length > 0 ? cells[2] : cells[1];
            if (sent.Length == 0) continue;
            yield return new Row(
                $"{cells[3]} {cells[4]} {cells[5]}",
                long.Parse(cells[0], CultureInfo.InvariantCulture),
                long.Parse(sent, CultureInfo.InvariantCulture) * 1_000_000);
        }
    }

    private sealed record Row(string Stream, long Local, long Sent);
}
