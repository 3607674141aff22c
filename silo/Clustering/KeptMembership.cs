using Guardian.Storage;

namespace Guardian.Silo.Clustering;

/// <summary>The membership table: in Redis, and kept in memory for as long as Redis is away.</summary>
/// <remarks>
/// Thread-safe. Whoever starts or loses Redis goes on with what it knows: alone at first, with its last view later; it
/// may even declare a silo dead that no longer answers. As soon as Redis answers, both are brought together: what the
/// table lacks is inserted, a death is kept, and its version is raised above what silos have seen, since they take
/// nothing older. So a Redis that came back empty or older is filled again by any silo that is left. Two halves that
/// declared each other dead end as Orleans ends them: who is dead in the table stops, and is started again.
/// </remarks>
internal sealed partial class KeptMembership : IMembershipTable
{
    private const int MostTries = 50;

    private readonly IMembershipTable _redis;
    private readonly MembershipVersion _version;
    private readonly TimeProvider _time;
    private readonly ILogger<KeptMembership> _logger;
    private readonly Lock _gate = new();
    private readonly MembershipView _view = new();
    private bool _attached;
    private bool _initialized;
    private Task _last = Task.CompletedTask;

    /// <summary>Initializes the table; nothing is connected yet.</summary>
    /// <param name="redis">The library's table.</param>
    /// <param name="version">Raises its version.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public KeptMembership(
        IMembershipTable redis, MembershipVersion version, TimeProvider time, ILogger<KeptMembership> logger) =>
        (_redis, _version, _time, _logger) = (redis, version, time, logger);

    /// <summary>Gets how long a call to Redis is waited for.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(
        tryInitTableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task InitializeMembershipTableAsync(
        bool tryInitTableVersion, CancellationToken cancellationToken = default) =>
        TurnAsync(AttachAsync, cancellationToken);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAll() => ReadAllAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default) => TurnAsync(
        async () =>
        {
            await AttachAsync();
            return _view.ToTable();
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    /// <inheritdoc/>
    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default)
    {
        MembershipTableData all = await ReadAllAsync(cancellationToken);
        return new MembershipTableData([.. all.Members.Where(m => m.Item1.SiloAddress.Equals(key))], all.Version);
    }

    /// <inheritdoc/>
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(
        entry, tableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task<bool> InsertRowAsync(
        MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) => TurnAsync(
        () => WriteAsync(entry, tableVersion, () => _redis.InsertRowAsync(entry, tableVersion, default)),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(
        entry, etag, tableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task<bool> UpdateRowAsync(
        MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        TurnAsync(
            () => WriteAsync(entry, tableVersion, () => _redis.UpdateRowAsync(entry, etag, tableVersion, default)),
            cancellationToken);

    /// <inheritdoc/>
    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    /// <inheritdoc/>
    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken = default) => TurnAsync(
        async () =>
        {
            _view.Alive(entry);
            if (_attached) await CallAsync(() => _redis.UpdateIAmAliveAsync(entry, default));
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) =>
        CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntriesAsync(
        DateTimeOffset beforeDate, CancellationToken cancellationToken = default) =>
        TurnAsync(
            async () =>
            {
                _view.Forget(beforeDate);
                return _attached && await CallAsync(() => _redis.CleanupDefunctSiloEntriesAsync(beforeDate, default));
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(
        clusterId, CancellationToken.None);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntriesAsync(
        string clusterId, CancellationToken cancellationToken = default) =>
        _redis.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    // One call after the other.
    private Task<T> TurnAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        lock (_gate)
        {
            Task<T> next = AfterAsync(_last, work, cancellation);
            _last = next;
            return next;
        }
    }

    private static async Task<T> AfterAsync<T>(Task before, Func<Task<T>> work, CancellationToken cancellation)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        return await work();
    }

    // True when Redis took it, or when Redis is away and it stands here; false when somebody else was first.
    private async Task<bool> WriteAsync(MembershipEntry entry, TableVersion version, Func<Task<bool>> write)
    {
        if (_attached)
        {
            bool stored = false;
            if (await CallAsync(async () => stored = await write()))
            {
                if (stored) _view.Put(entry, version.Version);
                return stored;
            }
        }

        if (version.Version != _view.Version + 1) return false;
        _view.Put(entry, version.Version);
        return true;
    }

    // Reads what is in Redis, and brings what is known here and there together where they differ.
    private async Task<bool> AttachAsync()
    {
        bool before = _attached;
        bool good = await CallAsync(async () =>
        {
            if (!_initialized) await _redis.InitializeMembershipTableAsync(tryInitTableVersion: true, default);
            _initialized = true;
            MembershipTableData table = await ReadAsync();
            if (!before || _view.IsAheadOf(table)) table = await JoinAsync(table);
            _view.Take(table);
        });
        _attached = good;
        if (good && !before) LogAttached(_view.Count, _view.Version);
        return good;
    }

    private async Task<MembershipTableData> ReadAsync()
    {
        try
        {
            return await _redis.ReadAllAsync(default);
        }
        catch (Exception error) when (error is Orleans.Clustering.Redis.RedisClusteringException)
        {
            // The table is gone: a new one is begun, and filled.
            await _redis.InitializeMembershipTableAsync(tryInitTableVersion: true, default);
            return await _redis.ReadAllAsync(default);
        }
    }

    private async Task<MembershipTableData> JoinAsync(MembershipTableData table)
    {
        for (int tries = 0; tries < MostTries; tries++)
        {
            if (_view.NextToWrite(table) is not { } entry) break;
            if (table.TryGet(entry.SiloAddress) is { } known)
                await _redis.UpdateRowAsync(entry, known.Item2, table.Version.Next(), default);
            else
                await _redis.InsertRowAsync(entry, table.Version.Next(), default);
            table = await ReadAsync();
        }

        // Silos take nothing that is not newer than what they have seen.
        if (_view.Version == 0 || table.Version.Version > _view.Version) return table;
        LogRaised(table.Version.Version, _view.Version + 1);
        await _version.RaiseAsync(_view.Version + 1);
        return await ReadAsync();
    }

    private async Task<bool> CallAsync(Func<Task> call)
    {
        try
        {
            await call().WaitAsync(Patience, _time);
            return true;
        }
        catch (Exception error)
        {
            if (_attached || !_initialized) LogAway(error.Message);
            _attached = false;
            return false;
        }
    }

    [LoggerMessage(
        2100, LogLevel.Warning, "The membership table in Redis can't be used ({Problem}); this silo goes on with what "
        + "it knows, and joins the others when Redis answers.")]
    private partial void LogAway(string problem);

    [LoggerMessage(
        2101, LogLevel.Information, "The membership table in Redis is used: {Count} silos, version {Version}.")]
    private partial void LogAttached(int count, int version);

    [LoggerMessage(
        2102, LogLevel.Warning, "The membership table in Redis came back with version {Before}; it is raised to "
        + "{After}, above what silos have seen.")]
    private partial void LogRaised(int before, int after);
}
