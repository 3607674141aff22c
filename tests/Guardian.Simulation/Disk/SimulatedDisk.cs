using Guardian.Storage.Local;

namespace Guardian.Simulation.Disk;

/// <summary>
/// The disk of one silo: files by path, faults by seed, a loss of power. Not thread-safe; a world has one thread.
/// </summary>
internal sealed class SimulatedDisk(string folder, Chance chance)
{
    private readonly SortedDictionary<string, SimulatedFile> _files = new(StringComparer.Ordinal);
    private bool _logWasDropped;

    internal string Folder { get; } = folder;

    /// <summary>Gets how often it lost power: a handle of an earlier life writes nothing any more.</summary>
    internal int Life { get; private set; }

    internal DiskFaults Faults { get; } = new();

    internal long Writes { get; private set; }

    internal long Syncs { get; private set; }

    internal long Injected { get; private set; }

    internal IEnumerable<SimulatedFile> Files => _files.Values;

    /// <summary>
    /// Gets whether a sync of the log and then one of the file failed without a restart of the machine in between: the
    /// file may be torn, which is found and named, but nothing that was told durable is safe any more.
    /// </summary>
    internal bool IsBeyondPromises { get; private set; }

    /// <summary>Gets or sets where its faults are drawn; each step sets its own.</summary>
    internal Chance Chance { get; set; } = chance;

    /// <summary>Gets or sets after how many more writes and syncs the power fails; null: it does not.</summary>
    internal int? PowerFailsAfter { get; set; }

    /// <summary>Gets whether the power is gone: nothing can be opened, read or written.</summary>
    internal bool IsOff { get; private set; }

    internal SimulatedFile? Find(string path) => _files.GetValueOrDefault(path);

    internal SimulatedFile Create(string path)
    {
        if (_files.TryGetValue(path, out SimulatedFile? file)) return file;
        file = new SimulatedFile(path);
        _files.Add(path, file);
        return file;
    }

    internal void Delete(string path) => _files.Remove(path);

    internal bool Exists(string path) => _files.ContainsKey(path);

    internal void Move(string from, string to)
    {
        if (!_files.Remove(from, out SimulatedFile? file)) throw new FileNotFoundException(from);
        if (_files.ContainsKey(to)) throw new IOException($"{to} exists.");
        file.Path = to;
        _files.Add(to, file);
    }

    /// <summary>Lists the files whose path begins so, in no order.</summary>
    public IEnumerable<string> Beginning(string path) =>
        [.. _files.Keys.Where(name => name.StartsWith(path, StringComparison.Ordinal))];

    /// <summary>Loses power: unsynced writes are kept, lost or torn by chance; open handles are dead.</summary>
    internal void Crash()
    {
        Life++;
        IsOff = false;
        PowerFailsAfter = null;
        _logWasDropped = false;
        foreach (SimulatedFile file in _files.Values.ToArray())
        {
            bool vanished = !file.IsNamed && Chance.OneIn(2);
            if (vanished) _files.Remove(file.Path);
            else file.Crash(Chance);
        }

        // A name that was moved keeps its file; shared memory never outlives the machine.
        foreach (string path in _files.Keys.Where(p => p.EndsWith("-shm", StringComparison.Ordinal)).ToArray())
            _files.Remove(path);
    }

    /// <summary>Closes all that is left open; the process ended, the machine goes on.</summary>
    internal void Kill()
    {
        Life++;
        foreach (SimulatedFile file in _files.Values)
        {
            file.Shared = null;
            file.Locks.Clear();
        }
    }

    internal int OnRead() => Inject(Faults.ReadErrors, SqliteVfs.IoErrorRead);

    internal int OnWrite(SimulatedFile file, int length, long offset)
    {
        Writes++;
        if (PowerFails()) return SqliteVfs.IoErrorWrite;
        bool grows = offset + length > file.Length;
        if (grows && (Faults.Full || Used() + length > Faults.Capacity))
        {
            Injected++;
            return SqliteVfs.Full;
        }

        return Inject(Faults.WriteErrors, SqliteVfs.IoErrorWrite);
    }

    internal int OnSync(SimulatedFile file)
    {
        Syncs++;
        if (PowerFails()) return SqliteVfs.IoErrorSync;
        int code = Inject(Faults.SyncErrors, SqliteVfs.IoErrorSync);
        if (code != SqliteVfs.Ok) FailSync(file);
        else if (!Faults.SyncLies) file.Sync();
        return code;
    }

    // A log that was dropped is copied into the file; where that is dropped too, neither of them is whole on the disk.
    private void FailSync(SimulatedFile file)
    {
        file.FailSync(Chance);
        if (file.Path.EndsWith("-wal", StringComparison.Ordinal)) _logWasDropped = true;
        else if (_logWasDropped) IsBeyondPromises = true;
    }

    private bool PowerFails()
    {
        if (IsOff) return true;
        if (PowerFailsAfter is not { } left) return false;
        PowerFailsAfter = left - 1;
        IsOff = left == 0;
        return IsOff;
    }

    /// <summary>Sums the bytes of all files.</summary>
    internal long Used() => _files.Values.Sum(file => (long)file.Length);

    private int Inject(int perMille, int code)
    {
        if (perMille == 0 || !Chance.PerMille(perMille)) return SqliteVfs.Ok;
        Injected++;
        return code;
    }
}

/// <summary>What is wrong with a disk at present.</summary>
internal sealed class DiskFaults
{
    /// <summary>Gets or sets how many writes in a thousand fail.</summary>
    internal int WriteErrors { get; set; }

    /// <summary>Gets or sets how many syncs in a thousand fail.</summary>
    internal int SyncErrors { get; set; }

    /// <summary>Gets or sets how many reads in a thousand fail.</summary>
    internal int ReadErrors { get; set; }

    /// <summary>Gets or sets whether no file can grow.</summary>
    internal bool Full { get; set; }

    /// <summary>Gets or sets the most bytes of all files.</summary>
    internal long Capacity { get; set; } = long.MaxValue;

    /// <summary>Gets or sets whether a sync answers without writing anything; a planted fault.</summary>
    internal bool SyncLies { get; set; }

    internal void Heal() =>
        (WriteErrors, SyncErrors, ReadErrors, Full, Capacity) = (0, 0, 0, false, long.MaxValue);
}

/// <summary>The names on a disk as one life of a silo sees them; a dead one changes none.</summary>
internal sealed class DiskNames(SimulatedDisk disk) : IFileNames
{
    private readonly int _life = disk.Life;

    /// <inheritdoc/>
    public bool Exists(string path) => Living().Exists(path);

    /// <inheritdoc/>
    public void Move(string from, string to) => Living().Move(from, to);

    /// <inheritdoc/>
    public void Delete(string path) => Living().Delete(path);

    private SimulatedDisk Living() =>
        disk.IsOff || disk.Life != _life ? throw new IOException($"{disk.Folder} can't be reached.") : disk;
}
