using System.Collections.Concurrent;

namespace Guardian.Storage.Local;

/// <summary>Connections for reading, given back after use. Thread-safe.</summary>
internal sealed class SessionPool(string path) : IDisposable
{
    private const int MostIdle = 8;

    private readonly ConcurrentBag<SqliteSession> _idle = [];
    private volatile bool _closed;

    internal T Use<T>(Func<SqliteSession, T> work)
    {
        if (_closed) throw new StorageUnavailableException($"Condition failed: {path} is closed.");
        if (!_idle.TryTake(out SqliteSession? session)) session = SqliteSession.OpenBeside(path);
        bool good = false;
        try
        {
            T result = work(session);
            good = true;
            return result;
        }
        finally
        {
            if (good && !_closed && _idle.Count < MostIdle) _idle.Add(session);
            else session.Dispose();
        }
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryTake(out SqliteSession? session)) session.Dispose();
    }
}
