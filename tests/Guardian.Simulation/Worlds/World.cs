using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Simulation.Disk;
using Guardian.Simulation.Model;
using Guardian.Simulation.Planting;
using Guardian.Simulation.Stores;
using Guardian.Simulation.Time;
using Guardian.Storage.Journal;

namespace Guardian.Simulation.Worlds;

/// <summary>Some silos, what they share, those who use them, and the model that knows what must hold.</summary>
/// <remarks>One thread: whatever happens, happens within a step, in a fixed order.</remarks>
internal sealed partial class World : IDisposable
{
    private static readonly TimeSpan Chunk = TimeSpan.FromMilliseconds(250);

    private static long _worlds;

    private readonly Dictionary<string, int> _owners = new(StringComparer.Ordinal);
    private readonly HashSet<(string, Epoch, long)> _unrecorded = [];
    private readonly HashSet<(string, Epoch)> _epochs = [];
    private readonly List<Lane> _lanes = [];
    private readonly Lane[] _live;
    private readonly HashSet<(int, int)> _cuts = [];
    private readonly List<HaltTruth> _halts = [];
    private readonly List<(string Symbol, string Order)> _orders = [];
    private readonly string[] _symbols;
    private int _generation;
    private int _orderNumber;

    internal World(Script script, Plant plant)
    {
        Script = script;
        Plant = plant;
        Chance = new Chance(script.Seed);
        Check = new Checker();
        Clock = new VirtualClock();
        Grains = new GrainStore(Clock, Check);
        plant.Prepare(Grains);
        History = new HistoryTwin(Check, mark => AnyDecayed || _abandonedMarks.Contains(mark));
        Hot = new HotTwin(Check);
        Alerting = new Alerting(this);
        _symbols = [.. Enumerable.Range(0, script.Symbols).Select(i => $"S{i}USDT")];
        long world = Interlocked.Increment(ref _worlds);
        Silos =
        [
            .. Enumerable.Range(0, script.Silos).Select(i =>
                new SimulatedSilo(this, i, new SimulatedDisk($"{SqliteVfs.Root}{world}-{i}", Chance.Fork((ulong)i)))),
        ];
        for (int i = 0; i < _symbols.Length; i++)
        {
            _owners[_symbols[i]] = i % script.Silos;
            _lanes.Add(new Lane(_lanes.Count + 1, _symbols[i], "feed"));
        }

        _live = [.. _symbols.Select((s, i) => new Lane(100 + i, s, "live"))];
        foreach (SimulatedSilo silo in Silos)
        {
            plant.Prepare(silo.Disk);
            SqliteVfs.Mount(silo.Disk);
            silo.Start();
        }
    }

    internal Script Script { get; }

    internal Plant Plant { get; }

    /// <summary>Gets the chance of the present step.</summary>
    internal Chance Chance { get; private set; }

    internal Checker Check { get; }

    internal VirtualClock Clock { get; }

    internal GrainStore Grains { get; }

    internal HistoryTwin History { get; }

    internal HotTwin Hot { get; }

    internal Alerting Alerting { get; }

    internal IReadOnlyList<SimulatedSilo> Silos { get; } = [];

    internal int StepsDone { get; private set; }

    /// <summary>Runs every step and the end; stops at the first broken invariant.</summary>
    /// <returns>What broke; null when nothing did.</returns>
    internal BrokenInvariantException? Run(Action<Step>? watch = null)
    {
        try
        {
            foreach (Step step in Script.Steps)
            {
                watch?.Invoke(step);
                Begin(step.Salt);
                Do(step);
                CheckAll();
                StepsDone++;
                if (IsOver) return Failure;
            }

            Begin(Script.Seed);
            Settle();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Check.Require(holds: false, Invariants.NeverThrows, e.ToString);
        }

        return Failure;
    }

    // What happens on a disk that is beyond all promises proves nothing; such a world ends early.
    private bool IsOver => Check.Failure is not null || Silos.Any(silo => silo.Disk.IsBeyondPromises);

    private BrokenInvariantException? Failure =>
        Silos.Any(silo => silo.Disk.IsBeyondPromises) ? null : Check.Failure;

    internal int NextGeneration() => ++_generation;

    internal int OwnerOf(string symbol) => _owners[symbol];

    internal bool IsCut(int from, int to) => _cuts.Contains((Math.Min(from, to), Math.Max(from, to)));

    internal void NoteUnrecorded(JournalEntry entry)
    {
        for (int i = 0; i < entry.Count; i++) _unrecorded.Add((entry.Symbol, entry.Epoch, entry.FirstSequence + i));
        Note(entry, _unrecordedMarks);
    }

    internal void NoteAbandoned(JournalEntry entry) => Note(entry, _abandonedMarks);

    /// <summary>Watches a task nobody waits for: a fault of it breaks the world.</summary>
    internal void Await(Task task)
    {
        if (task.IsCompletedSuccessfully || task.IsCanceled) return;
        _ = task.ContinueWith(
            done => Check.Require(done.Exception is null, Invariants.NeverThrows, () => $"{done.Exception}"),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
    }

    /// <summary>Moves the time on, silo by silo in chunks, as their timers and threads would.</summary>
    internal void Pass(TimeSpan time)
    {
        for (TimeSpan left = time; left > TimeSpan.Zero && Check.Failure is null;)
        {
            TimeSpan chunk = time > TimeSpan.FromSeconds(10) ? TimeSpan.FromSeconds(1) : Chunk;
            if (chunk > left) chunk = left;
            Clock.Advance(chunk);
            left -= chunk;
            foreach (SimulatedSilo silo in Silos) silo.Tick();
            Exchange();
            Alerting.Tick();
        }
    }

    public void Dispose()
    {
        foreach (SimulatedSilo silo in Silos)
        {
            silo.Crash(power: false);
            SqliteVfs.Unmount(silo.Disk);
            silo.Dispose();
        }
    }

    private void Begin(ulong salt)
    {
        Chance = new Chance(salt);
        foreach (SimulatedSilo silo in Silos) silo.Disk.Chance = new Chance(unchecked(salt + (ulong)silo.Index + 1));
    }

    // A guardian is asked where it is; a silo that answers is found for it where its own is gone.
    private ActiveGuardian? Reach(string symbol)
    {
        SimulatedSilo silo = Silos[_owners[symbol]];
        silo.Activate(symbol);
        return silo.Answers ? silo.Guardians.GetValueOrDefault(symbol) : null;
    }
}
