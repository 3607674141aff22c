using System.Text.Json;
using Guardian.Cli.Recordings;
using Guardian.Contracts;

namespace Guardian.Cli.Tests.Recordings;

public sealed class FeedReaderTests
{
    private const string Header = "local_ns,E_ms,T_ms,market,symbol,kind,f1,f2,f3,f4\n";

    [Theory]
    [InlineData("feed/binance_incident_20230405_btc.csv.gz")]
    [InlineData("feed/binance_skewed_clock_20240719_btc_eth.csv.gz")]
    public void Read_RealFeed_AgreesWithTheReference(string path)
    {
        Recording recording = Recording.Open(SharedData.Require(path));
        JsonElement reference = SharedData.Reference().GetProperty("feed_latency_ms").GetProperty(path);
        Dictionary<string, List<double>> latencies = new(StringComparer.Ordinal);
        foreach (RecordedItem item in recording.Read())
        {
            Observation o = item.Observation;
            if (o.Kind != ObservationKind.Latency) continue;
            string[] name = item.Symbol.Split('.');
            string stream = $"{name[1]}/{name[0]}/{o.Subject}";
            if (!latencies.TryGetValue(stream, out List<double>? values)) latencies[stream] = values = [];
            values.Add((o.Received.UnixNanoseconds - o.Sent.UnixNanoseconds) / 1e6);
            Assert.Equal(o.Received, o.At);
        }

        Assert.Equal(reference.GetProperty("rows").GetInt64(), recording.Report.Rows);
        Assert.Equal(0, recording.Report.BadRowCount);
        Assert.Equal("feed", recording.Profile);
        foreach (JsonProperty stream in reference.GetProperty("by_stream").EnumerateObject())
        {
            JsonElement expected = stream.Value.TryGetProperty("T_raw", out JsonElement byTrade)
                ? byTrade
                : stream.Value.GetProperty("E_raw");
            List<double> values = latencies[stream.Name];
            values.Sort();
            Assert.Equal(expected.GetProperty("n").GetInt32(), values.Count);
            Assert.Equal(expected.GetProperty("min").GetDouble(), values[0], 3);
            Assert.Equal(expected.GetProperty("max").GetDouble(), values[^1], 3);
            foreach ((string field, double p) in new[] { ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999) })
                Assert.Equal(
                    expected.GetProperty(field).GetDouble(), values[(int)Math.Ceiling(p * values.Count) - 1], 3);
        }
    }

    [Fact]
    public void Read_RealFeed_EndsAllSymbolsAtTheSameTime()
    {
        Recording recording = Recording.Open(SharedData.Require("feed/binance_incident_20230405_btc.csv.gz"));
        RecordedItem[] last = [.. recording.Read().TakeLast(2)];
        Assert.Equal(["BTCUSDT.spot", "BTCUSDT.usdm"], last.Select(i => i.Symbol), StringComparer.Ordinal);
        Assert.All(last, i => Assert.Equal(Observation.Time(recording.Report.Last), i.Observation));
    }

    [Fact]
    public void Read_TradeTimeElseEventTimeElsePriceElseTime_AreTaken()
    {
        RecordedItem[] items = Read(
            "10000000,5,4,usdm,BTCUSDT,trade,100,1,B,\n"
            + "11000000,5,,usdm,BTCUSDT,depth,1,2,,\n"
            + "12000000,,,spot,BTCUSDT,bookTicker,100,1,102,1\n"
            + "13000000,,,spot,BTCUSDT,depth,1,1,,\n",
            out RecordingReport report);
        Assert.Equal(
            [
                new RecordedItem("BTCUSDT.usdm", Observation.Latency("trade", At(4), At(10))),
                new RecordedItem("BTCUSDT.usdm", Observation.Latency("depth", At(5), At(11))),
                new RecordedItem("BTCUSDT.spot", Observation.Price("bookTicker", 101, At(12))),
                new RecordedItem("BTCUSDT.spot", Observation.Time(At(13))),
                new RecordedItem("BTCUSDT.spot", Observation.Time(At(13))),
                new RecordedItem("BTCUSDT.usdm", Observation.Time(At(13))),
            ],
            items);
        Assert.Equal(4, report.Rows);
    }

    [Fact]
    public void Read_BadRows_AreToldWithLineAndDontStopTheRest()
    {
        string longName = new('x', 65);
        RecordedItem[] items = Read(
            "1000000,1\n"
            + "x,1,1,usdm,BTCUSDT,trade,,,,\n"
            + "1000000,1.5,1,usdm,BTCUSDT,trade,,,,\n"
            + "1000000,1,-1,usdm,BTCUSDT,trade,,,,\n"
            + "1000000,1,9999999999999999999,usdm,BTCUSDT,trade,,,,\n"
            + "1000000,1,1,,BTCUSDT,trade,,,,\n"
            + "1000000,1,1,us dm,BTCUSDT,trade,,,,\n"
            + "1000000,1,1,usdm@live,BTCUSDT,trade,,,,\n"
            + $"1000000,1,1,usdm,BTCUSDT,{longName},,,,\n"
            + $"1000000,1,1,usdm,{longName},trade,,,,\n"
            + "\n"
            + "2000000,1,1,usdm,BTCUSDT,trade,,,,\n",
            out RecordingReport report);
        Assert.Equal(2, items.Length);
        Assert.Equal(11, report.Rows);
        Assert.Equal(
            [
                "2 it has 2 of 10 columns",
                "3 local_ns is 'x'; it takes nanoseconds since 1970",
                "4 E_ms is '1.5'; it takes milliseconds since 1970, or nothing",
                "5 T_ms is '-1'; it takes milliseconds since 1970, or nothing",
                "6 T_ms is '9999999999999999999'; it takes milliseconds since 1970, or nothing",
                "7 symbol is 'BTCUSDT' and market ''; both are needed",
                "8 Condition failed: symbol has the character U+0020; no blanks, control characters or surrogates.",
                "9 symbol is 'BTCUSDT.usdm@live'; it takes no '@'",
                $"10 kind is '{longName}'; it takes 1 to 64 characters",
                "11 Condition failed: symbol has 70 characters; it takes 1 to 64.",
            ],
            report.BadRows.Select(b => $"{b.Line} {b.Message}"),
            StringComparer.Ordinal);
    }

    private static RecordedItem[] Read(string rows, out RecordingReport report)
    {
        using TemporaryFolder folder = new();
        Recording recording = Recording.Open(folder.File("feed.csv", Header + rows));
        RecordedItem[] items = [.. recording.Read()];
        report = recording.Report;
        return items;
    }

    private static Timestamp At(long milliseconds) => new(milliseconds * 1_000_000);
}
