using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Client;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian limits</c>: reads and changes the limits of a symbol.</summary>
internal static class LimitsCommand
{
    private static readonly Argument<string> Symbol = new("symbol") { Description = "The symbol." };

    private static readonly Option<string?> Profile =
        new("--profile") { Description = "The committed profile to go by.", HelpName = "name" };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "Changes one setting; may be given several times.", HelpName = "Path=value",
    };

    private static readonly Option<string[]> Unset = new("--unset")
    {
        Description = "Takes one setting back to the profile's; may be given several times.", HelpName = "Path",
    };

    private static readonly Option<string?> ETag = new("--etag")
    {
        Description = "Refuses unless these are the limits in force; by default those that were just read.",
        HelpName = "tag",
    };

    private static readonly Option<string?> Reason = new("--reason", "-r")
    {
        Description = "Why, in words; it is recorded. Needed for a change.", HelpName = "text",
    };

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Option<string?> actor = GlobalOptions.Actor();
        Command command = new("limits", """
            Tells the limits of a symbol, or changes them. A change is refused when somebody else changed them in
            between. Windows start anew with changed limits. Exit code 1 when it is refused.

            Examples:
              guardian limits BTCUSDT
              guardian limits BTCUSDT --set Latency:Limit=150ms --reason "new route"
              guardian limits BTCUSDT --profile feed --unset Latency:Limit --reason "as the others"
            """)
        {
            Symbol, Profile, Set, Unset, ETag, Reason, actor, session,
        };
        return command.Does(host, invocation =>
        {
            string key = invocation.KeyOf(invocation.Get(Symbol)!, session);
            (string Path, string Value)[] set = [.. (invocation.Get(Set) ?? []).Select(Split)];
            string[] unset = invocation.Get(Unset) ?? [];
            bool changes = set.Length > 0 || unset.Length > 0 || invocation.Get(Profile) is not null;
            string reason = changes ? ReasonOf(invocation) : string.Empty;
            string by = changes ? invocation.ActorOf(actor) : string.Empty;
            return invocation.WithClientAsync(async client =>
            {
                if (!await RosterCheck.AllGuardedAsync(invocation, client, [key])) return ExitCode.No;
                GuardianLimits limits = await client.GetLimitsAsync(key);
                if (!changes) return Tell(invocation, limits);
                GuardianLimits changed = Changed(invocation, limits, set, unset);
                return invocation.Report(await client.SetLimitsAsync(
                    key, new LimitsRequest { Limits = changed, Actor = by, Reason = reason }));
            });
        });
    }

    private static GuardianLimits Changed(
        Invocation invocation, GuardianLimits limits, (string Path, string Value)[] set, string[] unset)
    {
        Dictionary<string, string> overrides = new(limits.Overrides, StringComparer.Ordinal);
        foreach (string path in unset)
        {
            if (!overrides.Remove(path))
                throw new UsageException($"Condition failed: --unset is '{path}', which is not set; see 'limits'.");
        }

        foreach ((string path, string value) in set) overrides[path] = value;
        return limits with
        {
            Profile = invocation.Get(Profile) ?? limits.Profile,
            Overrides = overrides,
            ETag = invocation.Get(ETag) ?? limits.ETag,
        };
    }

    private static int Tell(Invocation invocation, GuardianLimits limits)
    {
        if (invocation.Json)
        {
            invocation.WriteJson(limits);
            return ExitCode.Done;
        }

        invocation.WriteLine($"profile {limits.Profile}, etag {limits.ETag}");
        if (limits.Overrides.Count == 0) return ExitCode.Done;
        Table table = Invocation.TableOf("path", "value");
        foreach ((string path, string value) in limits.Overrides.OrderBy(o => o.Key, StringComparer.Ordinal))
            table.AddRow(Views.Cell(path), Views.Cell(value));
        invocation.Draw(table);
        return ExitCode.Done;
    }

    private static (string Path, string Value) Split(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? (text[..at], text[(at + 1)..])
            : throw new UsageException($"Condition failed: --set is '{text}'; it takes Path=value.");
    }

    private static string ReasonOf(Invocation invocation)
    {
        string reason = invocation.Get(Reason) ?? string.Empty;
        return reason.Trim().Length is > 0 and <= 512 ? reason : throw new UsageException(
            $"Condition failed: --reason has {reason.Trim().Length} characters; a change takes 1 to 512.");
    }
}
