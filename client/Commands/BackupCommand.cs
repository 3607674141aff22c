using System.CommandLine;
using System.Globalization;
using Guardian.Contracts;
using Guardian.Storage.Backups;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian backup</c>: copies a data folder while its silo runs.</summary>
internal static class BackupCommand
{
    public static Command Make(CliHost host)
    {
        Argument<string> target = new("target") { Description = "A folder that is not there yet, or is empty." };
        Option<string?> data = GlobalOptions.Data(
            "The data folder on this machine; by default GUARDIAN__DATAFOLDER, or guardian-data.");
        Command command = new("backup", """
            Copies a data folder into a new folder by SQLite's online backup; its silo may run. The manifest with sizes
            and hashes is written last: a backup without it was cut short and is refused by 'restore'.

            Example:
              guardian backup /backup/guardian-20260131 --data guardian-data
            """)
        {
            target, data,
        };
        return command.Does(host, invocation =>
        {
            string to = invocation.Get(target)!;
            BackupManifest manifest = new BackupWriter(invocation.Host.Time).Write(invocation.FolderOf(data), to);
            if (invocation.Json) invocation.WriteJson(manifest);
            else
            {
                foreach (BackupFile file in manifest.Files)
                {
                    invocation.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"{file.Name}: {file.Bytes} bytes, sha256 {file.Sha256}"));
                }

                foreach (AuditHead head in manifest.AuditHeads)
                    invocation.WriteLine($"head of writer {head.Writer}: entry {head.Count}, hash {head.Hash}");
                invocation.WriteLine($"backed up {manifest.Folder} to {Path.GetFullPath(to)}");
            }

            return Task.FromResult(ExitCode.Done);
        });
    }
}
