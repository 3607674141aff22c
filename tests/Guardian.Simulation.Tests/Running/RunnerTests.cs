using System.Diagnostics;
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

    // The order in which strings hash differs from process to process, and nothing may follow it.
    [Fact]
    public async Task Run_SameSeedsInTwoProcesses_AreTheSameWorlds()
    {
        string[] both = await Task.WhenAll(InAnotherProcessAsync(), InAnotherProcessAsync());
        Assert.Contains(" 0 broken", both[0]);
        Assert.Equal(both[0], both[1]);
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

    private static async Task<string> InAnotherProcessAsync()
    {
        string[] arguments = [typeof(Runner).Assembly.Location, "--from", "1", "--seeds", "40", "--threads", "1"];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true, UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said[..said.LastIndexOf(',')]; // Without the seconds it took.
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
