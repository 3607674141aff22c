using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Client;
using Guardian.Contracts;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian status</c>: what the guardians say now.</summary>
internal static class StatusCommand
{
    public static Command Make(CliHost host)
    {
        Argument<string[]> symbols = new("symbol")
        {
            Description = "Symbols to ask; none: every symbol on the session's roster.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Command command = new("status", """
            Tells the trading state of symbols, with reasons. Exit code 1 when one that was asked for is not on the
            roster.

            Examples:
              guardian status
              guardian status BTCUSDT.usdm --session replay --output json
            """)
        {
            symbols, session,
        };
        return command.Does(host, invocation => invocation.WithClientAsync(async client =>
        {
            string[] asked = invocation.Get(symbols) ?? [];
            string[] keys = [.. asked.Select(s => invocation.KeyOf(s, session))];
            string[] guarded = await RosterCheck.GuardedAsync(invocation, client, keys);
            Verdict[] verdicts = asked.Length > 0
                ? await ReadAsync(client, guarded)
                : await ReadAllAsync(client, invocation.SessionOf(session));
            if (invocation.Json) invocation.WriteJson(new ItemList<Verdict>(verdicts));
            else if (asked.Length == 0 && verdicts.Length == 0) invocation.WriteLine(
                $"No symbols in session {invocation.SessionOf(session)}.");
            else if (verdicts.Length > 0) invocation.Draw(Views.Of(verdicts));
            return guarded.Length == keys.Length ? ExitCode.Done : ExitCode.No;
        }));
    }

    /// <summary>Asks every symbol on a session's roster, in order of name.</summary>
    public static async Task<Verdict[]> ReadAllAsync(IGuardianClient client, string session)
    {
        RosterEntry[] roster = await client.GetRosterAsync(session);
        return await ReadAsync(client, [.. roster.Select(r => r.Symbol).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Asks these symbols, 64 at a time.</summary>
    public static async Task<Verdict[]> ReadAsync(IGuardianClient client, string[] keys)
    {
        List<Verdict> verdicts = new(keys.Length);
        foreach (string[] part in keys.Chunk(64))
            verdicts.AddRange(await Task.WhenAll(part.Select(k => client.GetVerdictAsync(k).AsTask())));
        return [.. verdicts];
    }
}
