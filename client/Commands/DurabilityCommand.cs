using System.CommandLine;
using System.Globalization;
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
            Tells the health of each tier and how far it is behind, what a loss of the process now would cost, how full
            the journal is, and how the log of human actions is. Exit code 1 when a tier or the log is not healthy.

            Example:
              guardian durability
            """);
        return command.Does(host, invocation => invocation.WithClientAsync(async client =>
        {
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
