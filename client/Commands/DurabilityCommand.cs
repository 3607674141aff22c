using System.CommandLine;
using System.Globalization;
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
            Tells the health of each tier and how far it is behind, what a loss of the process now would cost, how full
            the journal is, and how the log of human actions is. Exit code 1 when a tier or the log is not healthy.

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
            else Tell(invocation, report);
            return Array.TrueForAll(report.Tiers, t => t.Healthy) && report.Audit is { Lost: 0, LastError: null }
                ? ExitCode.Done
                : ExitCode.No;
        }));
    }

    private static void Tell(Invocation invocation, DurabilityReport report)
    {
        invocation.Draw(TableOf(report));
        invocation.WriteLine($"RPO now: {Views.Short(report.RpoSeconds)} s of events, were this process lost");
        invocation.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"journal: {report.JournalBytes:N0} of {report.JournalBytesLimit:N0} bytes; "
            + $"{report.UnrecordedState} unrecorded entries of state; {report.ParkedRows} rows parked"));
        foreach (UnrecordedCount count in report.UnrecordedBy)
        {
            invocation.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"unrecorded for {count.Limit}: {count.Entries} entries"));
        }

        string head = report.Audit.Head is { } end ? $"entry {end.Count}, hash {end.Hash}" : "no entry yet";
        invocation.WriteLine(
            $"audit: {head}; {report.Audit.Waiting} waiting, {report.Audit.Lost} lost"
            + (report.Audit.LastError is { } error ? $"; {error}" : string.Empty));
        invocation.WriteLine(report.LastCheck.HasValue
            ? $"last check: {Views.Time(report.LastCheck)}, {report.LastCheckDifferences} differences"
            : "last check: none since the silo started");
        foreach (string aside in report.SetAside) invocation.WriteLine($"set aside: {aside}");
        foreach (string damage in report.Damages) invocation.WriteLine($"damage: {damage}");
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
