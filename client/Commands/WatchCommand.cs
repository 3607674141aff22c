using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Client;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian watch</c>: the status, again and again.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Option<int?> count = new("--count", "-n")
        {
            Description = "Stop after so many refreshes; by default it goes on until it is interrupted.",
            HelpName = "refreshes",
        };
        Command command = new("watch", """
            Shows the trading states live, refreshed every 500 ms. With --output json each refresh is one line.

            Examples:
              guardian watch --session replay
              guardian watch --count 1 --output json
            """)
        {
            session, count,
        };
        return command.Does(host, invocation =>
        {
            if (invocation.Get(count) is < 1)
                throw new UsageException(
                    $"Condition failed: --count is {invocation.Get(count)}; it takes 1 and above.");
            return invocation.WithClientAsync(
                client => WatchAsync(invocation, client, invocation.SessionOf(session), invocation.Get(count)));
        });
    }

    private static async Task<int> WatchAsync(Invocation invocation, IGuardianClient client, string session, int? count)
    {
        if (!invocation.Host.Interactive || invocation.Json)
        {
            await EachAsync(invocation, client, session, count, verdicts =>
            {
                if (invocation.Json) invocation.WriteJson(new ItemList<Verdict>(verdicts));
                else invocation.Draw(Views.Of(verdicts));
            });
            return ExitCode.Done;
        }

        await invocation.Host.ConsoleOn(invocation.Host.Out).Live(Views.Of([])).StartAsync(
            live => EachAsync(invocation, client, session, count, verdicts => live.UpdateTarget(Views.Of(verdicts))));
        return ExitCode.Done;
    }

    private static async Task EachAsync(
        Invocation invocation, IGuardianClient client, string session, int? count, Action<Verdict[]> show)
    {
        for (int i = 0; count is null || i < count; i++)
        {
            if (i > 0) await Task.Delay(Period, invocation.Host.Time, invocation.Stop);
            show(await StatusCommand.ReadAllAsync(client, session));
        }
    }
}
