using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.Hosting;
using Guardian.Silo.Options;
using Guardian.Storage;
using Guardian.Storage.Local;
using Guardian.Storage.Postgres;

namespace Guardian.Silo.Hosting;

/// <summary>Puts guardians on this silo, with what its options say.</summary>
internal static class GuardianHosting
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

    /// <summary>Adds stores, grains and streams (stages 2 and 3).</summary>
    public static void AddGuardian(this ISiloBuilder silo, GuardianSiloOptions options)
    {
        StandInFolder? standIn = StandInFolder.For(options.DataFolder);
        StorageOptions storage = new()
        {
            DataFolder = standIn?.Folder ?? options.DataFolder, StandInReason = standIn?.Reason,
        };
        GuardianGrainOptions guarding = new()
        {
            AutoRegister = options.AutoRegister,
            OnUnknownState = options.OnUnknownState,
            KillFile = options.KillFile,
        };
        if (CrashPoint.IsArmed)
        {
            // What is rare comes often, so that a test needn't wait for it.
            storage.TrimInterval = TimeSpan.FromMilliseconds(200);
            guarding.CheckpointPeriod = TimeSpan.FromSeconds(1);
        }

        silo.AddGuardian(storage, guarding, options.Redis, options.Postgres);
    }

    /// <summary>Takes the data folder and opens what is in it.</summary>
    /// <exception cref="DataFolderException">The folder can't be used; says why and what to do.</exception>
    public static async Task OpenStoresAsync(this IServiceProvider services)
    {
        services.GetRequiredService<GuardianStorage>().Open();
        if (services.GetService<PostgresDatabase>() is { } database) await LookAsync(database);
        // A kill file that lies there holds before anybody is answered.
        services.GetRequiredService<HaltKeeper>().Poll();
    }

    // A server that says no is a matter of configuration and ends the start; one that is away is not waited for long.
    private static async Task LookAsync(PostgresDatabase database)
    {
        try
        {
            using CancellationTokenSource patience = new(StartPatience, TimeProvider.System);
            await database.PrepareAsync(patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception e) when (e is StorageUnavailableException or OperationCanceledException)
        {
            // It is tried again by itself, and an alert tells of it.
        }
    }
}
