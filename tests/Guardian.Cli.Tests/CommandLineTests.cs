using System.Text.Json;
using Guardian.Client;
using Guardian.Contracts;

namespace Guardian.Cli.Tests;

public sealed class CommandLineTests : CommandTest
{
    private static readonly string[] Commands =
        ["status", "watch", "check", "observe", "replay", "history", "hold", "release", "reset", "limits",
            "rebaseline", "alerts", "durability", "audit", "verify", "backup", "restore", "doctor"];

    [Fact]
    public async Task Help_EveryCommand_TellsAnExample()
    {
        foreach (string command in Commands)
        {
            Assert.Equal(0, await Run(new FakeClient(), command, "--help"));
            Assert.Contains("Example", Out.ToString(), StringComparison.Ordinal);
            Assert.Contains($"guardian {command}", Out.ToString(), StringComparison.Ordinal);
            Out.GetStringBuilder().Clear();
        }
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("")]
    [InlineData("status --output xml")]
    [InlineData("status --bogus")]
    [InlineData("status --gateway nowhere")]
    [InlineData("status --wait -1")]
    [InlineData("status a@b@c")]
    [InlineData("status B@replay --session other")]
    [InlineData("status --session white_space!")]
    [InlineData("watch --count 0")]
    [InlineData("check B")]
    [InlineData("check B --side buy")]
    [InlineData("check B --side buy --quantity 0")]
    [InlineData("check B --side buy --quantity NaN")]
    [InlineData("check B --side up --quantity 1")]
    [InlineData("check B --cancel --reduce-only")]
    [InlineData("check B --cancel --at noon")]
    [InlineData("observe")]
    [InlineData("observe B")]
    [InlineData("observe B --stage s")]
    [InlineData("observe B --stage s --latency-ms -1")]
    [InlineData("observe B --stage s --latency-ms 1 --pending-ms 1")]
    [InlineData("observe B --stage s --feature f --value 1")]
    [InlineData("observe B --feature f --value 1 --latency-ms 1")]
    [InlineData("observe B --file -")]
    [InlineData("history B --limit 0")]
    [InlineData("history B --kind nonsense")]
    [InlineData("history B --from 2026-01-02T00:00:00Z --to 2026-01-01T00:00:00Z")]
    [InlineData("hold --reason r")]
    [InlineData("hold B --portfolio --reason r")]
    [InlineData("hold --portfolio --strategy s --reason r")]
    [InlineData("hold B")]
    [InlineData("hold B --reason r --state Active")]
    [InlineData("release")]
    [InlineData("release h1")]
    [InlineData("rebaseline B --reason r")]
    [InlineData("rebaseline B --feature f")]
    [InlineData("rebaseline B --feature f --file /nowhere.csv --reason r")]
    [InlineData("replay")]
    [InlineData("replay /nowhere.csv --symbol a@b")]
    [InlineData("replay /nowhere.csv")]
    [InlineData("replay /nowhere.csv --session live")]
    [InlineData("replay /nowhere.csv --speed 0")]
    [InlineData("replay /nowhere.csv --speed fast")]
    [InlineData("replay /nowhere.csv --set Latency")]
    [InlineData("replay /nowhere.csv --set A=1 --set A=2")]
    [InlineData("replay /nowhere.csv --profile other")]
    [InlineData("replay /nowhere.csv --deadline -1")]
    [InlineData("replay /nowhere.csv /nowhere.csv")]
    public async Task Run_WrongUse_EndsWithTwoAndSaysWhat(string line)
    {
        FakeClient client = new();
        Assert.Equal(2, await Run(client, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.StartsWith("Condition failed: ", Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Out.ToString());
        Assert.Empty(client.Batches);
        Assert.Empty(client.Opened);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("check B --cancel")]
    [InlineData("release h1 --reason r")]
    public async Task Run_NoSilo_EndsWithThreeAndSaysWhatToDo(string line)
    {
        Assert.Equal(3, await Run(null, [.. line.Split(' '), "--gateway", "127.0.0.1:1"]));
        Assert.Matches(
            @"^No silo can be reached at 127\.0\.0\.1:1 \(.+\)\. Start one with 'dotnet run --project silo -c Release' "
            + @"or name another with --gateway host:port; 'guardian doctor' looks for the cause\.\s*$",
            Error.ToString());
    }

    [Fact]
    public async Task Check_Denied_EndsWithOneAndPrintsTheDecision()
    {
        FakeClient client = new()
        {
            Decision = new()
            {
                Code = "denied.halted", SizeFactor = 0,
                TradingState = TradingState.Halted,
                Reasons = [new() { Code = "latency.fast", Guardrail = "latency", Subject = "order-ack",
                    Value = double.NaN, Limit = 100 }],
            },
        };
        Assert.Equal(1, await Run(client, "check", "B", "--side", "sell", "--quantity", "2", "--strategy", "mm",
            "--session", "replay",
            "--at", "2026-01-01T00:00:00.000000001Z", "--output", "json"));
        JsonElement decision = Json();
        Assert.False(decision.GetProperty("allowed").GetBoolean());
        Assert.Equal("Halted", decision.GetProperty("tradingState").GetString());
        Assert.Equal(JsonValueKind.Null, decision.GetProperty("reasons")[0].GetProperty("value").ValueKind);
        (string symbol, OrderRequest order) = Assert.Single(client.Checked);
        Assert.Equal("B@replay", symbol);
        Assert.Equal(
            new OrderRequest
            {
                Side = OrderSide.Sell, Quantity = 2, Strategy = "mm",
                At = new Timestamp(1_767_225_600_000_000_001)
            }, order);
    }

    [Fact]
    public async Task Status_Json_IsAListOfSymbols()
    {
        FakeClient client = new() { Roster = [new() { Symbol = "B" }, new() { Symbol = "A" }] };
        Assert.Equal(0, await Run(client, "status", "-o", "json"));
        JsonElement list = Json();
        Assert.Equal(JsonValueKind.Null, list.GetProperty("next").ValueKind);
        Assert.Equal("A", list.GetProperty("items")[0].GetProperty("symbol").GetString());
        foreach (string field in new[] { "tradingState", "level", "breaker", "episode", "reasons", "readings", "epoch",
            "sequence", "asOf", "provenance" })
            Assert.True(list.GetProperty("items")[1].TryGetProperty(field, out _), field);
    }

    [Fact]
    public async Task Watch_Count_RefreshesSoOftenAndStops()
    {
        FakeClient client = new() { Roster = [new() { Symbol = "A" }] };
        Assert.Equal(0, await Run(client, "watch", "--count", "2", "-o", "json"));
        Assert.Equal(2, Out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task History_Json_IsOneEventALineOverAllPagesUpToTheLimit()
    {
        FakeClient client = new()
        {
            Events = [.. Enumerable.Range(1, 9).Select(i =>
                new HistoryEvent { Symbol = "B", Sequence = i, Kind = HistoryKind.Transition })],
        };
        Assert.Equal(0, await Run(client, "history", "B", "-k", "transition", "-n", "5", "-o", "json"));
        string[] lines = Out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([1, 2, 3, 4, 5], lines.Select(l =>
            JsonDocument.Parse(l).RootElement.GetProperty("sequence").GetInt64()));
        Assert.Contains("\"kind\":\"transition\"", lines[0], StringComparison.Ordinal);
        Assert.Equal([HistoryKind.Transition], client.Queried[0].Kinds);
    }

    [Fact]
    public async Task Hold_EachScope_IsAskedFor()
    {
        FakeClient client = new();
        Assert.Equal(0, await Run(client, "hold", "B", "--session", "replay", "--reason", "odd", "--actor", "ann"));
        Assert.Equal(0, await Run(client, "hold", "--portfolio", "--reason", "odd", "--state", "reducing"));
        Assert.Equal(0, await Run(client, "hold", "--strategy", "mm", "--reason", "odd", "--id", "x"));
        Assert.Equal(
            [
                new HoldRequest { Scope = Scope.Symbol, Key = "B@replay", Session = "replay", Actor = "ann",
                    Reason = "odd" },
                new HoldRequest { Scope = Scope.Portfolio, Actor = "tester", Reason = "odd",
                    State = TradingState.Reducing },
                new HoldRequest { Scope = Scope.Strategy, Key = "mm", Actor = "tester", Reason = "odd", Id = "x" },
            ],
            client.Held);
    }

    [Fact]
    public async Task Release_UnknownHold_EndsWithOne()
    {
        FakeClient client =
            new() { Result = new() { Code = "unknown-hold", Message = "Condition failed: there is no hold 'h9'." } };
        Assert.Equal(1, await Run(client, "release", "h9", "--reason", "r"));
        Assert.Equal("Condition failed: there is no hold 'h9'.", Error.ToString().Trim());
    }

    [Fact]
    public async Task Observe_ItemRefused_EndsWithOne()
    {
        FakeClient client = new() { Errors = [new(0, "value", "1", "no")] };
        Assert.Equal(
            1, await Run(client, "observe", "B", "--stage", "order-ack", "--latency-ms", "12.5", "-o", "json"));
        Assert.Equal("accepted", Json().GetProperty("code").GetString());
        Assert.Equal(Observation.Latency("order-ack", TimeSpan.FromMilliseconds(12.5)), client.Observed["B"][0]);
    }

    [Fact]
    public async Task Observe_InputWithABadLine_TakesTheOthersAndEndsWithOne()
    {
        FakeClient client = new();
        string input = """
            {"symbol":"A","kind":"feature","subject":"f","value":1}
            nonsense
            {"symbol":"B","kind":"feature","subject":"f","value":2}
            """;
        Assert.Equal(1, await Run(client, ["observe", "--file", "-"], input));
        Assert.Equal([1.0], client.Observed["A"].Select(o => o.Value));
        Assert.Equal([2.0], client.Observed["B"].Select(o => o.Value));
        Assert.Contains("-:2: it is no observation: ", Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 bad row(s); the others were taken.", Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("score\n1\n\n2.5\nNaN\n-1e3\n", 4)]
    [InlineData("time,score\n1,7\n2,8\n", 2)]
    public async Task Rebaseline_Input_SendsItsValues(string input, int count)
    {
        FakeClient client = new();
        Assert.Equal(0, await Run(
            client, ["rebaseline", "B", "--feature", "f", "--file", "-", "-r", "why", "-s", "paper"], input));
        (string symbol, RebaselineRequest request) = Assert.Single(client.Rebaselined);
        Assert.Equal(("B@paper", "f", "tester", "why"), (symbol, request.Feature, request.Actor, request.Reason));
        Assert.Equal(count, request.Values!.Length);
        Assert.Equal(input.StartsWith('t') ? [7.0, 8] : [1, 2.5, double.NaN, -1_000], request.Values);
    }

    [Fact]
    public async Task Rebaseline_WithoutFile_LearnsAnew()
    {
        FakeClient client = new();
        Assert.Equal(0, await Run(client, "rebaseline", "B", "--feature", "f", "-r", "why"));
        Assert.Null(Assert.Single(client.Rebaselined).Request.Values);
    }

    [Fact]
    public async Task Rebaseline_ALineThatIsNoNumber_SendsNothing()
    {
        FakeClient client = new();
        string[] args = ["rebaseline", "B", "--feature", "f", "--file", "-", "-r", "why"];
        Assert.Equal(2, await Run(client, args, "1\nx\n"));
        Assert.Equal(
            "Condition failed: line 2 of '-' is 'x'; it takes a number, NaN or Infinity.", Error.ToString().Trim());
        Assert.Empty(client.Rebaselined);
    }

    [Fact]
    public async Task Replay_BarsWithSymbol_AreItsReturnsUnderTheProfileOfBars()
    {
        using TemporaryFolder folder = new();
        string bars = folder.Gzip("m.csv.gz", "timestamp,open,high,low,close\n2022-01-01 00:00:00,1,1,1,1\n");
        FakeClient client = new();
        Assert.Equal(0, await Run(client, "replay", bars, "--symbol", "BTC"));
        Assert.Equal("bars", Assert.Single(client.Opened).Request.Limits.Profile);
        Assert.Equal("BTC@replay", Assert.Single(client.Observed.Keys));
        string log = folder.File("log.csv", "Timestamp,Order_ID,Status\n1000,a,PENDING_CREATE\n");
        Assert.Equal(2, await Run(client, "replay", log, "--symbol", "BTC"));
        Assert.Equal(
            "Condition failed: --symbol names the symbol of one file of OHLC bars; given are 1 file(s), 0 of them "
            + "bars. Leave it out: each file names its symbols.",
            Error.ToString().Trim());
    }

    [Fact]
    public async Task Replay_OrderLog_OpensTheSessionSendsAllAndSummarises()
    {
        using TemporaryFolder folder = new();
        string file = folder.Gzip(
            "log.csv.gz", "Timestamp,Order_ID,Status\n1000,a,PENDING_CREATE\nbad\n1100,a,CREATED\n");
        FakeClient client = new();
        Assert.Equal(0, await Run(client, "replay", file, "--set", "Latency:Limit=00:00:00.2", "-o", "json"));
        (string session, SessionRequest request) = Assert.Single(client.Opened);
        Assert.Equal("replay", session);
        Assert.Equal("orders", request.Limits.Profile);
        Assert.Equal("00:00:00.2", request.Limits.Overrides["Latency:Limit"]);
        Assert.True(request.RecordedTime && !request.Append);
        Assert.Equal(
            [ObservationKind.Pending, ObservationKind.Latency, ObservationKind.Pending, ObservationKind.Time],
            client.Observed["log@replay"].Select(o => o.Kind));
        ObservationBatch batch = Assert.Single(client.Batches);
        Assert.Equal(("replay", 7L, 1L), (batch.Producer, batch.ProducerEpoch, batch.FirstSequence));
        JsonElement summary = Json();
        Assert.Equal(3, summary.GetProperty("rows").GetInt64());
        Assert.Equal(1, summary.GetProperty("badRowCount").GetInt64());
        Assert.Equal(3, summary.GetProperty("badRows")[0].GetProperty("line").GetInt64());
        Assert.Equal(4, summary.GetProperty("observations").GetProperty("durable").GetInt64());
        Assert.Equal("log@replay", summary.GetProperty("items")[0].GetProperty("symbol").GetString());
        Assert.Contains($"{file}:3: it has 1 of 3 columns", Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_FilesOfTwoForms_NeedAProfile()
    {
        using TemporaryFolder folder = new();
        string log = folder.File("log.csv", "Timestamp,Order_ID,Status\n1000,a,PENDING_CREATE\n");
        string feed = folder.File("feed.csv", "local_ns,E_ms,T_ms,market,symbol,kind\n1000000,1,,spot,B,trade\n");
        FakeClient client = new();
        Assert.Equal(2, await Run(client, "replay", log, feed));
        Assert.Equal(
            "Condition failed: the files suit the profiles orders and feed; a session has one. "
            + "Name it with --profile, or replay them into two sessions.",
            Error.ToString().Trim());
        Assert.Equal(0, await Run(client, "replay", log, feed, "--profile", "feed"));
        Assert.Equal("feed", Assert.Single(client.Opened).Request.Limits.Profile);
    }

    [Fact]
    public async Task Replay_HistoryBehind_WaitsUntilItHasCaughtUp()
    {
        using TemporaryFolder folder = new();
        string log = folder.File("log.csv", "Timestamp,Order_ID,Status\n1000,a,PENDING_CREATE\n");
        FakeClient client = new() { Lagging = 3 };
        Assert.Equal(0, await Run(client, "replay", log));
        Assert.Equal(-1, client.Lagging);
    }

    [Fact]
    public async Task Replay_NoGoodRow_EndsWithOne()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(
            1, await Run(new FakeClient(), "replay", folder.File("log.csv", "Timestamp,Order_ID,Status\nbad\n")));
        Assert.Contains("Condition failed: no row could be read; nothing was replayed.", Error.ToString(),
            StringComparison.Ordinal);
    }
}
