using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Guardian.Client;
using Guardian.Client.Gating;
using Guardian.Client.Reporting;
using Guardian.Contracts;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>The gate in a trading process, on real silos found by Redis.</summary>
[Collection(FaultSuite.Faults)]
public sealed class GateTests : ClusterTest
{
    private readonly ConcurrentQueue<GateChangedEventArgs> _halted = new();
    private readonly ConcurrentQueue<GateChangedEventArgs> _resumed = new();

    [Fact]
    public async Task Gate_HoldsAndAClusterThatGoes_AnsweredFromMemoryByLeaseAndPolicy()
    {
        SiloProcess[] silos = await StartClusterAsync(1);
        using IHost host = await ConnectAsync();
        await using GuardianGates gates = host.Services.GetRequiredService<GuardianGates>();
        IGuardianClient client = host.Services.GetRequiredService<IGuardianClient>();
        gates.OnHalted += (_, change) => _halted.Enqueue(change);
        gates.OnResumed += (_, change) => _resumed.Enqueue(change);
        Assert.Equal(GateAnswer.AskServer, gates.Gate("GATE"));
        await SaysAsync(gates, GateAnswer.Allowed);

        long start = Stopwatch.GetTimestamp();
        await client.HoldAsync(new HoldRequest
        {
            Id = "all", Scope = Scope.Portfolio, Key = string.Empty, Session = SymbolName.Live,
            State = TradingState.Halted, Actor = "ana", Reason = "news",
        });
        await SaysAsync(gates, GateAnswer.Denied);
        double reached = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Assert.True(reached < 1_000, $"the hold reached the gate after {reached:0} ms");
        Assert.Equal(("GATE", GateAnswer.Allowed, GateAnswer.Denied), await ToldAsync(_halted));
        await client.ReleaseAsync(
            SymbolName.Live, new ReleaseRequest { Id = "all", Actor = "ben", Reason = "it is over" });
        await SaysAsync(gates, GateAnswer.Allowed);
        Assert.Equal(("GATE", GateAnswer.Denied, GateAnswer.Allowed), await ToldAsync(_resumed));

        await client.HoldAsync(new HoldRequest
        {
            Id = "one", Scope = Scope.Strategy, Key = "mean", Session = SymbolName.Live,
            State = TradingState.Reducing, Actor = "ana", Reason = "odd fills",
        });
        await Phase.ReachAsync(
            "the strategy is held", Soon,
            () => Task.FromResult(gates.Gate("GATE", "mean") == GateAnswer.ReduceOnly), Stop);
        Assert.Equal(("GATE/mean", GateAnswer.Allowed, GateAnswer.ReduceOnly), await ToldAsync(_halted));
        Assert.Equal((GateAnswer.Allowed, GateAnswer.Allowed), (gates.Gate("GATE"), gates.Gate("GATE", "other")));

        await silos[0].Kill9Async();
        Assert.Equal(GateAnswer.Allowed, gates.Gate("GATE")); // By its lease.
        await SaysAsync(gates, GateAnswer.Denied); // By its policy.
        Assert.Equal(("GATE", GateAnswer.Allowed, GateAnswer.Denied), await ToldAsync(_halted));
        Assert.Equal(GateAnswer.Denied, gates.Gate("GATE", "mean"));
        await silos[0].StartAsync(Stop);
        await SaysAsync(gates, GateAnswer.Allowed);
        Assert.Equal(GateAnswer.ReduceOnly, gates.Gate("GATE", "mean"));
        Assert.Equal(("GATE", GateAnswer.Denied, GateAnswer.Allowed), await ToldAsync(_resumed));
        await client.ReleaseAsync(
            SymbolName.Live, new ReleaseRequest { Id = "one", Actor = "ben", Reason = "it is over" });
        Assert.Equal(("GATE/mean", GateAnswer.ReduceOnly, GateAnswer.Allowed), await ToldAsync(_resumed));
        Assert.Equal(GateAnswer.Allowed, gates.Gate("GATE", "mean"));
        Say(string.Create(CultureInfo.InvariantCulture, $"a hold reached the gate after {reached:0} ms"));
    }

    [Fact]
    public async Task Check_ASiloIsKilledMeanwhile_EveryOneIsAnswered()
    {
        SiloProcess[] silos = await StartClusterAsync(2);
        using IHost host = await ConnectAsync();
        IGuardianClient client = host.Services.GetRequiredService<IGuardianClient>();
        string[] symbols = [.. Enumerable.Range(0, 12).Select(i => $"CALL{i}")];
        ConcurrentQueue<Activity> spans = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == ClientSpans.Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.GetTagItem("guardian.symbol") is string s && s.StartsWith("CALL", StringComparison.Ordinal))
                    spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        foreach (string symbol in symbols) await AskAsync(client, symbol);
        Task killed = silos[0].Kill9Async();
        long start = Stopwatch.GetTimestamp();
        int answered = 0;
        double longest = 0;
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(4))
        {
            foreach (string symbol in symbols)
            {
                long asked = Stopwatch.GetTimestamp();
                await AskAsync(client, symbol); // What is not answered throws.
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(asked).TotalSeconds);
                answered++;
            }
        }

        await killed;
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"kill -9 under a client: {answered} checks answered, longest {longest:0.00} s"));
        Assert.True(longest < 3, $"longest {longest} s");
        Activity[] checks = [.. spans.Where(span => span.OperationName == "guardian.check")];
        Assert.Equal(answered + symbols.Length, checks.Length);
        Assert.All(checks, span => Assert.Equal(true, span.GetTagItem("guardian.allowed")));
    }

    [Fact]
    public async Task Report_TheClusterIsAway_KeptToTheBoundAndSentOnceAfterwards()
    {
        SiloProcess[] silos = await StartClusterAsync(1);
        using IHost host = await ConnectAsync();
        await using GuardianReports reports = host.Services.GetRequiredService<GuardianReports>();
        for (int i = 1; i <= 200; i++) Assert.True(reports.Report("REPO", Sample(i)));
        await Phase.ReachAsync(
            "the first are stored", Soon, async () => (await StoredAsync(silos[0])).Length == 200, Stop);
        await silos[0].Kill9Async();
        long longest = 0;
        for (int i = 201; i <= 1_200; i++)
        {
            long start = Stopwatch.GetTimestamp();
            bool taken = reports.Report("REPO", Sample(i));
            longest = Math.Max(longest, Stopwatch.GetTimestamp() - start);
            Assert.Equal(i <= 1_000, taken); // Room is for 800, and none has gone.
        }

        Assert.Equal((800L, 200L), (reports.Waiting, reports.Dropped));
        await silos[0].StartAsync(Stop);
        Assert.True(reports.Report("REPO", Sample(1_201)) || reports.Waiting > 0);
        double[] all = await Phase.ReachAsync(
            "all that were kept are stored",
            Soon,
            () => StoredAsync(silos[0]),
            stored => stored.Length >= 1_000,
            Stop);
        Assert.Equal(Enumerable.Range(1, 1_000).Select(i => (double)i), all.Where(v => v <= 1_000).Order());
        Say($"a report took {longest * 1e3 / Stopwatch.Frequency:0.000} ms at most, 200 found no room");
    }

    private static Observation Sample(int i) => Observation.Latency("order-ack", TimeSpan.FromMilliseconds(i));

    private static async Task<double[]> StoredAsync(SiloProcess silo) =>
        [.. (await EventHistory.ReadAsync(silo, "REPO", Stop)).Of("observation").Select(e => (double)e["value"]!)];

    private static async Task AskAsync(IGuardianClient client, string symbol)
    {
        OrderRequest order = new() { OrderId = "one", Side = OrderSide.Buy, Quantity = 1 };
        Assert.True((await client.CheckAsync(symbol, order)).Allowed);
    }

    private static async Task SaysAsync(GuardianGates gates, GateAnswer answer) => await Phase.ReachAsync(
        $"the gate says {answer}", Soon, () => Task.FromResult(gates.Gate("GATE") == answer), Stop);

    private static async Task<(string, GateAnswer, GateAnswer)> ToldAsync(ConcurrentQueue<GateChangedEventArgs> queue)
    {
        await Phase.ReachAsync("a change is told", Soon, () => Task.FromResult(!queue.IsEmpty), Stop);
        GateChangedEventArgs change = Assert.Single(queue);
        queue.Clear();
        string of = change.Strategy is null ? change.Symbol : $"{change.Symbol}/{change.Strategy}";
        return (of, change.From, change.To);
    }

    private async Task<IHost> ConnectAsync()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGuardianClient(o =>
        {
            o.Redis = Redis.EndPoint;
            o.Gate.Lease = TimeSpan.FromSeconds(2);
            o.Report.Capacity = 800;
        });
        IHost host = builder.Build();
        await host.StartAsync(Stop);
        return host;
    }
}
