using Guardian.Detection.Breaker;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;

namespace Guardian.Detection.Tests.Engine;

/// <summary>Which confirmed breach of a feature latches, and in which window they are counted.</summary>
public sealed class DriftLatchTests
{
    private readonly Collector _seen = new();
    private long _now = EngineBench.Start;

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Policy_LatchingBreachesAtTheirMost_AreTakenAndNotOneMore(int breaches, bool taken) => Assert.Equal(
        taken,
        Detection.Options.GuardianPolicy.TryMake(
            "default", [new("Drift:LatchingBreaches", $"{breaches}")], out _) is not null);

    [Theory]
    [InlineData(1, "1.00:00:00", 1, true)]
    [InlineData(2, "1.00:00:00", 1, false)]
    [InlineData(2, "1.00:00:00", 2, true)]
    [InlineData(3, "1.00:00:00", 2, false)]
    [InlineData(2, "00:01:00", 2, false)]
    public void Apply_ConfirmedBreaches_LatchAtTheirNumberWithinTheWindow(
        int latching, string window, int breaches, bool latched)
    {
        var engine = new GuardianEngine(EngineBench.Policy(
            "default",
            ("Drift:Window", "150"),
            ("Drift:Step", "10"),
            ("Drift:EarlyWarnings", "false"),
            ("Drift:LatchingBreaches", $"{latching}"),
            ("Drift:LatchWindow", window)));
        for (int i = 0; i < breaches; i++)
        {
            double[] values = [.. Enumerable.Range(0, 1_000).Select(v => (double)(v % 100))];
            Assert.Null(engine.Apply(new Rebaselined(_now, "score", values, "ann", "test"), _seen));
            for (int v = 0; v < 190; v++)
            {
                engine.Apply(
                    new Observation(ObservationKind.Feature, _now += EngineBench.Second, "score", 1_000), _seen);
            }
        }

        Assert.Equal(latched, engine.Breaker == BreakerState.Latched);
    }
}
