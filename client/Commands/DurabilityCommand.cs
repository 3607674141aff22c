using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian durability</c>: how safely things rest.</summary>
internal static class DurabilityCommand
{
    public static Command Make(CliHost host)
    {
        Command command = new("durability", """
            Tells the health of each tier and how far it is behind. Exit code 1 when one is not healthy.

            Example:
              guardian durability
            """);
        return command.Does(host, invocation => invocation.WithClientAsync(async client =>
        {
            DurabilityReport report = await client.GetDurabilityAsync();
            if (invocation.Json) invocation.WriteJson(report);
            else invocation.Draw(TableOf(report));
            return Array.TrueForAll(report.Tiers, t => t.Healthy) ? ExitCode.Done : ExitCode.No;
        }));
    }

    private static Table TableOf(DurabilityReport report)
    {
        Table table = Invocation.TableOf("tier", "store", "healthy", "lag events", "lag s", "unrecorded", "last error");
        foreach (TierHealth tier in report.Tiers)
        {
            table.AddRow(
                Views.Cell(tier.Tier),
                Views.Cell(tier.Store),
                Views.Cell(tier.Healthy ? "yes" : "no"),
                Views.Number(tier.LagEvents),
                Views.Cell(Views.Short(tier.LagSeconds)),
                Views.Number(tier.Unrecorded),
                Views.Cell(tier.LastError));
        }

        return table;
    }
}
