using System.Diagnostics;
using Guardian.Benchmarks.Measuring;
using Guardian.Contracts;
using Guardian.Testing.Processes;

namespace Guardian.Benchmarks.Calling;

/// <summary>The suite <c>growth</c>: what more symbols cost at the same total rate.</summary>
internal static class GrowthSuite
{
    private const int Few = 10;
    private const int Offered = 100_000;
    private const int CallersAtOnce = 32;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(3);

    private static readonly string[] Notes =
    [
        "Two silos, one with ten symbols and one with so many as the row says, and a process of callers on the same "
        + "two cores, in turns of 3 s: the silo whose turn it is not is stopped (SIGSTOP). Every guardian has been "
        + "called before; its windows fill while it is measured. Batches of 100 latencies, over the symbols in turn. "
        + "The first turn is not counted.",
        "**Offered.** 100,000 observations a second, whether those before are answered or not, so both do the same. "
        + "Events through are counted until the last is answered. The processor time is that of the silo, from the "
        + "kernel's own count, and holds its journal, its history and the ticks of its guardians.",
        "**Flat out.** 32 callers, as many batches as go through: what is left for events when guardians tick, and "
        + "what their memory costs that no cache holds.",
    ];

    /// <summary>Measures what more symbols cost.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static async Task<int> RunAsync(CommandLine line, TextWriter output)
    {
        List<BenchmarkRow> rows = [];
        foreach (int count in line.Quick ? (int[])[1_000] : [1, 100, 1_000, 10_000])
            rows.AddRange(await CompareAsync(count, line.Quick ? 2 : 5));
        return SuiteRun.Run(line, rows, Notes, output);
    }

    private static async Task<BenchmarkRow[]> CompareAsync(int count, int repeats)
    {
        await using World few = await World.StartAsync(Few);
        await few.Silo.PauseAsync(CancellationToken.None);
        await using World many = await World.StartAsync(count);
        (List<Used> fewOffered, List<Used> manyOffered) =
            await InTurnsAsync(few, many, repeats, world => world.OfferAsync(Turn));
        // Afterwards: it leaves more than the history has stored when it is over.
        (List<Used> fewFlat, List<Used> manyFlat) =
            await InTurnsAsync(few, many, repeats, world => world.FlatOutAsync(Turn));
        await few.Silo.ResumeAsync(CancellationToken.None);
        bool judged = count > Few;
        return
        [
            Row($"{Offered:#,0} events/s offered, {count:#,0} symbols", "events/s", manyOffered, fewOffered,
                used => used.PerSecond, judged ? ("≥ 0.8×", r => r >= 0.8) : null),
            Row($"the silo's processor time an event, {count:#,0} symbols", "µs", manyOffered, fewOffered,
                used => used.Microseconds, judged ? ("≤ 1.25×", r => r <= 1.25) : null),
            Row($"flat out, {count:#,0} symbols", "events/s", manyFlat, fewFlat, used => used.PerSecond, goal: null),
        ];
    }

    private static async Task SwitchAsync(World from, World to)
    {
        await from.Silo.PauseAsync(CancellationToken.None);
        await to.Silo.ResumeAsync(CancellationToken.None);
        // What waited while it stood still is done first.
        await to.OfferAsync(TimeSpan.FromSeconds(1));
    }

    private static async Task<(List<Used> Few, List<Used> Many)> InTurnsAsync(
        World few, World many, int repeats, Func<World, Task<Used>> use)
    {
        List<Used> one = [], other = [];
        for (int i = -1; i < repeats; i++)
        {
            await SwitchAsync(from: many, to: few);
            Used first = await use(few);
            await SwitchAsync(from: few, to: many);
            Used second = await use(many);
            if (i < 0) continue;
            one.Add(first);
            other.Add(second);
        }

        return (one, other);
    }

    private static BenchmarkRow Row(
        string name,
        string unit,
        List<Used> many,
        List<Used> few,
        Func<Used, double> figure,
        (string Text, Func<double, bool> IsMet)? goal)
    {
        double[] ours = [.. many.Select(figure)], ten = [.. few.Select(figure)];
        Spread ratio = Spread.Of(ours.Zip(ten, (n, t) => n / t));
        return new BenchmarkRow(
            name, unit, Spread.Of(ours), $"{Few} symbols", Spread.Of(ten), ratio, goal?.Text,
            goal?.IsMet(ratio.Median));
    }

    /// <summary>What a silo did in one turn.</summary>
    /// <param name="PerSecond">Events a second.</param>
    /// <param name="Microseconds">Its processor time an event.</param>
    private sealed record Used(double PerSecond, double Microseconds);

    /// <summary>A silo with so many symbols, and the way to it.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly ObservationBatch _batch = ObserveSuite.Batch();
        private readonly SiloClient _client;
        private readonly string[] _symbols;

        private World(SiloProcess silo, SiloClient client, string[] symbols) =>
            (Silo, _client, _symbols) = (silo, client, symbols);

        internal SiloProcess Silo { get; }

        public async ValueTask DisposeAsync()
        {
            await _client.DisposeAsync();
            await Silo.DisposeAsync();
        }

        internal static async Task<World> StartAsync(int count)
        {
            SiloProcess silo = BareHost.Make();
            await silo.StartAsync(CancellationToken.None);
#pragma warning disable CA2000 // It is the world's.
            string[] symbols = [.. Enumerable.Range(0, count).Select(i => $"SYM{i:00000}")];
            World world = new(silo, await SiloClient.ConnectAsync(silo), symbols);
#pragma warning restore CA2000
            await Parallel.ForAsync(
                0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 },
                async (i, _) => await world.SendAsync(i));
            return world;
        }

        internal Task<Used> OfferAsync(TimeSpan time) => UsedAsync(async () =>
            (await Callers.PaceAsync(Offered / ObserveSuite.Items, time, SendAsync)).Length);

        internal Task<Used> FlatOutAsync(TimeSpan time) => UsedAsync(async () => (int)(time.TotalSeconds * (
            await Callers.RunAsync(
                CallersAtOnce, time, (caller, i) => SendAsync(caller + (i * CallersAtOnce)))).PerSecond));

        private async Task<Used> UsedAsync(Func<Task<int>> send)
        {
            double before = ProcessorSeconds();
            long start = Stopwatch.GetTimestamp();
            double events = (double)await send() * ObserveSuite.Items;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return new Used(events / seconds, (ProcessorSeconds() - before) * 1e6 / events);
        }

        private async ValueTask SendAsync(int number) => ObserveSuite.Expect(
            await _client.Guardians.ObserveAsync(_symbols[number % _symbols.Length], _batch));

        private double ProcessorSeconds()
        {
            using var found = Process.GetProcessById(Silo.ProcessId);
            return found.TotalProcessorTime.TotalSeconds;
        }
    }
}
