using Guardian.Simulation.Planting;
using Guardian.Simulation.Worlds;

namespace Guardian.Simulation.Running;

/// <summary>What one seed gave.</summary>
/// <param name="Script">What happened.</param>
/// <param name="Broken">What broke; null when nothing did.</param>
/// <param name="Steps">Steps that were done.</param>
/// <param name="Checks">Invariants that were checked.</param>
internal sealed record Outcome(Script Script, BrokenInvariantException? Broken, int Steps, long Checks);

/// <summary>Runs worlds.</summary>
internal static class Runner
{
    /// <summary>Runs one world.</summary>
    internal static Outcome Run(Script script, Plant plant, Action<Step>? watch = null)
    {
        using var world = new World(script, plant);
        BrokenInvariantException? broken = world.Run(watch);
        return new Outcome(script, broken, world.StepsDone, world.Check.Checks);
    }

    /// <summary>Leaves out steps as long as the same invariant breaks, until none can be left out.</summary>
    /// <param name="failed">A run that failed.</param>
    /// <param name="plant">Makes the fault, where one is planted.</param>
    /// <param name="most">Most runs.</param>
    internal static Outcome Shrink(Outcome failed, Func<Plant> plant, int most)
    {
        Outcome best = Run(failed.Script.With([.. failed.Script.Steps.Take(failed.Steps + 1)]), plant());
        if (!Same(best, failed)) best = failed;
        for (int size = Math.Max(1, best.Script.Steps.Count / 2); most > 0; size = Math.Max(1, size / 2))
        {
            bool smaller = false;
            for (int at = 0; at < best.Script.Steps.Count && most > 0;)
            {
                Step[] left = [.. best.Script.Steps.Take(at), .. best.Script.Steps.Skip(at + size)];
                most--;
                Outcome tried = Run(best.Script.With(left), plant());
                if (Same(tried, failed)) (best, smaller) = (tried, true);
                else at += size;
            }

            if (size == 1 && !smaller) break;
        }

        return best;
    }

    private static bool Same(Outcome one, Outcome other) => one.Broken is not null
        && string.Equals(one.Broken.Invariant, other.Broken!.Invariant, StringComparison.Ordinal);
}
