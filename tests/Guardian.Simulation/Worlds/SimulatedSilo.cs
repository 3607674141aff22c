using System.Net;
using Guardian.Contracts;
using Guardian.Detection.Engine;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.Roster;
using Guardian.Simulation.Disk;
using Guardian.Simulation.Model;
using Guardian.Simulation.Stores;
using Guardian.Simulation.Time;
using Guardian.Storage;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.GrainStorage;
using Guardian.Storage.Halts;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Recovery;
using Guardian.Storage.Roster;
using Guardian.Storage.Tiers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Guardian.Simulation.Worlds;

/// <summary>One silo: a disk and promises that outlive it, and the life it has at present.</summary>
internal sealed class SimulatedSilo(World world, int index, SimulatedDisk disk) : IDisposable
{
    /// <summary>How many entries wait for the disk at most where the queue is short.</summary>
    internal const int ShortQueue = 10;

    /// <summary>How many entries wait for the disk at most elsewhere: so few that a world can reach it.</summary>
    internal const int LongQueue = 200;

    private HaltKeeper? _keeper;
    private static readonly IServiceProvider Serializing =
        new ServiceCollection().AddSerializer().BuildServiceProvider();

    private readonly SortedDictionary<string, FoldBook> _books = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProducerCursors> _cursors = new(StringComparer.Ordinal);
    private readonly List<Action> _inbox = [];
    private CancellationTokenSource _stop = new();

    internal int Index => index;

    /// <summary>Gets how many entries wait for the disk at most.</summary>
    internal int QueueBound => world.Script.ShortQueue ? ShortQueue : LongQueue;

    internal SimulatedDisk Disk => disk;

    internal SiloPromises Promises { get; } = new();

    /// <summary>Gets a number that rises with each life.</summary>
    internal int Life { get; private set; }

    internal int Generation { get; private set; }

    internal bool IsUp { get; private set; }

    internal bool IsFrozen { get; private set; }

    /// <summary>Gets whether it answers.</summary>
    internal bool Answers => IsUp && !IsFrozen;

    /// <summary>Gets or sets whether others have taken over its guardians while it was frozen.</summary>
    internal bool IsZombie { get; set; }

    /// <summary>Gets or sets by how much its wall clock is wrong.</summary>
    internal TimeSpan WallOffset { get; set; }

    /// <summary>Gets whether its disk has decayed: then it may lose what it promised, but not in silence.</summary>
    internal bool HasDecayed { get; set; }

    /// <summary>
    /// Gets whether a guardian came up while its file could not be read: it began anew, said so, and what it stores
    /// since stands on nothing that was there before.
    /// </summary>
    internal bool IsAdrift { get; private set; }

    /// <summary>Gets whether a file of its disk was ever set aside; that was named when it was done.</summary>
    internal bool WasSetAside => disk.Beginning($"{File.FilePath}.damaged-").Any();

    internal SiloTime Time { get; private set; } = null!;

    internal LocalFile File { get; private set; } = null!;

    internal IJournal Journal { get; private set; } = null!;

    internal HaltBoard Board { get; private set; } = null!;

    internal SessionDirectory Directory { get; private set; } = null!;

    internal GuardianServices Services { get; private set; } = null!;

    internal SortedDictionary<string, ActiveGuardian> Guardians { get; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, Task> Activating { get; } = new(StringComparer.Ordinal);

    internal FoldBook Book(string symbol)
    {
        if (!_books.TryGetValue(symbol, out FoldBook? book))
            _books.Add(symbol, book = new FoldBook(symbol, world.NoteAbandoned) { KeepsAll = world.Script.Decays });
        return book;
    }

    internal IEnumerable<FoldBook> Books => _books.Values;

    /// <summary>Counts the producers that a guardian knows, which works on the cursors it was recovered with.</summary>
    internal int ProducersOf(string symbol) => _cursors.GetValueOrDefault(symbol)?.Epochs().Length ?? 0;

    /// <summary>Makes a board that knows what this one knows and can store none of it.</summary>
    internal HaltBoard BoardWithoutStore()
    {
        var board = new HaltBoard(new RefusingHalts(), Services.Parts.Clock, Time, NullLogger<HaltBoard>.Instance);
        foreach (Hold hold in Board.Entries) board.Merge(hold);
        return board;
    }

    /// <summary>Starts a life; it stays down where its file can't be opened.</summary>
    internal void Start()
    {
        if (IsUp) return;
        Life++;
        Generation = world.NextGeneration();
        Time = new SiloTime(world.Clock) { Offset = WallOffset };
        File = new LocalFile(Options(), Time, NullLogger<LocalFile>.Instance, new DiskNames(disk));
        try
        {
            File.OpenStepped();
            Compose();
        }
        catch (Exception e) when (e is DataFolderException or StorageUnavailableException)
        {
            LetGo();
            return;
        }

        IsUp = true;
        foreach (RosterEntry entry in Directory.Roster(SymbolName.Live))
        {
            if (world.OwnerOf(entry.Symbol) == index) Activate(entry.Symbol);
        }
    }

    /// <summary>Brings a guardian up, unless it is up or coming.</summary>
    internal void Activate(string symbol)
    {
        if (!Answers || Guardians.ContainsKey(symbol) || Activating.ContainsKey(symbol)) return;
        Task activating = ActivateAsync(symbol, Life);
        if (!activating.IsCompleted) Activating[symbol] = activating;
        else world.Await(activating);
    }

    /// <summary>Commits what is due and lets every guardian look at its deadlines.</summary>
    internal void Tick()
    {
        if (!Answers) return;
        File.Step();
        long now = Services.Parts.Clock.Now;
        foreach (ActiveGuardian guardian in Guardians.Values.ToArray())
        {
            if (guardian.Life.IsDue(now)) guardian.Life.Tick();
        }

        File.Step();
        _keeper?.Poll();
        world.Await(Board.StoreUndurableAsync());
    }

    /// <summary>Loses power, or only the process where the machine goes on.</summary>
    internal void Crash(bool power)
    {
        if (power) disk.Crash();
        else disk.Kill();
        EndLife();
    }

    /// <summary>Ends in good order.</summary>
    internal void Stop()
    {
        if (!Answers) return;
        foreach (ActiveGuardian guardian in Guardians.Values) world.Await(guardian.Life.EndAsync());
        File.Step();
        disk.PowerFailsAfter = null;
        Task closed = File.DisposeAsync().AsTask();
        world.Await(closed);
        EndLife();
    }

    internal void Freeze()
    {
        if (!IsUp) return;
        IsFrozen = true;
        Time.Frozen = true;
    }

    internal void Thaw()
    {
        if (!IsFrozen) return;
        IsFrozen = false;
        Time.Frozen = false;
        Action[] waiting = [.. _inbox];
        _inbox.Clear();
        foreach (Action action in waiting) action();
    }

    /// <summary>Gives an answer to the life that asked; a frozen one takes it later, a dead one never.</summary>
    internal Action<Action> Deliver()
    {
        int life = Life;
        return action =>
        {
            if (life != Life) return;
            if (IsFrozen) _inbox.Add(action);
            else action();
        };
    }

    public void Dispose()
    {
        _keeper?.Dispose();
        _stop.Dispose();
    }

    /// <summary>Says how it is, for a failure's message.</summary>
    internal string Say(Lane lane)
    {
        if (!IsUp) return $"silo {index} is down";
        ActiveGuardian? guardian = Guardians.GetValueOrDefault(lane.Symbol);
        return $"fault '{File.Fault}', durable through {File.DurablePosition}, {File.Waiting(lane.Symbol).Count} wait, "
            + $"wants a checkpoint: {guardian?.Life.Core.WantsCheckpoint}, "
            + $"damages [{string.Join("; ", File.Damages)}], {guardian?.Life.Core.Provenance}";
    }

    private Func<bool> IsSameLife()
    {
        int life = Life;
        return () => life == Life && !disk.IsOff; // Without power nobody lives, even before the world has seen it.
    }

    private void EndLife()
    {
        bool wasUp = IsUp;
        IsUp = IsFrozen = IsZombie = false;
        Life++;
        if (wasUp) LetGo();
        Promises.EndLife();
        Guardians.Clear();
        Activating.Clear();
        _inbox.Clear();
    }

    // What a dead process still holds is let go of where it can reach no disk.
    private void LetGo()
    {
        Time.Dead = true;
        SqliteVfs.Unmount(disk);
        _stop.Cancel();
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        world.Await(File.DisposeAsync().AsTask());
        SqliteVfs.Mount(disk);
    }

    private StorageOptions Options() => new()
    {
        DataFolder = disk.Folder,
        BacklogEntries = QueueBound,
        TrimInterval = TimeSpan.FromSeconds(1),
        RetryFirst = TimeSpan.FromMilliseconds(50),
        RetryLongest = TimeSpan.FromMilliseconds(400),
    };

    private void Compose()
    {
        var clock = new SiloClock(Time);
        IJournal real = world.Plant.Journal(new SqliteJournal(File));
        Journal = new RecordingJournal(real, Book, Life, IsSameLife(), world.Check, world.NoteUnrecorded);
        IHaltStore halts = world.Plant.Halts(new SqliteHaltStore(File));
        Board = new HaltBoard(halts, clock, Time, NullLogger<HaltBoard>.Instance);
        Directory = new SessionDirectory(new SqliteRosterStore(File));
        var options = new GuardianGrainOptions { CheckpointPeriod = TimeSpan.FromSeconds(4) };
        var killFile = new KillFile(options, Board, clock, NullLogger<KillFile>.Instance);
        _keeper?.Dispose();
        _keeper = new HaltKeeper(Board, halts, killFile, [], Time, NullLogger<HaltKeeper>.Instance);
        ICheckpointStore checkpoints = new NotingCheckpoints(
            world.Plant.Checkpoints(new SqliteCheckpointStore(File), File), Book, world.Check);
        var reader = new RecoveryReader(checkpoints, world.Plant.RecoveryJournal(real));
        IGrainStorage storage = world.Script.Embedded
            ? new LocalGrainStorage(
                File,
                Serializing.GetRequiredService<Serializer>(),
                Serializing.GetRequiredService<IActivatorProvider>(),
                NullLogger<LocalGrainStorage>.Instance)
            : new GrainStoreClient(world.Grains, Deliver(), IsSameLife());
        var fence = new EpochFence(
            storage, new Details(index, Generation), Time, NullLogger<EpochFence>.Instance);
        Services = new GuardianServices(
            new GuardianParts(clock, Board, Journal, options),
            Directory,
            new GuardianRecovery(reader, File),
            fence,
            checkpoints,
            new HotClient(world.Hot, IsSameLife()),
            options);
        var history = new TierWriter(
            world.History,
            world.Plant.HistoryJournal(real),
            new SqliteParkedStore(File),
            Options(),
            Time,
            NullLogger<TierWriter>.Instance);
        world.Await(history.RunAsync(_stop.Token));
    }

    private async Task ActivateAsync(string symbol, int life)
    {
        var shell = new Shell(world, this, symbol, life);
        GuardianLife begun = await GuardianLife.BeginAsync(
            Requests.NameOf(symbol),
            GrainId.Create("guardian", symbol),
            Services,
            shell,
            recover => life == Life && !disk.IsOff
                ? Task.FromResult(Recover(symbol, recover))
                : Never<RecoveredGuardian>(),
            NullLogger.Instance);
        if (life != Life) return;
        Activating.Remove(symbol);
        world.Activated(this, symbol, begun);
    }

    private RecoveredGuardian Recover(string symbol, Func<RecoveredGuardian> recover)
    {
        RecoveredGuardian recovered = recover();
        _cursors[symbol] = recovered.Cursors;
        // A file that decayed as a whole was named when it was set aside; whoever comes up later starts anew.
        bool excused = HasDecayed && (recovered.Problems.Count > 0 || WasSetAside);
        // A file that can't be read at the moment says so, and gives nothing.
        bool unreadable = recovered.Problems.Any(p => p.StartsWith("nothing could be read", StringComparison.Ordinal));
        FoldBook book = Book(symbol);
        if (unreadable) IsAdrift = HasDecayed = true;
        if (IsAdrift)
        {
            book.Adopt(recovered, ofRecord: false);
            return recovered;
        }

        bool ofRecord = recovered.Provenance.RecoveredFrom.StartsWith("record", StringComparison.Ordinal);
        if (world.Script.Silos > 1 && (ofRecord || book.StandsOnRecord))
        {
            book.Adopt(recovered, ofRecord);
            return recovered;
        }

        book.CheckRecovered(recovered, excused, Life, world.Check);
        return recovered;
    }

    // What a dead process still waits for never comes.
    private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;

    private sealed class Details(int index, int generation) : ILocalSiloDetails
    {
        public string Name => $"silo-{index}";

        public string ClusterId => "simulated";

        public string DnsHostName => Name;

        public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 11_111 + index, generation);

        public SiloAddress GatewayAddress => SiloAddress;
    }
}

/// <summary>A guardian that is up.</summary>
internal sealed class ActiveGuardian(GuardianLife life)
{
    internal GuardianLife Life => life;

    /// <summary>Gets the holds that were in force when it came up or were placed through it.</summary>
    internal HashSet<string> MustHold { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the orders it has let out as probes.</summary>
    internal HashSet<string> Probes { get; } = new(StringComparer.Ordinal);
}
