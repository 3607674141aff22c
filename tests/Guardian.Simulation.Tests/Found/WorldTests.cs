using Guardian.Simulation.Planting;
using Guardian.Simulation.Running;
using Guardian.Simulation.Worlds;

namespace Guardian.Simulation.Tests.Found;

/// <summary>Defects that the simulator found, as the steps that showed them: docs/reference/faults.md.</summary>
public sealed class WorldTests
{
    // Advance 60: 61 ms, 555: 655 ms. DiskFault 0: full, 3: no write succeeds.
    private static void Holds(bool shortQueue, params (StepKind Kind, int Amount)[] steps)
    {
        var script = new Script
        {
            Seed = 1,
            Silos = 1,
            Symbols = 2,
            Embedded = false,
            Decays = false,
            Theme = Theme.Mixed,
            ShortQueue = shortQueue,
            Steps = [.. steps.Select((s, i) => new Step(s.Kind, 0, 0, s.Amount, (ulong)i + 1))],
        };
        Outcome outcome = Runner.Run(script, new Plant());
        Assert.True(outcome.Broken is null, outcome.Broken?.Message);
    }

    [Fact]
    public void Release_JournaledWithoutItsTombstone_StaysReleasedOnTheBoard() => Holds(
        shortQueue: false,
        (StepKind.HoldSymbol, 0),
        (StepKind.Advance, 555),
        (StepKind.DiskFault, 3),
        (StepKind.Release, 0),
        (StepKind.Write, 0),
        (StepKind.DiskHeal, 0),
        (StepKind.Advance, 60),
        (StepKind.PowerLoss, 0),
        (StepKind.Start, 0),
        (StepKind.Check, 0));

    [Fact]
    public void Report_WithoutRoom_IsDurableOnceACheckpointIs() => Holds(
        shortQueue: true,
        [
            (StepKind.Report, 5), (StepKind.Advance, 555), (StepKind.DiskFault, 0),
            .. Enumerable.Repeat((StepKind.Report, 7), 20),
            (StepKind.DiskHeal, 0), (StepKind.Advance, 555),
        ]);

    [Fact]
    public void Report_BehindAHole_IsPromisedOnlyOnceACheckpointIs() => Holds(
        shortQueue: true,
        [
            .. Enumerable.Repeat((StepKind.Report, 7), 14),
            (StepKind.Write, 0), (StepKind.Report, 7), (StepKind.Write, 0), (StepKind.Kill, 0), (StepKind.Start, 0),
            // What these answers call durable, the producer forgets.
            (StepKind.Report, 7), (StepKind.Write, 0), (StepKind.Report, 7), (StepKind.Write, 0), (StepKind.Report, 7),
            (StepKind.Kill, 0), (StepKind.Start, 0), (StepKind.Report, 7),
        ]);
}
