using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian durability</c>: how safely things rest.</summary>
internal static class DurabilityCommand
{
    private static readonly Option<bool> Parked = new("--parked")
    {
        Description = "Tell what a tier could not store and set apart, with the reason; exit code 1 when there is any.",
    };

    public static Command Make(CliHost host)
    {
        Command command = new("durability", """
            Tells the health of each tier and how far it is behind. Exit code 1 when one is not healthy.

            Example:
              guardian durability
              guardian durability --parked
            """)
        {
            Parked,
        };
        return command.Does(host, invocation => invocation.WithClientAsync(async client =>
        {
            if (invocation.Get(Parked)) return TellParked(invocation, await client.GetParkedAsync());
            DurabilityReport report = await client.GetDurabilityAsync();
            if (invocation.Json) invocation.WriteJson(report);
            else invocation.Draw(TableOf(report));
            return Array.TrueForAll(report.Tiers, t => t.Healthy) ? ExitCode.Done : ExitCode.No;
        }));
    }

    private static int TellParked(Invocation invocation, ParkedEntry[] rows)
    {
        if (invocation.Json) invocation.WriteJson(new ItemList<ParkedEntry>(rows));
        else if (rows.Length == 0) invocation.WriteLine("Nothing is parked.");
        else invocation.Draw(TableOf(rows));
        return rows.Length == 0 ? ExitCode.Done : ExitCode.No;
    }

    private static Table TableOf(ParkedEntry[] rows)
    {
        Table table = Invocation.TableOf("tier", "position", "symbol", "at", "bytes", "reason");
        foreach (ParkedEntry row in rows)
        {
            table.AddRow(
                Views.Cell(row.Tier), Views.Number(row.Position), Views.Cell(row.Symbol),
                Views.Cell(Views.Time(row.At)), Views.Number(row.Bytes), Views.Cell(row.Reason));
        }

        return table;
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
