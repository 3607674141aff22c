using Guardian.Cli.Recordings;
using Guardian.Contracts;

namespace Guardian.Cli.Tests.Recordings;

public sealed class BarReaderTests
{
    private const string Header = "timestamp,open,high,low,close,volume\n";

    [Theory]
    [InlineData("drift/btc_perp_1m_202201.csv.gz", "btc_perp_1m_202201", 45_031, "2021-12-31T23:01:00Z")]
    [InlineData("drift/usdjpy_1m_bid_2013.csv.gz", "usdjpy_1m_bid_2013", 28_761, "2013-02-01T00:00:00Z")]
    public void Read_RealMinutes_AreOneReturnEachAfterTheFirst(string path, string symbol, int rows, string first)
    {
        Recording recording = Recording.Open(SharedData.Require(path));
        RecordedItem[] items = [.. recording.Read()];
        Assert.Equal((rows, 0), (recording.Report.Rows, recording.Report.BadRowCount));
        Assert.Equal("bars", recording.Profile);
        Assert.All(items, i => Assert.Equal(symbol, i.Symbol));
        Assert.Equal((ObservationKind.Time, first), (items[0].Observation.Kind, items[0].Observation.At.ToString()));
        Assert.All(items[1..^1], i => Assert.Equal((ObservationKind.Feature, "return"),
            (i.Observation.Kind, i.Observation.Subject)));
        Assert.Equal(rows + 1, items.Length);
        Assert.True(items.Zip(items.Skip(1)).All(p => p.First.Observation.At <= p.Second.Observation.At));
    }

    [Fact]
    public void Read_TimesOfAnyForm_AreUtc() => Assert.Equal(
        [
            "2022-01-01T00:00:00Z Time", "2022-01-01T00:01:00Z Feature", "2022-01-01T00:02:00.5Z Feature",
            "2022-01-01T00:03:00Z Feature", "2022-01-01T00:04:00Z Feature", "2022-01-01T00:04:00Z Time",
        ],
        Read(
            "2022-01-01 00:00:00.000000,1,1,1,1,5\n2022-01-01 00:01:00+00:00,1,1,1,1,5\n"
            + "2022-01-01T00:02:00.5Z,1,1,1,1,5\n2022-01-01 01:03:00+01:00,1,1,1,1,5\n2022-01-01 00:04,1,1,1,1,5\n",
            out _).Select(i => $"{i.Observation.At} {i.Observation.Kind}"),
        StringComparer.Ordinal);

    [Fact]
    public void Read_Closes_BecomeLogReturns()
    {
        RecordedItem[] items = Read(
            "2022-01-01 00:00,9,9,9,100,1\n2022-01-01 00:01,9,9,9,110,1\n2022-01-01 00:02,9,9,9,99,1\n", out _);
        Assert.Equal(Math.Log(1.1), items[1].Observation.Value, 1e-15);
        Assert.Equal(Math.Log(0.9), items[2].Observation.Value, 1e-15);
    }

    [Fact]
    public void Read_BadRows_AreToldWithLineAndTheNextReturnSpansThem()
    {
        RecordedItem[] items = Read(
            "2022-01-01 00:00,1,1,1,100,1\n2022-01-01 00:01,1,1,1,0,1\nnoon,1,1,1,1,1\n2022-01-01 00:02,1,1\n"
            + "2022-01-01 00:00,1,1,1,7,1\n2022-01-01 00:03,1,1,1,NaN,1\n2022-01-01 00:04,1,1,1,200,1\n"
            + "1969-01-01 00:00,1,1,1,1,1\n",
            out RecordingReport report);
        Assert.Equal(
            [
                "3 close is '0'; it takes a price above 0",
                "4 timestamp is 'noon'; it takes a time such as 2022-01-31 12:00:00 (UTC) or with +00:00",
                "5 it has 3 of 6 columns",
                "6 timestamp 2022-01-01T00:00:00Z is not after that of the bar above, 2022-01-01T00:00:00Z; bars stand "
                    + "in order of time",
                "7 close is 'NaN'; it takes a price above 0",
                "9 timestamp is '1969-01-01 00:00'; it takes a time such as 2022-01-31 12:00:00 (UTC) or with +00:00",
            ],
            report.BadRows.Select(b => $"{b.Line} {b.Message}"),
            StringComparer.Ordinal);
        Assert.Equal((8, 6), (report.Rows, report.BadRowCount));
        Assert.Equal(Math.Log(2), items[1].Observation.Value, 1e-15);
    }

    [Fact]
    public void Read_NamedSymbol_TakesThePlaceOfTheStem()
    {
        using TemporaryFolder folder = new();
        string path = folder.File(new string('x', 65) + ".csv", Header + "2022-01-01 00:00,1,1,1,1,1\n");
        UsageException e = Assert.Throws<UsageException>(() => Recording.Open(path).Read().Count());
        Assert.Equal(
            $"'{path}': the file's stem is the symbol. Condition failed: symbol has 65 characters; it takes 1 to 64. "
                + "Name one with --symbol.",
            e.Message);
        Assert.All(Recording.Open(path, "BTC").Read(), i => Assert.Equal("BTC", i.Symbol));
    }

    private static RecordedItem[] Read(string rows, out RecordingReport report)
    {
        using TemporaryFolder folder = new();
        Recording recording = Recording.Open(folder.File("minutes.csv", Header + rows));
        RecordedItem[] items = [.. recording.Read()];
        report = recording.Report;
        return items;
    }
}
