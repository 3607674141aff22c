using System.CommandLine;
using Guardian.Contracts;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian reset</c>: a person's leave for a latched symbol.</summary>
internal static class ResetCommand
{
    private static readonly Argument<string> Symbol = new("symbol") { Description = "The symbol." };

    private static readonly Option<long> Episode = new("--episode")
    {
        Description = "The episode you have looked at, as 'status' shows it; a newer trip voids the reset.",
        HelpName = "number",
        Required = true,
    };

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Option<string> reason = GlobalOptions.Reason();
        Option<string?> actor = GlobalOptions.Actor();
        Command command = new("reset", """
            Resets a latched symbol: probes at a fraction of size decide from there. For a symbol that came up
            unverified and is not latched, it vouches that its state is right. Where two persons are needed, the
            second one approves by the same command. Exit code 1 when there is nothing to reset.

            Example:
              guardian reset BTCUSDT --episode 4 --actor ann --reason "venue is well again"
            """)
        {
            Symbol, Episode, reason, actor, session,
        };
        return command.Does(host, invocation =>
        {
            string key = invocation.KeyOf(invocation.Get(Symbol)!, session);
            ResetRequest request = new()
            {
                Episode = invocation.Get(Episode),
                Actor = invocation.ActorOf(actor),
                Reason = invocation.ReasonOf(reason),
            };
            return invocation.WithClientAsync(async client =>
                await RosterCheck.AllGuardedAsync(invocation, client, [key])
                    ? invocation.Report(await client.ResetAsync(key, request))
                    : ExitCode.No);
        });
    }
}
