using System.Diagnostics;
using System.Globalization;
using Guardian.Simulation.Planting;
using Guardian.Simulation.Worlds;

namespace Guardian.Simulation.Running;

/// <summary>The simulator from a command line.</summary>
internal static class CommandLine
{
    private const int MostRunsToShrink = 600;

    private const string Usage = """
        Guardian.Simulation: runs worlds by seed and checks the invariants after each step.
          --seeds N      how many seeds (default 100)
          --from SEED    the first one (default 1)
          --seed SEED    only this one
          --steps N      steps a world (default 75)
          --fault NAME   with a planted fault; 'list' names them
          --threads N    worlds at a time (default: processors)
          --verbose      prints each step
        """;

    internal static int Run(string[] args, TextWriter output)
    {
        if (!Settings.TryRead(args, out Settings settings, out string problem))
        {
            output.WriteLine(problem);
            output.WriteLine(Usage);
            return 2;
        }

        if (settings.Fault == "list")
        {
            foreach (string name in PlantedFaults.Names) output.WriteLine(name);
            return 0;
        }

        long started = Stopwatch.GetTimestamp();
        Totals totals = RunAll(settings, output);
        if (totals.First is { } first) Explain(first, settings, output);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{totals.Seeds} seeds, {totals.Steps} steps, {totals.Checks} invariants checked, {totals.Broken} broken, "
            + $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
        return totals.Broken == 0 ? 0 : 1;
    }

    private static Totals RunAll(Settings settings, TextWriter output)
    {
        var totals = new Totals();
        long next = 0;
        var threads = new Thread[(int)Math.Min(settings.Threads, settings.Seeds)];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() =>
            {
                while (true)
                {
                    long n = Interlocked.Increment(ref next) - 1;
                    if (n >= settings.Seeds || totals.Broken > 0) return;
                    ulong seed = settings.From + (ulong)n;
                    Script script = Script.Of(seed, settings.Steps);
                    Action<Step>? watch = settings.Verbose ? step => output.WriteLine(step) : null;
                    totals.Add(Runner.Run(script, PlantedFaults.Make(settings.Fault), watch), output);
                }
            });
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        return totals;
    }

    private static void Explain(Outcome failed, Settings settings, TextWriter output)
    {
        output.WriteLine($"seed {failed.Script.Seed}: {failed.Broken!.Message}");
        output.WriteLine($"after {failed.Steps} of {failed.Script.Steps.Count} steps; shrinking …");
        Outcome shrunk = Runner.Shrink(failed, () => PlantedFaults.Make(settings.Fault), MostRunsToShrink);
        output.WriteLine($"{shrunk.Script.Steps.Count} steps break it: {shrunk.Broken!.Message}");
        output.WriteLine(
            $"  silos {shrunk.Script.Silos}, symbols {shrunk.Script.Symbols}, embedded {shrunk.Script.Embedded}, "
            + $"decays {shrunk.Script.Decays}, short queue {shrunk.Script.ShortQueue}");
        foreach (Step step in shrunk.Script.Steps) output.WriteLine($"  {step}");
        if (settings.Verbose)
            Runner.Run(shrunk.Script, PlantedFaults.Make(settings.Fault), step => output.WriteLine($"> {step}"));
        string fault = settings.Fault is null ? string.Empty : $" --fault {settings.Fault}";
        output.WriteLine(
            "replay: dotnet run --project tests/Guardian.Simulation -c Release -- "
            + $"--seed {failed.Script.Seed} --steps {settings.Steps}{fault}");
    }
}

/// <summary>Sums over worlds. Thread-safe.</summary>
internal sealed class Totals
{
    private readonly Lock _gate = new();

    internal long Seeds { get; private set; }

    internal long Steps { get; private set; }

    internal long Checks { get; private set; }

    internal long Broken { get; private set; }

    /// <summary>Gets the failure of the lowest seed.</summary>
    internal Outcome? First { get; private set; }

    internal void Add(Outcome outcome, TextWriter output)
    {
        lock (_gate)
        {
            Seeds++;
            Steps += outcome.Steps;
            Checks += outcome.Checks;
            if (Seeds % 1000 == 0) output.WriteLine($"{Seeds} seeds …");
            if (outcome.Broken is null) return;
            Broken++;
            if (First is null || outcome.Script.Seed < First.Script.Seed) First = outcome;
        }
    }
}

/// <summary>What was asked for.</summary>
internal readonly record struct Settings(
    long Seeds, ulong From, int Steps, string? Fault, int Threads, bool Verbose)
{
    /// <summary>How long a world is, so that ten thousand take less than five minutes on two cores.</summary>
    internal const int DefaultSteps = 75;

    internal static bool TryRead(string[] args, out Settings settings, out string problem)
    {
        settings = new Settings(100, 1, DefaultSteps, null, Environment.ProcessorCount, false);
        problem = string.Empty;
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--verbose")
            {
                settings = settings with { Verbose = true };
                continue;
            }

            string? value = i + 1 < args.Length ? args[i + 1] : null;
            long number = 0;
            bool isNumber = value is not null
                && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number);
            Settings? read = (args[i], isNumber) switch
            {
                ("--seeds", true) when number > 0 => settings with { Seeds = number },
                ("--from", true) => settings with { From = (ulong)number },
                ("--seed", true) => settings with { From = (ulong)number, Seeds = 1 },
                ("--steps", true) => settings with { Steps = (int)Math.Clamp(number, 1, 100_000) },
                ("--threads", true) => settings with { Threads = (int)Math.Clamp(number, 1, 64) },
                ("--fault", _) when value == "list" || PlantedFaults.Names.Contains(value, StringComparer.Ordinal) =>
                    settings with { Fault = value },
                _ => null,
            };
            if (read is null)
            {
                problem = $"Condition failed: '{args[i]} {value}' is not known; see below.";
                return false;
            }

            settings = read.Value;
            i++;
        }

        return true;
    }
}
