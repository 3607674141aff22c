using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;
using Guardian.Silo.Demo;
using Detected = Guardian.Detection;

namespace Guardian.Silo.Tests.Demo;

/// <summary>The demo's scores and answers through the engine: each scene shows what it should, and no other.</summary>
public sealed class DemoScenesTests
{
    private const long TickNanoseconds = 100_000_000;
    private const long Start = 1_700_000_000_000_000_000;

    [Fact]
    public void Score_OfACycle_BreachesWhereItDriftsAndNowhereElse()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            DemoScenario scenario = new(seed);
            int drifting = scenario.Incidents(0).Drifting;
            for (int symbol = 0; symbol < DemoScenario.Symbols.Count; symbol++)
            {
                (double Second, Transition What)[] seen = Judge(scenario, symbol, Detected.GuardrailKind.Drift);
                double[] breaches = [.. seen.Where(t => t.What.To == "Breach").Select(t => t.Second)];
                string where = $"seed {seed}, symbol {symbol}: {string.Join(", ", breaches)}";
                if (symbol != drifting)
                {
                    Assert.True(breaches.Length == 0, where);
                    continue;
                }

                Assert.True(breaches.Length == 1 && breaches[0] is > 60 and < 100, where);
                Assert.True(seen.Last().Second < DemoScenario.Cycle / 10.0 && seen[^1].What.From == "Breach", where);
            }
        }
    }

    [Fact]
    public void Answer_OfACycle_BreachesWhereOrdersFailAndNowhereElse()
    {
        int quick = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            DemoScenario scenario = new(seed);
            for (int symbol = 0; symbol < DemoScenario.Symbols.Count; symbol++)
            {
                (double Second, Transition What)[] breaches =
                [
                    .. Judge(scenario, symbol, Detected.GuardrailKind.Errors).Where(t => t.What.To == "Breach"),
                ];
                bool failing = symbol == scenario.Incidents(0).Failing;
                Assert.True(
                    failing ? breaches.Length > 0 && breaches[0].Second is > 70 and < 95 : breaches.Length == 0,
                    $"seed {seed}, symbol {symbol}: {string.Join(", ", breaches)}");
                if (failing && breaches[0].Second < 85) quick++;
            }
        }

        Assert.True(quick >= 15, $"only {quick} of 20 within 15 s");
    }

    private static (double Second, Transition What)[] Judge(
        DemoScenario scenario, int symbol, Detected.GuardrailKind kind)
    {
        GuardianEngine engine = new(GuardianPolicy.TryMake("default", [], out _)!);
        Transitions seen = new();
        double[] reference = scenario.ScoreReference(symbol);
        Assert.Null(engine.Apply(new Rebaselined(Start, DemoScenario.ScoreFeature, reference, "a", "b"), seen));
        DemoGateway gateway = new(scenario, symbol);
        for (long tick = 0; tick < DemoScenario.Cycle; tick++)
        {
            long at = Start + (tick * TickNanoseconds);
            if (scenario.Score(symbol, tick) is { } score)
                engine.Apply(new Observation(ObservationKind.Feature, at, score.Subject, score.Value), seen);
            foreach (Contracts.Observation report in gateway.Report(tick))
            {
                if (report.Kind == Contracts.ObservationKind.Outcome)
                    engine.Apply(new Observation(ObservationKind.Outcome, at, report.Subject, report.Value), seen);
            }

            if (scenario.Order(symbol, tick) is { } order) gateway.Send(order.Id, tick);
        }

        return
        [
            .. seen.Items.Where(t => t.Guardrail == kind).Select(t => ((t.At - Start) / (10.0 * TickNanoseconds), t)),
        ];
    }

    private sealed class Transitions : IFoldSink
    {
        public List<Transition> Items { get; } = [];

        public void Write(long sequence, in Observation observation)
        {
            // Only what the fold brings forth is of interest.
        }

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
            if (guardianEvent is Transition transition) Items.Add(transition);
        }
    }
}
