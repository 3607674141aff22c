using System.Collections.Concurrent;
using Guardian.Storage.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Local;

/// <summary>
/// L3: one SQLite file with journal, cursors, checkpoints, halts, roster and records; one thread writes it.
/// </summary>
/// <remarks>
/// Thread-safe. Order: commands keep the order in which they were handed over. Durability: a command is durable when
/// its task ends or its listener was told. Failure: a commit that fails sets <see cref="Fault"/>, fails the tasks in
/// it and keeps the journal entries for the next try; the thread never ends before <see cref="DisposeAsync"/>.
/// </remarks>
public sealed class LocalFile : IAsyncDisposable
{
    private const int MostDamages = 100;

    private readonly StorageOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LocalFile> _logger;
    private readonly IFileNames _names;
    private readonly LocalQueue _queue;
    private readonly LocalDatabase _database;
    private readonly LocalWriter _writer;
    private readonly ConcurrentDictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _damages = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SessionPool _readers;
    private bool _opened;
    private bool _stepped;

    /// <summary>Initializes the file without touching the disk; <see cref="Open"/> does.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public LocalFile(StorageOptions options, TimeProvider time, ILogger<LocalFile> logger)
        : this(options, time, logger, new FileNames())
    {
    }

    internal LocalFile(StorageOptions options, TimeProvider time, ILogger<LocalFile> logger, IFileNames names)
    {
        _names = names;
        _options = options;
        _time = time;
        _logger = logger;
        FilePath = Path.Combine(Path.GetFullPath(options.DataFolder), "guardian-l3.db");
        _queue = new LocalQueue(time);
        _database = new LocalDatabase(FilePath, options.OpenCheckBytes);
        _readers = new SessionPool(FilePath);
        Room = new JournalRoom(options.BacklogEntries, options.BacklogBytes, options.JournalBytes);
        _writer = new LocalWriter(this, _queue, _database, options, time, logger);
    }

    /// <summary>Gets the full path of the file.</summary>
    public string FilePath { get; }

    /// <summary>Gets why it can't be written at present, in words; null while it can.</summary>
    public string? Fault => _writer.Fault;

    /// <summary>Gets the position of the last durable journal entry.</summary>
    public long DurablePosition => _writer.DurablePosition;

    /// <summary>Gets the path under which a damaged file was set aside by this process; null when none was.</summary>
    public string? DamagedFile { get; private set; }

    /// <summary>Gets what was found damaged, in words; the first hundred.</summary>
    public IReadOnlyCollection<string> Damages => _damages;

    /// <summary>Gets how many group commits were made.</summary>
    public long Commits => _writer.Commits;

    internal JournalRoom Room { get; }

    internal LocalDatabase Database => _database;

    internal long DurableEvents => _writer.DurableEvents;

    // Where a driver steps the writer, what waits for a commit goes on within the step, in a fixed order.
    internal TaskCreationOptions Continuations =>
        _stepped ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Opens the file, sets a damaged one aside, and starts the writer's thread.</summary>
    /// <exception cref="DataFolderException">The file is of a newer version or can't be read or written.</exception>
    public void Open()
    {
        OpenOnce();
        var thread = new Thread(() =>
        {
            _writer.Run();
            _ended.SetResult();
        })
        { IsBackground = true, Name = "guardian-l3" };
        thread.Start();
    }

    /// <summary>Opens the file without a thread: the caller writes by <see cref="Step"/>.</summary>
    internal void OpenStepped()
    {
        _stepped = true;
        OpenOnce();
    }

    /// <summary>Commits what was handed over, trims what is due; waits for nothing and starts no thread.</summary>
    internal void Step() => _writer.Step();

    /// <summary>Hands a change over and waits until it is durable.</summary>
    /// <exception cref="StorageUnavailableException">It could not be written.</exception>
    internal Task<T> WriteAsync<T>(Func<LocalDatabase, T> work, long bytes)
    {
        if (bytes > _options.MaximumEntryBytes)
        {
            return Task.FromException<T>(new ArgumentException(
                $"Condition failed: a record of {bytes} bytes is over the limit of {_options.MaximumEntryBytes} bytes "
                + "(MaximumEntryBytes).",
                nameof(bytes)));
        }

        var command = new TaskCommand<T>(work, bytes + 64, Continuations);
        if (!_queue.Add(command)) command.Failed(Closed());
        return command.Task;
    }

    internal bool TryAppend(JournalEntry entry, IDurableListener? listener)
    {
        if (entry.Payload.Length > _options.MaximumEntryBytes)
        {
            throw new ArgumentException(
                $"Condition failed: an entry of {entry.Symbol} has {entry.Payload.Length} bytes; the limit is "
                + $"{_options.MaximumEntryBytes} (MaximumEntryBytes). Split the batch.",
                nameof(entry));
        }

        long size = AppendCommand.SizeOf(entry);
        if (!Room.TryTake(entry.Class, size)) return false;
        if (_queue.Add(new AppendCommand(entry, listener))) return true;
        Room.Give(size);
        return false;
    }

    internal long GetCursor(string tier) => _cursors.GetOrAdd(tier, 0);

    internal void MoveCursor(string tier, long position)
    {
        long before = _cursors.GetOrAdd(tier, 0);
        while (position > before)
        {
            if (_cursors.TryUpdate(tier, position, before))
            {
                _queue.Add(new CursorCommand(tier, position));
                return;
            }

            before = _cursors.GetOrAdd(tier, 0);
        }
    }

    /// <summary>Sets a tier's cursor back to the beginning, because the tier itself began anew.</summary>
    internal void ResetCursor(string tier)
    {
        if (GetCursor(tier) == 0) return;
        _cursors[tier] = 0;
        _queue.Add(new CursorCommand(tier, 0));
    }

    /// <summary>Reads on a connection of the pool, on the caller's thread.</summary>
    /// <exception cref="StorageUnavailableException">It can't be read.</exception>
    internal T Read<T>(Func<SqliteSession, T> work)
    {
        try
        {
            return _readers.Use(work);
        }
        catch (SqliteException e)
        {
            if (SqliteErrors.IsDamage(e)) ReportDamage($"{FilePath}: {e.Message}");
            throw new StorageUnavailableException($"Condition failed: {FilePath} can't be read ({e.Message}).", e);
        }
    }

    internal Task WaitForAsync(long after, CancellationToken cancellation) => _writer.WaitForAsync(after, cancellation);

    internal void ReportDamage(string problem)
    {
        StorageLog.Damaged(_logger, problem);
        if (_damages.Count < MostDamages) _damages.Enqueue(problem);
    }

    internal long SlowestCursor()
    {
        long slowest = long.MaxValue;
        foreach (KeyValuePair<string, long> cursor in _cursors) slowest = Math.Min(slowest, cursor.Value);
        return slowest == long.MaxValue ? 0 : slowest;
    }

    /// <summary>Opens the database, or sets it aside when it is damaged and begins a new one.</summary>
    internal void OpenOrSetAside()
    {
        try
        {
            _database.Open();
        }
        catch (Exception e) when (SqliteErrors.IsDamageAtOpen(e))
        {
            BeginNewFile(e.Message);
        }

        foreach (KeyValuePair<string, long> cursor in _database.Cursors)
            _cursors.AddOrUpdate(cursor.Key, cursor.Value, (_, known) => Math.Max(known, cursor.Value));
    }

    /// <summary>Lets what waits be written, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        if (_writer.IsStarted && _stepped) CloseStepped();
        else if (_writer.IsStarted) await _ended.Task;
        _database.Dispose();
        _readers.Dispose();
    }

    internal StorageUnavailableException Closed() =>
        new($"Condition failed: {FilePath} is closed; nothing is written any more.");

    private void OpenOnce()
    {
        if (_opened) throw new InvalidOperationException("Invariant: the local file is opened once.");
        _opened = true;
        try
        {
            OpenOrSetAside();
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"Condition failed: {FilePath} can't be opened ({e.Message}). Check its rights and the disk, or name "
                + "another folder in Guardian:DataFolder.",
                e);
        }

        _writer.Start();
    }

    private void CloseStepped()
    {
        _writer.Step();
        _writer.Close();
    }

    private void BeginNewFile(string problem)
    {
        _database.Dispose();
        _readers.Dispose();
        string aside = SetAside.Rename(_names, FilePath, _time.GetUtcNow());
        DamagedFile = aside;
        _readers = new SessionPool(FilePath);
        _database.Open();
        SetAside.Salvage(aside, _database.Session, _logger);
        if (_damages.Count < MostDamages) _damages.Enqueue($"{FilePath} was damaged as a whole: {problem}");
        StorageLog.SetAside(_logger, FilePath, problem, aside);
    }
}
