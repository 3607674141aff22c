using System.CommandLine;
using Guardian.Contracts;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian release</c>: ends a hold.</summary>
internal static class ReleaseCommand
{
    public static Command Make(CliHost host)
    {
        Argument<string> id = new("id") { Description = "The hold's id, as 'hold' printed it and 'status' shows it." };
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Option<string> reason = GlobalOptions.Reason();
        Option<string?> actor = GlobalOptions.Actor();
        Command command = new("release", """
            Releases a hold by its id. Exit code 1 when there is no such hold.

            Example:
              guardian release h-20260131-1 --reason "fills are well again"
            """)
        {
            id, reason, actor, session,
        };
        return command.Does(host, invocation =>
        {
            string name = invocation.SessionOf(session);
            ReleaseRequest request = new()
            {
                Id = invocation.Get(id)!, Actor = invocation.ActorOf(actor), Reason = invocation.ReasonOf(reason),
            };
            return invocation.WithClientAsync(
                async client => invocation.Report(await client.ReleaseAsync(name, request)));
        });
    }
}
