using Guardian.Contracts;
using Guardian.Silo.Demo;

namespace Guardian.Silo.Tests.Demo;

public sealed class DemoScenarioTests
{
    private const int Seeds = 50;

    [Fact]
    public void MarketData_SameSeedAndTime_IsTheSame()
    {
        DemoScenario one = new(7), other = new(7);
        foreach (long tick in (long[])[0, 123, 1_799, 1_800, 54_321])
        {
            for (int symbol = 0; symbol < DemoScenario.Symbols.Count; symbol++)
            {
                Assert.Equal(one.MarketData(symbol, tick), other.MarketData(symbol, tick));
                Assert.Equal(one.Order(symbol, tick), other.Order(symbol, tick));
                Assert.Equal(one.Answer(symbol, tick), other.Answer(symbol, tick));
                Assert.Equal(one.Score(symbol, tick), other.Score(symbol, tick));
            }
        }
    }

    [Fact]
    public void Incidents_AnySeed_AreSixDifferentSymbolsAndChangeWithTheCycle()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            DemoScenario scenario = new(seed);
            HashSet<string> seen = new(StringComparer.Ordinal);
            for (long cycle = 0; cycle < 10; cycle++)
            {
                DemoIncidents incidents = scenario.Incidents(cycle);
                int[] all =
                [
                    .. incidents.Latency, incidents.Frozen, incidents.Stalled, incidents.Drifting, incidents.Failing,
                ];
                Assert.True(all.Distinct().Count() == 6 && incidents.Latency.Count == 2, $"seed {seed}, cycle {cycle}");
                Assert.All(all, s => Assert.InRange(s, 0, 7));
                seen.Add(string.Join(',', all));
            }

            Assert.True(seen.Count > 1, $"seed {seed}: the same in ten cycles");
        }
    }

    [Fact]
    public void MarketData_OfACycle_HasItsIncidentsInTheirWindowsOnly()
    {
        for (int seed = 0; seed < 5; seed++)
        {
            DemoScenario scenario = new(seed);
            for (long tick = DemoScenario.Cycle; tick < 2 * DemoScenario.Cycle; tick++)
            {
                DemoIncidents incidents = scenario.Incidents(1);
                double second = (tick - DemoScenario.Cycle) / 10.0;
                for (int symbol = 0; symbol < DemoScenario.Symbols.Count; symbol++)
                {
                    IReadOnlyList<Observation> samples = scenario.MarketData(symbol, tick);
                    bool silent = symbol == incidents.Frozen && second is >= 15 and < 55;
                    bool slow = incidents.Latency.Contains(symbol) && second is >= 10 and < 20;
                    bool isRight = silent ? samples.Count == 0 : samples.Count is >= 1 and <= 3;
                    Assert.True(isRight, $"seed {seed}, tick {tick}");
                    Assert.All(samples, s => Assert.InRange(s.Value, slow ? 300 : 0, slow ? 900 : 80));
                }

                Assert.Equal(second is >= 20 and < 45, scenario.IsStalled(incidents.Stalled, tick));
                Assert.False(scenario.IsStalled(incidents.Frozen, tick));
            }
        }
    }

    [Fact]
    public void MarketData_InPeace_IsAboutTwentyASecondWithAMedianOfFiveMilliseconds()
    {
        DemoScenario scenario = new(11);
        double[] values =
        [
            .. Enumerable.Range(600, 1_000).SelectMany(t => scenario.MarketData(0, t)).Select(s => s.Value).Order(),
        ];
        Assert.InRange(values.Length, 1_850, 2_150);
        Assert.InRange(values[values.Length / 2], 4.7, 5.3);
    }

    [Fact]
    public void Order_OfAMinute_IsAboutOneASecondByEveryStrategy()
    {
        DemoScenario scenario = new(11);
        DemoOrder[] orders = [.. Enumerable.Range(0, 6_000).Select(t => scenario.Order(3, t)).OfType<DemoOrder>()];
        Assert.InRange(orders.Length, 500, 700);
        Assert.Equal("hedge,maker,momentum", string.Join(
            ',', orders.Select(o => o.Strategy).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)));
        Assert.Equal(orders.Length, orders.Select(o => o.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(orders, o => Assert.InRange(o.Quantity, 1, 10));
    }

    [Fact]
    public void Report_AnsweredOrder_TellsLatencyAndOutcomeInTheNextTick()
    {
        DemoScenario scenario = new(3);
        DemoGateway gateway = new(scenario, 0);
        Assert.True(gateway.Send("o1", 1));
        Assert.Empty(gateway.Report(1));
        IReadOnlyList<Observation> report = gateway.Report(2);
        Assert.Equal([ObservationKind.Latency, ObservationKind.Outcome], report.Select(o => o.Kind));
        Assert.Equal(("order-ack", "o1"), (report[0].Subject, report[1].Subject));
        Assert.InRange(report[0].Value, 5, 60);
        Assert.Equal(0, gateway.Pending);
    }

    [Fact]
    public void Report_Stall_AgeGrowsWithoutSamplesAndEndsWithoutLatency()
    {
        DemoScenario scenario = new(3);
        DemoGateway gateway = new(scenario, scenario.Incidents(0).Stalled);
        Assert.True(gateway.Send("stuck", 200));
        for (long tick = 201; tick < 450; tick++)
        {
            IReadOnlyList<Observation> report = gateway.Report(tick);
            Assert.All(report, o => Assert.Equal(ObservationKind.Pending, o.Kind));
            if (tick % 10 == 0) Assert.Equal((tick - 200) * 100, Assert.Single(report).Value);
        }

        IReadOnlyList<Observation> back = gateway.Report(450);
        Assert.Equal(Observation.Outcome("stuck", OutcomeKind.Rejected, "cancelled after a stall"), back[0]);
        Assert.Equal(Observation.Pending("gateway", TimeSpan.Zero), back[1]);
        Assert.Equal(2, back.Count);
    }

    [Fact]
    public void Send_TooManyUnanswered_IsRefused()
    {
        DemoScenario scenario = new(3);
        DemoGateway gateway = new(scenario, scenario.Incidents(0).Stalled);
        for (int i = 0; i < 64; i++) Assert.True(gateway.Send($"o{i}", 210));
        Assert.False(gateway.Send("one too many", 210));
    }
}
