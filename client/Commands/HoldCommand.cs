using System.CommandLine;
using Guardian.Contracts;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian hold</c>: a person's stop.</summary>
internal static class HoldCommand
{
    private static readonly Argument<string?> Symbol = new("symbol")
    {
        Description = "The symbol to stop.", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Portfolio =
        new("--portfolio") { Description = "Stop every order of the session." };

    private static readonly Option<string?> Strategy =
        new("--strategy") { Description = "Stop every order of one strategy.", HelpName = "name" };

    private static readonly Option<TradingState> State = new("--state")
    {
        Description = "Halted stops new orders; Reducing lets those pass that shrink the position.",
        HelpName = "Halted|Reducing",
        DefaultValueFactory = _ => TradingState.Halted,
    };

    private static readonly Option<string?> Id =
        new("--id") { Description = "The hold's id; the same id twice is one hold.", HelpName = "id" };

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Option<string> reason = GlobalOptions.Reason();
        Option<string?> actor = GlobalOptions.Actor();
        Command command = new("hold", """
            Stops trading until a person releases it. Prints the hold's id, which 'release' takes.

            Examples:
              guardian hold BTCUSDT --reason "odd fills"
              guardian hold --portfolio --reason "maintenance" --state Reducing
              guardian hold --strategy mm1 --reason "new version"
            """)
        {
            Symbol, Portfolio, Strategy, State, Id, reason, actor, session,
        };
        return command.Does(host, invocation =>
        {
            HoldRequest request = ScopeOf(invocation, session) with
            {
                Id = invocation.Get(Id),
                State = invocation.Get(State),
                Actor = invocation.ActorOf(actor),
                Reason = invocation.ReasonOf(reason),
            };
            if (request.State == TradingState.Active)
                throw new UsageException("Condition failed: --state is Active; it takes Halted or Reducing.");
            return invocation.WithClientAsync(
                async client => invocation.Report(await client.HoldAsync(request)));
        });
    }

    private static HoldRequest ScopeOf(Invocation invocation, Option<string> session)
    {
        (string? symbol, bool portfolio, string? strategy) =
            (invocation.Get(Symbol), invocation.Get(Portfolio), invocation.Get(Strategy));
        if ((symbol is null ? 0 : 1) + (portfolio ? 1 : 0) + (strategy is null ? 0 : 1) != 1)
        {
            throw new UsageException(
                "Condition failed: a hold takes a symbol, --portfolio or --strategy name: exactly one of them.");
        }

        HoldRequest request = new()
        {
            Actor = string.Empty,
            Reason = string.Empty,
            Session = invocation.SessionOf(session),
            Scope = portfolio ? Scope.Portfolio : Scope.Strategy,
            Key = strategy ?? string.Empty,
        };
        if (symbol is null) return request;
        string key = invocation.KeyOf(symbol, session);
        _ = SymbolName.TryParse(key, out SymbolName name, out _);
        return request with { Scope = Scope.Symbol, Key = key, Session = name.Session };
    }
}
