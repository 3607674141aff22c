using Guardian.Storage.Journal;

namespace Guardian.Storage.Local;

/// <summary>One change of the local file, applied inside a group commit.</summary>
internal abstract class LocalCommand
{
    /// <summary>Gets the room it takes while it waits, in bytes.</summary>
    internal virtual long Bytes => 64;

    /// <summary>Gets whether it is kept for the next try when a commit fails; otherwise it fails with it.</summary>
    internal virtual bool IsKept => false;

    /// <summary>Gets whether somebody waits for it, so that the commit gathers no longer.</summary>
    internal virtual bool IsUrgent => true;

    /// <summary>Writes it. An exception other than SQLite's fails this command alone.</summary>
    internal abstract void Apply(LocalDatabase database);

    /// <summary>Is told that the commit is durable.</summary>
    internal abstract void Committed();

    /// <summary>Is told that it will not be written.</summary>
    internal abstract void Failed(Exception reason);
}

/// <summary>A change somebody waits for.</summary>
internal sealed class TaskCommand<T>(Func<LocalDatabase, T> work, long bytes, TaskCreationOptions continuations)
    : LocalCommand
{
    private readonly TaskCompletionSource<T> _source = new(continuations);
    private T _result = default!;
    private Exception? _refused;

    internal override long Bytes => bytes;

    internal Task<T> Task => _source.Task;

    internal override void Apply(LocalDatabase database)
    {
        try
        {
            _refused = null;
            database.Counted = true;
            _result = work(database);
        }
        catch (Exception e) when (e is not Microsoft.Data.Sqlite.SqliteException)
        {
            _refused = e;
        }
    }

    internal override void Committed()
    {
        if (_refused is null) _source.TrySetResult(_result);
        else _source.TrySetException(_refused);
    }

    internal override void Failed(Exception reason) => _source.TrySetException(reason);
}

/// <summary>A tier's cursor moves.</summary>
internal sealed class CursorCommand(string tier, long position, bool rewinds = false) : LocalCommand
{
    internal override bool IsKept => true;

    internal override bool IsUrgent => false;

    internal override void Apply(LocalDatabase database)
    {
        if (rewinds) database.RewindCursor(tier, position);
        else database.MoveCursor(tier, position);
    }

    internal override void Committed()
    {
    }

    internal override void Failed(Exception reason)
    {
    }
}

/// <summary>A journal entry with its checksum, taken when it was handed over.</summary>
internal sealed class AppendCommand : LocalCommand
{
    private JournalEntry? _entry;
    private IDurableListener? _listener;
    private long _seal;
    private long _position;

    internal JournalEntry Entry => _entry ?? throw new InvalidOperationException("Invariant: the command is in use.");

    internal override long Bytes => SizeOf(Entry);

    internal override bool IsKept => true;

    internal override bool IsUrgent => false;

    internal static long SizeOf(JournalEntry entry) => 160 + entry.Symbol.Length + entry.Payload.Length;

    internal void Set(JournalEntry entry, IDurableListener? listener, long seal) =>
        (_entry, _listener, _seal) = (entry, listener, seal);

    internal void Clear() => (_entry, _listener) = (null, null);

    internal override void Apply(LocalDatabase database)
    {
        JournalEntry entry = Entry;
        if (entry.Class == EventClass.Forget) database.Counted = true;
        if (entry.Class == EventClass.Forget) Forgetting.Forget(database.Session, entry.Symbol);
        (_position, long through) = database.NextPosition(entry.Count);
        JournalRows.Insert(database.Session, entry, _seal, _position, through);
        CrashPoint.Reached(CrashPoint.AppendWritten);
    }

    internal override void Committed() => _listener?.OnDurable(Entry, _position);

    internal override void Failed(Exception reason)
    {
    }
}
