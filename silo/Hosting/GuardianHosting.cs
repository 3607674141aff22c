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
    public static void AddGuardian(this ISiloBuilder silo, GuardianSiloOptions options) => silo.AddGuardian(
        new StorageOptions { DataFolder = options.DataFolder },
        new GuardianGrainOptions
        {
            AutoRegister = options.AutoRegister,
            OnUnknownState = options.OnUnknownState,
            KillFile = options.KillFile,
        });

    /// <summary>Takes the data folder and opens what is in it.</summary>
    /// <exception cref="DataFolderException">The folder can't be used; says why and what to do.</exception>
    public static void OpenStores(this IServiceProvider services)
    {
        services.GetRequiredService<GuardianStorage>().Open();
        // A kill file that lies there holds before anybody is answered.
        services.GetRequiredService<HaltKeeper>().Poll();
    }
}
