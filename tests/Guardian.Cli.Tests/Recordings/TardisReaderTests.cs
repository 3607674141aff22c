using Guardian.Cli.Recordings;
using Guardian.Contracts;

namespace Guardian.Cli.Tests.Recordings;

public sealed class TardisReaderTests
{
    private const string Trades = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n";

    private const string Quotes =
        "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n";

    [Fact]
    public void Read_Trades_AreLatenciesByBothTimesOfSymbolAndExchange()
    {
        RecordedItem[] items = Read(
            Trades + "binance-futures,BTCUSDT,1680652800000000,1680652800012345,1,buy,28000.1,0.5\n"
            + "deribit,BTC-PERPETUAL,1680652800020000,1680652800013000,2,sell,28000,10\n",
            out Recording recording);
        Assert.Equal("feed", recording.Profile);
        Assert.Equal(
            ["BTCUSDT.binance-futures", "BTC-PERPETUAL.deribit", "BTC-PERPETUAL.deribit", "BTCUSDT.binance-futures"],
            items.Select(i => i.Symbol),
            StringComparer.Ordinal);
        Assert.Equal(
            Observation.Latency(
                "trade", new Timestamp(1_680_652_800_000_000_000), new Timestamp(1_680_652_800_012_345_000)),
            items[0].Observation);
        // The receiver's clock decides the order; a negative latency is the clock guardrail's to judge.
        Assert.True(items[1].Observation.Sent > items[1].Observation.Received);
    }

    [Fact]
    public void Read_Quotes_AreLatenciesEvenWithOneSideEmpty()
    {
        RecordedItem[] items = Read(
            Quotes + "bitmex,XBTUSD,1680652800000000,1680652800005000,10,28001,28000,10\n"
            + "bitmex,XBTUSD,1680652800006000,1680652800007000,,,28000,10\n",
            out _);
        Assert.Equal("quote quote time", string.Join(' ', items.Select(i => i.Observation.Subject)));
        Assert.Equal("XBTUSD.bitmex", items[0].Symbol);
        Assert.Equal(items[1].Observation.Received, items[1].Observation.At);
    }

    [Fact]
    public void Read_BadRows_AreToldWithLineAndDontStopTheRest()
    {
        Read(
            Trades + "x,B,1,2,1,buy,1\nx,B,soon,2,1,buy,1,1\nx,B,1,0,1,buy,1,1\nx,B,1000,2000,1,buy,1,1\n"
            + "x,B,1000,1999,1,buy,1,1\nx,B,1000,2000,1,buy,cheap,1\n,B,1000,2000,1,buy,1,1\n"
            + "x,B@y,1000,2000,1,buy,1,1\nx,B C,1000,2000,1,buy,1,1\nx,B,1000,2001,1,buy,1,1\n",
            out Recording recording);
        Assert.Equal(
            [
                "2 it has 7 of 8 columns",
                "3 timestamp is 'soon'; it takes microseconds since 1970",
                "4 local_timestamp is '0'; it takes microseconds since 1970",
                "6 local_timestamp 1970-01-01T00:00:00.001999Z is before that of the row above, "
                    + "1970-01-01T00:00:00.002Z; the rows stand in order of the receiver's time",
                "7 price is 'cheap'; it takes a number",
                "8 symbol is 'B' and exchange ''; both are needed",
                "9 symbol is 'B@y.x'; it takes no '@'",
            ],
            recording.Report.BadRows.Take(7).Select(b => $"{b.Line} {b.Message}"),
            StringComparer.Ordinal);
        Assert.Equal(10, recording.Report.BadRows[7].Line);
        Assert.Equal((10, 8), (recording.Report.Rows, recording.Report.BadRowCount));
    }

    private static RecordedItem[] Read(string text, out Recording recording)
    {
        using TemporaryFolder folder = new();
        recording = Recording.Open(folder.Gzip("tardis.csv.gz", text));
        return [.. recording.Read()];
    }
}
