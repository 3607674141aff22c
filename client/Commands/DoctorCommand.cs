using System.CommandLine;
using Guardian.Cli.Diagnosing;
using Guardian.Cli.Output;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian doctor</c>: looks for what is wrong and says what to do.</summary>
internal static class DoctorCommand
{
    public static Command Make(CliHost host)
    {
        Option<string?> url = GlobalOptions.Url();
        Option<string?> folder = GlobalOptions.Data(
            "The data folder of a silo on this machine; by default GUARDIAN__DATAFOLDER, or guardian-data.");
        Command command = new("doctor", """
            Looks at gateway, contract, clients, HTTP, tiers, audit, clocks and the data folder with its room, rights,
            lock, versions and files set aside, and says what to do about what it finds.
            Exit code 1 when something is unhealthy, 3 when the gateway can't be reached.

            Example:
              guardian doctor --gateway 10.0.0.5:30000
            """)
        {
            url, folder,
        };
        return command.Does(host, async invocation =>
        {
            Doctor doctor = new(invocation, invocation.UrlOf(url), invocation.FolderOf(folder));
            IReadOnlyList<Finding> findings = await doctor.ExamineAsync();
            if (invocation.Json) invocation.WriteJson(new ItemList<Finding>(findings));
            else invocation.Draw(TableOf(findings));
            if (doctor.Unreachable) return ExitCode.Unreachable;
            return findings.All(f => f.Healthy) ? ExitCode.Done : ExitCode.No;
        });
    }

    private static Table TableOf(IReadOnlyList<Finding> findings)
    {
        Table table = Invocation.TableOf("what", "healthy", "found", "what to do");
        foreach (Finding finding in findings)
        {
            table.AddRow(
                Views.Cell(finding.What),
                finding.Healthy ? new Markup("[green]yes[/]") : new Markup("[red]no[/]"),
                Views.Cell(finding.Found),
                Views.Cell(finding.Advice));
        }

        return table;
    }
}
