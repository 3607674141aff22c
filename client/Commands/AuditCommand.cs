using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian audit</c>: who did what, when and why.</summary>
internal static class AuditCommand
{
    public static Command Make(CliHost host)
    {
        Option<string?> from = new("--from") { Description = "From when on, RFC 3339.", HelpName = "time" };
        Option<string?> to = new("--to") { Description = "Before when, RFC 3339.", HelpName = "time" };
        Option<int> limit = new("--limit")
        {
            Description = "The most entries, newest first.", HelpName = "n", DefaultValueFactory = _ => 50,
        };
        Option<bool> verify = new("--verify") { Description = "Verify the hash chain instead of listing it." };
        Command command = new("audit", """
            Tells what people did: holds, releases, resets, limits, roster, sessions, acknowledgements; with who and
            why. With --verify it checks the hash chain and names each entry that is not whole (exit code 1).

            Examples:
              guardian audit --limit 10
              guardian audit --verify
            """)
        {
            from, to, limit, verify,
        };
        return command.Does(host, invocation => invocation.WithClientAsync(async client =>
        {
            if (invocation.Get(verify)) return Tell(invocation, await client.VerifyAuditAsync());
            AuditPage page = await client.GetAuditAsync(new AuditQuery
            {
                From = invocation.TimeOf(from),
                To = invocation.TimeOf(to),
                Limit = LimitOf(invocation.Get(limit)),
                NewestFirst = true,
            });
            if (invocation.Json) invocation.WriteJson(new ItemList<AuditEntry>(page.Items, page.Next));
            else if (page.Items.Length == 0) invocation.WriteLine("No entries.");
            else invocation.Draw(TableOf(page.Items));
            return ExitCode.Done;
        }));
    }

    private static int LimitOf(int limit) => limit is >= 1 and <= AuditQuery.MaximumLimit
        ? limit
        : throw new UsageException(
            $"Condition failed: --limit is {limit}; it takes 1 to {AuditQuery.MaximumLimit}.");

    private static int Tell(Invocation invocation, AuditReport report)
    {
        if (invocation.Json) invocation.WriteJson(report);
        else
        {
            foreach (AuditProblem problem in report.Problems)
                invocation.WriteLine($"entry {problem.Number} of writer {problem.Writer} {problem.Problem}");
            foreach (AuditHead head in report.Heads)
                invocation.WriteLine($"head of writer {head.Writer}: entry {head.Count}, hash {head.Hash}");
            invocation.WriteLine($"{report.Entries} entries, {(report.Whole ? "whole" : "not whole")}");
        }

        return report.Whole ? ExitCode.Done : ExitCode.No;
    }

    private static Table TableOf(AuditEntry[] entries)
    {
        Table table = Invocation.TableOf(
            "at", "who", "did", "to", "session", "why", "result", "details", "writer", "number");
        foreach (AuditEntry entry in entries)
        {
            table.AddRow(
                Views.Cell(Views.Time(entry.At)),
                Views.Cell(entry.Actor),
                Views.Cell(entry.Action),
                Views.Cell(entry.Target),
                Views.Cell(entry.Session),
                Views.Cell(entry.Reason),
                Views.Cell(entry.Result),
                Views.Cell(entry.Details),
                Views.Cell(entry.Writer[..Math.Min(8, entry.Writer.Length)]),
                Views.Number(entry.Number));
        }

        return table;
    }
}
