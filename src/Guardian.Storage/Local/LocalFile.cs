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
public sealed partial class LocalFile : IAsyncDisposable
{
    /// <summary>Name of the file in the data folder.</summary>
    public const string FileName = "guardian-l3.db";

    private readonly StorageOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LocalFile> _logger;
    private readonly LocalQueue _queue;
    private readonly LocalDatabase _database;
    private readonly FileSuccession _succession;
    private readonly LocalWriter _writer;
    private readonly ConcurrentDictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private readonly WaitingEntries _waiting;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SessionPool _readers;
    private volatile string[]? _holding;
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
        _options = options;
        _time = time;
        _logger = logger;
        FilePath = Path.Combine(Path.GetFullPath(options.DataFolder), FileName);
        _queue = new LocalQueue(time);
        _waiting = new WaitingEntries(_queue);
        _database = new LocalDatabase(
            FilePath, options.OpenCheckBytes, names.OpenMark(Path.ChangeExtension(FilePath, ".mark")));
        _succession = new FileSuccession(FilePath, _database, names, time, logger);
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

    /// <summary>Gets how many group commits were made.</summary>
    public long Commits => _writer.Commits;

    /// <summary>Gets the highest epoch that a restore found anywhere: guardians begin above it; 0 otherwise.</summary>
    public long EpochFloor => _database.EpochFloor;

    internal JournalRoom Room { get; }

    /// <summary>Gets or sets whether the folder was used before, so that a missing file is a lost one.</summary>
    internal bool MayBeMissing { get; set; }

    /// <summary>Gets why nothing here outlives the machine, in words; null: it does.</summary>
    internal string? StandInReason => _options.StandInReason;

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
        long size = AppendCommand.SizeOf(entry);
        if (entry.Payload.Length > _options.MaximumEntryBytes)
        {
            Room.RefuseTooLarge(entry.Class);
            StorageLog.EntryTooLarge(
                _logger, entry.Symbol, entry.Count, entry.Payload.Length, _options.MaximumEntryBytes);
            return false;
        }

        if (!Room.TryTake(entry.Class, size)) return false;
        if (_waiting.Add(entry, listener))
        {
            CrashPoint.Reached(CrashPoint.AppendHandedOver);
            return true;
        }

        Room.Give(size);
        return false;
    }

    /// <summary>Lists the entries of a guardian that were handed over and are not durable yet, in order.</summary>
    internal List<JournalEntry> Waiting(string symbol) => _waiting.Of(symbol);

    /// <summary>Gets when the oldest entry that waits was handed over, Unix nanoseconds; 0 when none waits.</summary>
    internal long OldestWaiting => _waiting.OldestReceivedAt;

    /// <summary>Notes that an entry waits no longer; they go in the order in which they came.</summary>
    internal void Settled(JournalEntry entry)
    {
        Room.Give(AppendCommand.SizeOf(entry));
        _waiting.Settled();
    }

    /// <summary>Takes back the commands of a batch that is done.</summary>
    internal void Reuse(List<LocalCommand> batch) => _waiting.Reuse(batch);

    internal long GetCursor(string tier) => _cursors.GetOrAdd(tier, 0);

    internal void MoveCursor(string tier, long position)
    {
        long before = _cursors.GetOrAdd(tier, 0);
        while (position > before)
        {
            if (_cursors.TryUpdate(tier, position, before))
            {
                _queue.Add(new CursorCommand(tier, position));
                CrashPoint.Reached(CrashPoint.CursorHandedOver);
                return;
            }

            before = _cursors.GetOrAdd(tier, 0);
        }
    }

    /// <summary>Sets a tier's cursor back, because the tier itself has less than it had.</summary>
    internal void RewindCursor(string tier, long position)
    {
        long before = GetCursor(tier);
        while (position < before)
        {
            if (_cursors.TryUpdate(tier, position, before))
            {
                _queue.Add(new CursorCommand(tier, position, rewinds: true));
                return;
            }

            before = GetCursor(tier);
        }
    }

    /// <summary>Names the cursors that hold back the trimming; until then every one that was ever read does.</summary>
    internal void HoldFor(IEnumerable<string> cursors) => _holding = [.. cursors];

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
        catch (Exception e) when (SqliteErrors.IsOddColumn(e))
        {
            ReportDamage($"Invariant: {FilePath} has a column of another form: {e.Message}");
            throw new StorageUnavailableException($"Condition failed: {FilePath} can't be read ({e.Message}).", e);
        }
    }

    internal Task WaitForAsync(long after, CancellationToken cancellation) => _writer.WaitForAsync(after, cancellation);

    internal long SlowestCursor()
    {
        long slowest = long.MaxValue;
        foreach (string tier in _holding ?? [.. _cursors.Keys]) slowest = Math.Min(slowest, GetCursor(tier));
        return slowest == long.MaxValue ? 0 : slowest;
    }

    /// <summary>Opens the file again, or puts a new one in its place, as what went wrong asks for.</summary>
    /// <param name="reason">What went wrong.</param>
    /// <returns>Whether a new file was begun, so that what failed can be tried at once.</returns>
    /// <exception cref="Exception">Nothing helped; to be called again later.</exception>
    internal bool Mend(Exception reason)
    {
        if (!_succession.IsPending && SqliteErrors.IsPassing(reason))
        {
            _database.Rollback(reopen: false);
            return false;
        }

        bool damaged = reason is SqliteException e && SqliteErrors.IsDamage(e);
        if (_succession.IsPending)
            Follow(through => _succession.TryAgain(reason.Message, through));
        else if (reason is MovedFileException)
            Follow(through => _succession.ReplaceMoved(reason.Message, through));
        else if (damaged || SqliteErrors.IsOfTheDisk(reason))
            Follow(through => _succession.Replace(
                damaged ? FileSuccession.Damaged : FileSuccession.InputOutput, reason.Message, through));
        else
            return Reopen();
        return true;
    }

    /// <summary>Notes that the present file took a commit.</summary>
    internal void Committed() => _succession.HasCommitted = true;

    /// <summary>Lets what waits be written, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        if (_writer.IsStarted && _stepped) CloseStepped();
        else if (_writer.IsStarted) await _ended.Task;
        // The writer's connection goes last: it is the one that copies the log into the file.
        _readers.Dispose();
        _database.Dispose();
        _succession.Close();
    }

    internal StorageUnavailableException Closed() =>
        new($"Condition failed: {FilePath} is closed; nothing is written any more.");

    private void OpenOnce()
    {
        if (_opened) throw new InvalidOperationException("Invariant: the local file is opened once.");
        _opened = true;
        try
        {
            try
            {
                OpenOrSetAside();
            }
            catch (Exception e) when (SqliteErrors.IsDamageAtOpen(e))
            {
                Follow(through => _succession.Replace(FileSuccession.Damaged, e.Message, through));
            }
        }
        catch (Exception e) when (
            e is SqliteException or IOException or UnauthorizedAccessException or StorageUnavailableException)
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

    private bool Reopen()
    {
        try
        {
            _database.Open();
        }
        catch (Exception e) when (SqliteErrors.IsDamageAtOpen(e))
        {
            Follow(through => _succession.Replace(FileSuccession.Damaged, e.Message, through));
            return true;
        }

        TakeCursors();
        return false;
    }

    private void OpenOrSetAside()
    {
        // Read before a new file is made in its place.
        string? missing = MayBeMissing && !File.Exists(FilePath)
            ? $"{FilePath} is missing, and this folder has been used before"
            : null;
        SetAsideFile? resumed = _succession.Resume();
        if (resumed is not null) Tell(resumed);
        _database.Open();
        if (resumed is null) Loss = _options.StandInReason ?? _database.WhyNotTheLast() ?? missing;
        if (Loss is not null)
        {
            ReportDamage($"Invariant: {Loss}.");
            Doubt();
        }

        TakeCursors();
    }

    private void Follow(Func<long, SetAsideFile> replace)
    {
        // Whoever reads meanwhile would take the unfinished file for the whole one.
        _readers.Dispose();
        SetAsideFile aside = replace(_writer.IsStarted ? _database.Marks.Position : long.MaxValue);
        _readers = new SessionPool(FilePath);
        TakeCursors();
        Tell(aside);
    }

    private void TakeCursors()
    {
        foreach (KeyValuePair<string, long> cursor in _database.Cursors)
            _cursors.AddOrUpdate(cursor.Key, cursor.Value, (_, known) => Math.Max(known, cursor.Value));
    }
}
