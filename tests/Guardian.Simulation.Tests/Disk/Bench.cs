using Guardian.Contracts;
using Guardian.Simulation.Disk;
using Guardian.Simulation.Time;
using Guardian.Storage;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Simulation.Tests.Disk;

/// <summary>A local file on a simulated disk.</summary>
internal sealed class Bench : IDisposable
{
    private static int _benches;

    private readonly SiloTime _time;

    internal Bench(ulong seed = 1)
    {
        Disk = new SimulatedDisk($"{SqliteVfs.Root}bench-{Interlocked.Increment(ref _benches)}", new Chance(seed));
        Clock = new VirtualClock();
        _time = new SiloTime(Clock);
        SqliteVfs.Mount(Disk);
        File = Open();
    }

    internal SimulatedDisk Disk { get; }

    internal VirtualClock Clock { get; }

    internal LocalFile File { get; private set; }

    internal SqliteJournal Journal => new(File);

    internal void Append(string symbol, long first, IDurableListener? listener = null) =>
        Assert.True(Journal.TryAppend(
            new JournalEntry
            {
                Symbol = symbol, Epoch = new Epoch(1, 1), FirstSequence = first, Count = 1, Payload = new byte[64],
            },
            listener));

    /// <summary>Ends the process, with or without the power, and opens the file again.</summary>
    internal void Restart(bool powerLoss)
    {
        if (powerLoss) Disk.Crash();
        else Disk.Kill();
        Drop();
        File = Open();
    }

    public void Dispose()
    {
        Disk.Kill();
        Drop();
        SqliteVfs.Unmount(Disk);
    }

    // A dead process reaches no disk.
    private void Drop()
    {
        SqliteVfs.Unmount(Disk);
        Assert.True(File.DisposeAsync().AsTask().IsCompletedSuccessfully);
        SqliteVfs.Mount(Disk);
    }

    private LocalFile Open()
    {
        var file = new LocalFile(
            new StorageOptions { DataFolder = Disk.Folder },
            _time,
            NullLogger<LocalFile>.Instance,
            new DiskNames(Disk));
        file.OpenStepped();
        return file;
    }
}

/// <summary>Counts what became durable.</summary>
internal sealed class Told : IDurableListener
{
    internal int Count { get; private set; }

    public void OnDurable(JournalEntry entry, long position) => Count++;
}
