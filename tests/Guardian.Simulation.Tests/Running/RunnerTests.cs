using Guardian.Simulation.Planting;
using Guardian.Simulation.Running;
using Guardian.Simulation.Worlds;

namespace Guardian.Simulation.Tests.Running;

public sealed class RunnerTests
{
    [Fact]
    public void Run_FiftySeeds_BreakNothing()
    {
        for (ulong seed = 500_001; seed <= 500_050; seed++)
        {
            Outcome outcome = Runner.Run(Script.Of(seed, 75), new Plant());
            Assert.True(outcome.Broken is null, $"seed {seed}: {outcome.Broken?.Message}");
            Assert.InRange(outcome.Steps, 1, 75);
        }
    }

    [Fact]
    public void Run_SameSeedTwice_IsTheSameWorld()
    {
        for (ulong seed = 1; seed <= 20; seed++)
            Assert.Equal(Trace(seed), Trace(seed));
    }

    [Fact]
    public void Shrink_OfAFailure_BreaksTheSameInvariantInFewerSteps()
    {
        static Plant Fault() => PlantedFaults.Make("release-without-tombstone");
        Outcome failed = Enumerable.Range(1, 100)
            .Select(seed => Runner.Run(Script.Of((ulong)seed, 75), Fault()))
            .First(outcome => outcome.Broken is not null);
        Outcome shrunk = Runner.Shrink(failed, Fault, most: 300);
        Assert.Equal(failed.Broken!.Invariant, shrunk.Broken!.Invariant);
        Assert.InRange(shrunk.Script.Steps.Count, 1, 12);
    }

    private static string Trace(ulong seed)
    {
        using var world = new World(Script.Of(seed, 75), new Plant());
        Assert.Null(world.Run());
        return string.Join(
            "; ",
            world.Silos.Select(s =>
                $"{s.Disk.Writes} writes, {s.Disk.Syncs} syncs, {s.Disk.Injected} faults, life {s.Life}"))
            + $"; {world.History.Events} events, {world.Check.Checks} checks, time {world.Clock.Now}";
    }
}
