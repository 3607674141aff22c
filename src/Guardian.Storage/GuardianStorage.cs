using Guardian.Contracts;
using Guardian.Storage.Audit;
using Guardian.Storage.Backups;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.History;
using Guardian.Storage.Hot;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Recovery;
using Guardian.Storage.Roster;
using Guardian.Storage.Tiers;
using Guardian.Storage.Verifying;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Guardian.Storage;

/// <summary>The embedded tiers of a silo: opened once at start, closed at the end.</summary>
/// <remarks>Thread-safe after <see cref="Open"/>.</remarks>
/// <param name="options">The options.</param>
/// <param name="local">L3.</param>
/// <param name="tiers">The configured tiers that the journal feeds.</param>
/// <param name="time">The clock.</param>
/// <param name="history">The embedded L2; null where it is elsewhere.</param>
public sealed class GuardianStorage(
    StorageOptions options,
    LocalFile local,
    IEnumerable<ITierStore> tiers,
    TimeProvider time,
    SqliteHistoryStore? history = null) : IAsyncDisposable
{
    private static readonly TimeSpan RescuePatience = TimeSpan.FromSeconds(30);

    private DataFolderLock? _lock;
    private Task? _identified;

    /// <summary>Gets the path under which a damaged history was set aside; null when none was.</summary>
    public string? DamagedHistory { get; private set; }

    /// <summary>Gets what the history told of what the local file has lost; null when nothing was asked.</summary>
    internal HistoryRescue? Rescued { get; private set; }

    /// <summary>Checks the options, takes the data folder, and opens local file and history.</summary>
    /// <exception cref="DataFolderException">The folder or a file in it can't be used; says which and why.</exception>
    public void Open()
    {
        var errors = options.Validate();
        if (errors.Count > 0)
        {
            throw new DataFolderException(
                "Condition failed: the storage options are not valid: "
                + string.Join("; ", errors.Select(error => $"Guardian:Storage:{error}")) + ".");
        }

        _lock = DataFolderLock.Take(options.DataFolder);
        try
        {
            BackupRestorer.CheckNotHalf(_lock.Folder);
            (string silo, local.MayBeMissing) = SiloIdentity.Check(
                _lock.Folder, local.FilePath, Path.Combine(_lock.Folder, SqliteHistoryStore.FileName));
            // A tier that is configured no longer must not hold the journal for ever.
            local.HoldFor(tiers.Select(tier => tier.Cursor));
            local.Open();
            _identified = local.WriteAsync(database => Identify(database, silo), 0);
            SiloIdentity.Keep(_lock.Folder, silo);
            if (history is null) return;
            DamagedHistory = history.Open(time);
            history.Identify(silo);
            if (history.IsNew) local.RewindCursor(TierNames.History, 0);
            else if (local.MayLackEntries) Rescued = Rescue(history.FilePath);
        }
        catch
        {
            // The local file closes with the container; the folder is free at once.
            _lock.Dispose();
            _lock = null;
            throw;
        }
    }

    // Before anybody is answered: the other tier is asked for what the local file has lost.
    private HistoryRescue? Rescue(string path)
    {
        try
        {
            HistoryRescue found = HistoryRescue.Read(path);
            using var filled = new ManualResetEventSlim();
            Task<bool> filling = local.WriteAsync(database => Fill(database, found), 0);
            filling.ContinueWith(
                _ => filled.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default).Ignore();
            if (!filled.Wait(RescuePatience) || filling.IsFaulted)
            {
                throw new StorageUnavailableException(
                    filling.Exception?.InnerException?.Message ?? "it takes too long");
            }

            return found;
        }
        catch (Exception e) when (e is SqliteException or StorageUnavailableException)
        {
            local.ReportDamage($"Invariant: {path} can't tell what {local.FilePath} has lost: {e.Message}");
            return null;
        }
    }

    private bool Fill(LocalDatabase database, HistoryRescue found)
    {
        database.RaiseEpochFloor(found.EpochFloor);
        database.Counted = true;
        Timestamp now = Timestamp.From(time.GetUtcNow());
        foreach (string symbol in found.Symbols.Where(s => !s.Contains('@', StringComparison.Ordinal)))
            SqliteRosterStore.AddWhereMissing(database, new RosterEntry { Symbol = symbol, AddedAt = now });
        foreach (Hold halt in found.Halts) SqliteHaltStore.Write(database.Session, halt);
        return true;
    }

    // Where it can't be written now, the next start writes it: the small file beside it says the same.
    private static bool Identify(LocalDatabase database, string silo)
    {
        SiloIdentity.Put(database.Session, silo);
        return true;
    }

    /// <summary>Lets the journal be written, closes the files and gives the folder back.</summary>
    public async ValueTask DisposeAsync()
    {
        await local.DisposeAsync();
        if (_identified is { IsFaulted: true } failed) _ = failed.Exception;
        history?.Dispose();
        _lock?.Dispose();
        _lock = null;
    }
}

/// <summary>Registers the embedded tiers.</summary>
public static class GuardianStorageServices
{
    /// <summary>
    /// Adds every store as a singleton; <see cref="GuardianStorage.Open"/> must run before the first use.
    /// </summary>
    /// <param name="services">The services; logging is there.</param>
    /// <param name="options">The options, checked by <see cref="GuardianStorage.Open"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddGuardianStorage(this IServiceCollection services, StorageOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<LocalFile>();
        services.AddSingleton<SqliteHistoryStore>();
        services.AddSingleton<GuardianStorage>();
        services.AddSingleton<IJournal, SqliteJournal>();
        services.AddSingleton<ICheckpointStore, SqliteCheckpointStore>();
        services.AddSingleton<IHaltStore, SqliteHaltStore>();
        services.AddSingleton<IRosterStore, SqliteRosterStore>();
        services.AddSingleton<IParkedStore, SqliteParkedStore>();
        services.AddSingleton<StorageHealth>();
        services.AddSingleton<StoreVerifier>();
        services.AddSingleton<IAuditLog, SqliteAuditLog>();
        services.AddSingleton<IHotStore, MemoryHotStore>();
        services.AddSingleton<IHistoryStore>(provider => provider.GetRequiredService<SqliteHistoryStore>());
        services.AddSingleton<ITierStore>(provider => provider.GetRequiredService<IHistoryStore>());
        services.AddSingleton<TierWriters>();
        services.AddSingleton<RecoveryReader>();
        return services;
    }
}
