using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.Hosting;
using Guardian.Silo.Options;
using Guardian.Storage;

namespace Guardian.Silo.Hosting;

/// <summary>Puts guardians on this silo, with what its options say.</summary>
internal static class GuardianHosting
{
    /// <summary>Adds stores, grains and streams (stages 2 and 3).</summary>
    public static void AddGuardian(this ISiloBuilder silo, GuardianSiloOptions options)
    {
        StorageOptions storage = new() { DataFolder = options.DataFolder };
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

        silo.AddGuardian(storage, guarding);
    }

    /// <summary>Takes the data folder and opens what is in it.</summary>
    /// <exception cref="DataFolderException">The folder can't be used; says why and what to do.</exception>
    public static void OpenStores(this IServiceProvider services)
    {
        services.GetRequiredService<GuardianStorage>().Open();
        // A kill file that lies there holds before anybody is answered.
        services.GetRequiredService<HaltKeeper>().Poll();
    }
}
