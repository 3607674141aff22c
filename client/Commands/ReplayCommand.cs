using System.CommandLine;
using System.Globalization;
using Guardian.Cli.Output;
using Guardian.Cli.Recordings;
using Guardian.Cli.Replaying;
using Guardian.Client;
using Guardian.Client.Producing;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian replay</c>: carries real recordings into a session of their own.</summary>
internal static class ReplayCommand
{
    private static readonly Argument<string[]> Files = new("file")
    {
        Description = "Recordings, gzip as they are, read in this order.", Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> Append =
        new("--append") { Description = "Keep what is in the session; by default it is emptied first." };

    private static readonly Option<string?> Profile = MakeProfile();

    private static readonly Option<string[]> Set =
        new("--set")
        {
            Description = "Change one setting, such as Latency:Limit=00:00:00.2; may be repeated.",
            HelpName = "Path=value",
        };

    private static readonly Option<string?> Symbol = new("--symbol")
    {
        Description = "The symbol of OHLC bars; by default the file's stem.", HelpName = "name",
    };

    private static readonly Option<string> Speed = new("--speed")
    {
        Description = "1: as recorded; N: N times as fast; max: as fast as it goes.",
        HelpName = "N|max",
        DefaultValueFactory = _ => "max",
    };

    private static readonly Option<string> Producer = new("--producer")
    {
        Description = "The name under which items are numbered; two runs at a time take two names.",
        HelpName = "name",
        DefaultValueFactory = _ => "replay",
    };

    private static readonly Option<double> Deadline = new("--deadline")
    {
        Description = "Seconds to keep trying while no silo answers.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 120,
    };

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session("replay");
        Command command = new("replay", """
            Replays recordings at any speed into a session of their own: the same file gives the same verdicts.
            Reads feed CSV, order logs, OHLC bars (as returns), Tardis trades and quotes, and observations as NDJSON;
            the header tells which. Bad rows are counted and told with line numbers, and don't stop the rest (exit
            code 0, unless no row could be read: 1). A silo that dies meanwhile and comes back is given what it had
            not made durable.

            Examples:
              guardian replay feed.csv.gz
              guardian replay orders/*.csv.gz --session orders --speed 100
              guardian replay minutes.csv.gz --symbol BTC --session bars
              guardian replay feed.csv.gz --set Latency:Limit=00:00:00.2 --output json
            """)
        {
            Files, session, Append, Profile, Symbol, Set, Speed, Producer, Deadline,
        };
        return command.Does(host, invocation => RunAsync(invocation, PlanOf(invocation, session)));
    }

    private static Option<string?> MakeProfile()
    {
        Option<string?> option =
            new("--profile") { Description = "The settings; by default those of the file's form." };
        option.AcceptOnlyFromAmong("default", "feed", "orders", "bars");
        return option;
    }

    private static ReplayPlan PlanOf(Invocation invocation, Option<string> session)
    {
        string name = invocation.SessionOf(session);
        if (name == SymbolName.Live)
            throw new UsageException(
                "Condition failed: --session is live; a replay never touches it: give another name.");
        string producer = invocation.Get(Producer)!;
        if (producer.Length is 0 or > 64)
            throw new UsageException(
                $"Condition failed: --producer has {producer.Length} characters; it takes 1 to 64.");
        double deadline = invocation.Get(Deadline);
        if (!(deadline is >= 0 and <= 86_400))
            throw new UsageException($"Condition failed: --deadline is {deadline}; it takes 0 to 86400 seconds.");
        double? speed = SpeedOf(invocation.Get(Speed)!);
        Dictionary<string, string> overrides = OverridesOf(invocation.Get(Set) ?? []);
        string[] files = invocation.Get(Files)!;
        if (files.Distinct(StringComparer.Ordinal).Count() != files.Length)
            throw new UsageException("Condition failed: a file is named twice; name each once.");
        Recording[] recordings = OpenAll(files, invocation.Get(Symbol));
        return new ReplayPlan
        {
            Recordings = recordings,
            Session = name,
            Limits = new GuardianLimits { Profile = ProfileOf(invocation, recordings), Overrides = overrides },
            Append = invocation.Get(Append),
            Producer = producer,
            Speed = speed,
            Sending = new LosslessProducerOptions { Deadline = TimeSpan.FromSeconds(deadline) },
        };
    }

    private static Recording[] OpenAll(string[] files, string? symbol)
    {
        if (symbol is not null && (!SymbolName.TryParse(symbol, out _, out string error)
            || symbol.Contains('@', StringComparison.Ordinal)))
        {
            throw new UsageException(error.Length > 0
                ? $"--symbol: {error}"
                : $"Condition failed: --symbol is '{symbol}'; --session names the session, not the symbol.");
        }

        Recording[] recordings = [.. files.Select(f => Recording.Open(f, symbol))];
        int bars = recordings.Count(r => r.Format == RecordingFormat.Bars);
        if (symbol is not null && (bars != 1 || recordings.Length != 1))
        {
            throw new UsageException(
                $"Condition failed: --symbol names the symbol of one file of OHLC bars; given are {recordings.Length} "
                + $"file(s), {bars} of them bars. Leave it out: each file names its symbols.");
        }

        return recordings;
    }

    private static double? SpeedOf(string text)
    {
        if (text == "max") return null;
        return double.TryParse(text.TrimEnd('x', '×'), NumberStyles.Float, CultureInfo.InvariantCulture,
            out double speed)
            && speed is > 0 and <= 1_000_000
            ? speed
            : throw new UsageException(
                $"Condition failed: --speed is {text}; it takes a number above 0, at most 1000000, or max.");
    }

    private static Dictionary<string, string> OverridesOf(string[] settings)
    {
        Dictionary<string, string> overrides = new(StringComparer.Ordinal);
        foreach (string setting in settings)
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new UsageException(
                    $"Condition failed: --set is '{setting}'; it takes Path=value such as Latency:Limit=00:00:00.2.");
            if (!overrides.TryAdd(setting[..equals].Trim(), setting[(equals + 1)..].Trim()))
                throw new UsageException($"Condition failed: --set gives {setting[..equals]} twice; give it once.");
        }

        return overrides;
    }

    private static string ProfileOf(Invocation invocation, Recording[] recordings)
    {
        if (invocation.Get(Profile) is { } profile) return profile;
        string[] profiles = [.. recordings.Select(r => r.Profile).Distinct(StringComparer.Ordinal)];
        return profiles.Length == 1 ? profiles[0] : throw new UsageException(
            $"Condition failed: the files suit the profiles {string.Join(" and ", profiles)}; a session has one. "
            + "Name it with --profile, or replay them into two sessions.");
    }

    private static async Task<int> RunAsync(Invocation invocation, ReplayPlan plan)
    {
        await using IGuardianConnection connection = await invocation.ConnectAsync();
        Replayer replayer = new(connection.Client, plan, invocation.Host.Time);
        ReplaySummary summary = invocation.Host.Interactive && !invocation.Json
            ? await WithProgressAsync(invocation, replayer)
            : await replayer.RunAsync(invocation.Stop);
        if (invocation.Json) invocation.WriteJson(summary);
        else Show(invocation, summary);
        BadRows.Show(invocation, [.. plan.Recordings.Select(r => r.Report)]);
        foreach ((string reason, long count) in summary.Observations.RefusedBecause)
            invocation.WriteError($"{count} item(s) refused: {reason}");
        if (summary.Rows > summary.BadRowCount) return ExitCode.Done;
        invocation.WriteError("Condition failed: no row could be read; nothing was replayed.");
        return ExitCode.No;
    }

    private static Task<ReplaySummary> WithProgressAsync(Invocation invocation, Replayer replayer)
    {
        IAnsiConsole console = invocation.Host.ConsoleOn(invocation.Host.Error);
        return console.Progress().AutoClear(enabled: true)
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
            .StartAsync(async progress =>
            {
                ProgressTask bar = progress.AddTask("opening the session", maxValue: Math.Max(1, replayer.TotalRows));
                Task<ReplaySummary> run = replayer.RunAsync(invocation.Stop);
                while (!run.IsCompleted)
                {
                    await Task.WhenAny(run, Task.Delay(TimeSpan.FromMilliseconds(200), invocation.Host.Time));
                    bar.Value = replayer.Rows;
                    bar.Description = ProgressOf(replayer);
                }

                return await run;
            });
    }

    private static string ProgressOf(Replayer replayer)
    {
        ProducerCounts counts = replayer.Counts;
        double perSecond = replayer.Rows / Math.Max(0.001, replayer.Elapsed.TotalSeconds);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{replayer.Rows:N0} rows, {perSecond:N0} rows/s, {replayer.Symbols} symbols, {counts.Durable:N0} durable");
        return counts.Failures == 0 ? text : text + string.Create(
            CultureInfo.InvariantCulture, $", {counts.Failures} unanswered, {counts.Resent:N0} resent");
    }

    private static void Show(Invocation invocation, ReplaySummary summary)
    {
        Table table = Invocation.TableOf("symbol", "state", "level", "breaker", "episodes", "transitions", "taken",
            "refused");
        foreach (ReplayedSymbol symbol in summary.Items)
        {
            table.AddRow(
                Views.Cell(symbol.Symbol),
                Views.State(symbol.TradingState),
                Views.Cell(symbol.Level.ToString()),
                Views.Cell(symbol.Breaker.ToString()),
                Views.Number(symbol.Episode),
                Views.Number(symbol.Transitions),
                Views.Number(symbol.Accepted),
                Views.Number(symbol.Refused));
        }

        invocation.Draw(table);
        invocation.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.Rows:N0} rows in {summary.Seconds:0.0} s ({summary.RowsPerSecond:N0} rows/s), "
                + $"{summary.BadRowCount:N0} bad; "
            + $"{summary.Observations.Sent:N0} observations sent, {summary.Observations.Resent:N0} of them again; "
            + $"session {summary.Session}, profile {summary.Profile}."));
    }
}
