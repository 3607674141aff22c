using System.Text.Json;
using Guardian.Cli.Recordings;
using Guardian.Contracts;

namespace Guardian.Cli.Tests.Recordings;

public sealed class OrderLogReaderTests
{
    private const string Header = "Timestamp,Order_ID,Status\n";

    [Fact]
    public void Read_EveryRealLog_AgreesWithTheReferenceKindByKind()
    {
        JsonElement files = SharedData.Reference().GetProperty("order_roundtrip_ms").GetProperty("files");
        int count = 0;
        foreach (JsonProperty file in files.EnumerateObject())
        {
            Recording recording = Recording.Open(SharedData.Require(file.Name));
            Observation[] items = [.. recording.Read().Select(i => i.Observation)];
            double[] read = [.. items.Where(o => o.Kind == ObservationKind.Latency).Select(o => o.Value).Order()];
            JsonElement[] kinds =
            [
                .. new[] { "create", "cancel", "execute" }
                    .Select(k => file.Value.TryGetProperty(k, out JsonElement kind) ? kind : default)
                    .Where(k => k.ValueKind == JsonValueKind.Object && k.GetProperty("n").GetInt32() > 0),
            ];
            Assert.Equal(kinds.Sum(k => k.GetProperty("n").GetInt32()), read.Length);
            Assert.Equal(kinds.Max(k => k.GetProperty("max").GetDouble()), read[^1]);
            Assert.Equal(kinds.Min(k => k.GetProperty("min").GetDouble()), read[0]);
            Assert.Equal(kinds.Sum(k => k.GetProperty("n_gt_100").GetInt32()), read.Count(v => v > 100));
            double mean = kinds.Sum(k =>
                k.GetProperty("mean").GetDouble() * k.GetProperty("n").GetInt32()) / read.Length;
            Assert.Equal(mean, read.Average(), 2);
            Assert.Equal(file.Value.GetProperty("rows").GetInt64(), recording.Report.Rows);
            Assert.Equal(0, recording.Report.BadRowCount);
            Assert.Equal("orders", recording.Profile);
            // In order of time, so that a guardian on recorded time never sees the past.
            Assert.True(items.Zip(items.Skip(1)).All(p => p.First.At <= p.Second.At));
            count++;
        }

        Assert.Equal(16, count);
    }

    [Theory]
    [InlineData("orders/gate_io_aws_3_Seoul_latency_check.csv.gz", 13_421)]
    [InlineData("orders/htx_aws_3_Seoul_latency_check.csv.gz", 82_278)]
    public void Read_SlowestOrder_IsSeenAsPendingAgeEachSecondBeforeItIsAnswered(string path, int slowest)
    {
        Observation[] items = [.. Recording.Open(SharedData.Require(path)).Read().Select(i => i.Observation)];
        int answer = Array.FindIndex(items, o => o.Kind == ObservationKind.Latency && o.Value == slowest);
        long sent = items[answer].At.UnixNanoseconds - (slowest * 1_000_000L);
        for (int second = 1; second * 1_000 < slowest; second++)
        {
            Timestamp at = new(sent + (second * 1_000_000_000L));
            Assert.Contains(
                items.Take(answer), o => o.Kind == ObservationKind.Pending && o.At == at && o.Value == second * 1_000);
        }

        Assert.Equal(ObservationKind.Pending, items[answer + 1].Kind);
        Assert.True(items[answer + 1].Value < slowest);
    }

    [Fact]
    public void Read_TwoPending_TellsTheOldestAndZeroWhenNoneIsLeft()
    {
        Assert.Equal(
            [
                "1000 Pending 0", "2000 Pending 1000", "2500 Pending 1500", "3000 Pending 2000",
                "3400 Latency 2400", "3400 Pending 900", "3500 Pending 1000", "3600 Latency 1100", "3600 Pending 0",
                "9000 Pending 0", "9000 Time 0",
            ],
            Read("1000,a,PENDING_CREATE\n2500,b,PENDING_CREATE\n3400,a,CREATED\n3600,b,CREATED\n9000,c,CREATED\n",
                out _));
    }

    [Fact]
    public void Read_CreatedOfAnExecute_IsNotItsAnswer() =>
        Assert.Equal(
            ["1000 Pending 0", "1100 Pending 100", "1200 Latency 200", "1200 Pending 0", "1200 Time 0"],
            Read("1000,a,PENDING_EXECUTE\n1100,a,CREATED\n1200,a,EXECUTED\n", out _));

    [Fact]
    public void Read_AskedTwiceBeforeTheAnswer_CountsFromTheFirst() =>
        Assert.Equal(
            ["1000 Pending 0", "1500 Pending 500", "1600 Latency 600", "1600 Pending 0", "1600 Time 0"],
            Read("1000,a,PENDING_CANCEL\n1500,a,PENDING_CANCEL\n1600,a,CANCELED\n", out _));

    [Fact]
    public void Read_SilenceOfDays_TellsNoMoreThanADayOfSeconds()
    {
        string[] items = Read("1000,a,PENDING_CREATE\n900001000,a,CREATED\n", out _);
        Assert.Equal(1 + OrderLogReader.MaximumTicks + 2 + 1, items.Length);
    }

    [Fact]
    public void Read_BadRows_AreToldWithLineAndDontStopTheRest()
    {
        Read(
            "1000,a\nx,a,CREATED\n2000,a,PENDING_CREATE\n1999,a,CREATED\n"
            + "2000,,CREATED\n2000,a,FILLED\n2001,a,CREATED\n",
            out RecordingReport report);
        Assert.Equal(
            [
                "2 it has 2 of 3 columns",
                "3 Timestamp is 'x'; it takes milliseconds since 1970",
                "5 Timestamp 1999 is before that of the row above, 2000; the rows stand in order of time",
                "6 Order_ID is empty",
                "7 Status is 'FILLED'; it takes PENDING_CREATE, CREATED, PENDING_CANCEL, CANCELED, PENDING_EXECUTE, "
                    + "EXECUTED",
            ],
            report.BadRows.Select(b => $"{b.Line} {b.Message}"),
            StringComparer.Ordinal);
        Assert.Equal(7, report.Rows);
    }

    [Fact]
    public void Read_StemLongerThanASymbol_IsRefused()
    {
        using TemporaryFolder folder = new();
        string path = folder.File(new string('x', 65) + ".csv", Header + "1000,a,PENDING_CREATE\n");
        UsageException e = Assert.Throws<UsageException>(() => Recording.Open(path).Read().Count());
        Assert.Equal(
            $"'{path}': the file's stem is the symbol. Condition failed: symbol has 65 characters; it takes 1 to 64. "
                + "Rename the file.",
            e.Message);
    }

    private static string[] Read(string rows, out RecordingReport report)
    {
        using TemporaryFolder folder = new();
        Recording recording = Recording.Open(folder.File("log.csv", Header + rows));
        string[] items =
        [
            .. recording.Read().Select(i =>
                $"{i.Observation.At.UnixNanoseconds / 1_000_000} {i.Observation.Kind} {i.Observation.Value}"),
        ];
        report = recording.Report;
        return items;
    }
}
