using Guardian.Cli.Recordings;

namespace Guardian.Cli.Tests.Recordings;

public sealed class RecordingFileTests
{
    private const string Orders = "Timestamp,Order_ID,Status\n1000,a,PENDING_CREATE\n1100,a,CREATED\n";

    [Theory]
    [InlineData("a.csv.gz")]
    [InlineData("named_without_an_ending")]
    public void Open_Gzip_IsToldByItsBytesNotItsName(string name)
    {
        using TemporaryFolder folder = new();
        Recording recording = Recording.Open(folder.Gzip(name, Orders));
        Assert.Equal(RecordingFormat.Orders, recording.Format);
        Assert.Equal(3, recording.Lines);
        Assert.Equal(4, recording.Read().Count());
    }

    [Fact]
    public void Stem_CsvGz_LosesBothEndings()
    {
        using TemporaryFolder folder = new();
        Assert.Equal("gate_1.x", RecordingFile.Open(folder.Gzip("gate_1.x.csv.gz", Orders)).Stem);
    }

    [Fact]
    public void Open_WindowsLineEndsAndByteOrderMark_AreRead()
    {
        using TemporaryFolder folder = new();
        Recording recording = Recording.Open(folder.File("a.csv", "\uFEFF" + Orders.Replace("\n", "\r\n",
            StringComparison.Ordinal)));
        Assert.Equal(4, recording.Read().Count());
        Assert.Equal(0, recording.Report.BadRowCount);
    }

    [Fact]
    public void Open_GzipCutOffAnywhere_IsRefusedBeforeAnythingIsDone()
    {
        using TemporaryFolder folder = new();
        int length = (int)new FileInfo(folder.Gzip("whole.csv.gz", Orders)).Length;
        for (int cut = 1; cut < length - 2; cut++)
        {
            string path = folder.Gzip("a.csv.gz", Orders, cut);
            UsageException e = Assert.Throws<UsageException>(() => Recording.Open(path));
            if (e.Message == $"Condition failed: '{path}' is empty.") continue;
            Assert.StartsWith($"Condition failed: '{path}' can't be read (", e.Message, StringComparison.Ordinal);
            Assert.EndsWith(
                "); if it is gzip it is damaged or cut off: fetch it again.", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_GzipOfTwoMembers_IsRead()
    {
        using TemporaryFolder folder = new();
        string first = folder.Gzip("a.gz", Orders);
        string second = folder.Gzip("b.gz", "2000,a,PENDING_CANCEL\n");
        string both = Path.Combine(folder.Path, "c.csv.gz");
        File.WriteAllBytes(both, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]);
        Assert.Equal(4, Recording.Open(both).Lines);
    }

    [Fact]
    public void Open_Missing_SaysSo() =>
        Refused("/nowhere/x.csv", "Condition failed: there is no file '/nowhere/x.csv'; check the path.");

    [Fact]
    public void Open_Folder_SaysSo()
    {
        using TemporaryFolder folder = new();
        Refused(folder.Path, $"Condition failed: '{folder.Path}' is a folder; name the files in it.");
    }

    [Theory]
    [InlineData("", "Condition failed: '{0}' is empty.")]
    [InlineData("\n \n", "Condition failed: '{0}' is empty.")]
    [InlineData(
        "local_ns,market,symbol\n",
        "Condition failed: '{0}' looks like a feed but lacks the column(s) E_ms, T_ms, kind; it has local_ns, market, "
            + "symbol.")]
    [InlineData(
        "Order_ID,Status\n",
        "Condition failed: '{0}' looks like an order log but lacks the column(s) Timestamp; it has Order_ID, Status.")]
    [InlineData(
        "a;b\n",
        "Condition failed: '{0}' is of no known form; its first line is 'a;b'. Known are: observations as NDJSON, "
            + "feed CSV "
        + "(local_ns,E_ms,T_ms,market,symbol,kind,…), order logs (Timestamp,Order_ID,Status), OHLC bars "
        + "(timestamp,open,high,low,close,…), Tardis trades and quotes (exchange,symbol,timestamp,local_timestamp,…).")]
    [InlineData(
        "open,close\n",
        "Condition failed: '{0}' looks like OHLC bars but lacks the column(s) timestamp, high, low; it has open, "
            + "close.")]
    [InlineData(
        "symbol,timestamp,local_timestamp,id,side,price,amount\n",
        "Condition failed: '{0}' looks like Tardis trades but lacks the column(s) exchange; it has symbol, timestamp, "
            + "local_timestamp, id, side, price, amount.")]
    [InlineData(
        "exchange,symbol,timestamp,local_timestamp,ask_price,bid_price\n",
        "Condition failed: '{0}' looks like Tardis quotes but lacks the column(s) ask_amount, bid_amount; it has "
            + "exchange, symbol, timestamp, local_timestamp, ask_price, bid_price.")]
    public void Open_SomethingElse_SaysWhatAndWhatToDo(string text, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("a.csv", text);
        Refused(path, message.Replace("{0}", path, StringComparison.Ordinal));
    }

    [Fact]
    public void Report_ManyBadRows_KeepsTwentyAndCountsAll()
    {
        using TemporaryFolder folder = new();
        Recording recording = Recording.Open(
            folder.File("a.csv", "Timestamp,Order_ID,Status\n" + string.Concat(Enumerable.Repeat("bad\n", 50))));
        Assert.Empty(recording.Read());
        Assert.Equal(50, recording.Report.BadRowCount);
        Assert.Equal(Enumerable.Range(2, 20).Select(i => (long)i), recording.Report.BadRows.Select(b => b.Line));
    }

    private static void Refused(string path, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => Recording.Open(path)).Message);
}
