using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian alerts</c>: what people must know.</summary>
internal static class AlertsCommand
{
    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Option<bool> all = new("--all") { Description = "Also those resolved in the last 24 hours." };
        Command command = new("alerts", """
            Tells the alerts that are pending or firing.

            Example:
              guardian alerts --all --session replay
            """)
        {
            session, all,
        };
        return command.Does(host, invocation => invocation.WithClientAsync(async client =>
        {
            Alert[] alerts = await client.GetAlertsAsync(invocation.SessionOf(session), invocation.Get(all));
            if (invocation.Json) invocation.WriteJson(new ItemList<Alert>(alerts));
            else if (alerts.Length == 0) invocation.WriteLine("No alerts.");
            else invocation.Draw(TableOf(alerts));
            return ExitCode.Done;
        }));
    }

    private static Table TableOf(Alert[] alerts)
    {
        Table table = Invocation.TableOf("severity", "status", "name", "key", "started", "ended", "acknowledged",
            "summary");
        foreach (Alert alert in alerts)
        {
            table.AddRow(
                Views.Cell(alert.Severity.ToString()),
                Views.Cell(GuardianJson.Write(alert.Status).Trim('"')),
                Views.Cell(alert.Name),
                Views.Cell(alert.Key),
                Views.Cell(Views.Time(alert.StartedAt)),
                Views.Cell(Views.Time(alert.EndedAt)),
                Views.Cell(alert.AcknowledgedBy),
                Views.Cell(alert.Summary));
        }

        return table;
    }
}
