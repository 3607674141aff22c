using System.CommandLine;
using Guardian.Storage.Backups;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian restore</c>: brings a backup back into the data folder of a stopped silo.</summary>
internal static class RestoreCommand
{
    public static Command Make(CliHost host)
    {
        Argument<string> backup = new("backup") { Description = "The folder that 'backup' made." };
        Option<string?> data = GlobalOptions.Data(
            "The data folder on this machine; by default GUARDIAN__DATAFOLDER, or guardian-data.");
        Option<bool> force = new("--force")
        {
            Description = "Set what is in the folder aside (never deleted) instead of refusing.",
        };
        Option<string> reason = GlobalOptions.Reason();
        Option<string?> actor = GlobalOptions.Actor();
        Command command = new("restore", """
            Brings a backup back: checks every file of it first, refuses over a running silo, and over data that is
            there unless --force sets it aside. The restore is the first entry of a new chain of human actions, and
            guardians begin above every epoch that was found.

            Example:
              guardian restore /backup/guardian-20260131 --data guardian-data --reason "disk replaced"
            """)
        {
            backup, data, force, reason, actor,
        };
        return command.Does(host, invocation =>
        {
            RestoreResult result = new BackupRestorer(invocation.Host.Time).Restore(
                invocation.Get(backup)!,
                invocation.FolderOf(data),
                invocation.Get(force),
                invocation.ActorOf(actor),
                invocation.ReasonOf(reason));
            if (invocation.Json) invocation.WriteJson(result);
            else
            {
                if (result.SetAside is { } aside) invocation.WriteLine($"what was there is now in {aside}");
                invocation.WriteLine(
                    $"restored the backup of {result.Backup.At} to {result.Folder}; guardians begin above epoch "
                    + $"{result.EpochFloor}. Start the silo on it, then run 'guardian verify'.");
            }

            return Task.FromResult(ExitCode.Done);
        });
    }
}
