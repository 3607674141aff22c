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
        Option<string?> url = new("--url")
        {
            Description = "The silo's HTTP address; by default GUARDIAN_URL, or http://127.0.0.1:8080.",
            HelpName = "url",
        };
        Option<string> folder = new("--data-folder")
        {
            Description = "The data folder of a silo on this machine.",
            HelpName = "folder",
            DefaultValueFactory = _ => "guardian-data",
        };
        Command command = new("doctor", """
            Looks at gateway, contract, HTTP, tiers, clock and data folder, and says what to do about what it finds.
            Exit code 1 when something is unhealthy, 3 when the gateway can't be reached.

            Example:
              guardian doctor --gateway 10.0.0.5:30000
            """)
        {
            url, folder,
        };
        return command.Does(host, async invocation =>
        {
            string address =
                invocation.Get(url) ?? invocation.Host.Environment("GUARDIAN_URL") ?? "http://127.0.0.1:8080";
            if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? http) || http.Scheme is not ("http" or "https"))
                throw new UsageException($"Condition failed: --url is '{address}'; it takes http://host:port.");
            Doctor doctor = new(invocation, http, invocation.Get(folder)!);
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
