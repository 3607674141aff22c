using System.CommandLine;
using Guardian.Client;
using Guardian.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Guardian.Cli;

/// <summary>One run of a command: its arguments, its output, its way to a silo.</summary>
internal sealed class Invocation(ParseResult parse, CliHost host, CancellationToken stop)
{
    public CliHost Host => host;

    public CancellationToken Stop => stop;

    public string Gateway => parse.GetValue(GlobalOptions.Gateway)!;

    public TimeSpan Wait => TimeSpan.FromSeconds(parse.GetValue(GlobalOptions.Wait));

    /// <summary>Gets whether a program reads the output.</summary>
    public bool Json => parse.GetValue(GlobalOptions.Output) == "json";

    public T? Get<T>(Option<T> option) => parse.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parse.GetValue(argument);

    /// <summary>Whether the user wrote the option.</summary>
    public bool Has(Option option) => parse.GetResult(option) is { Implicit: false };

    public Task<IGuardianConnection> ConnectAsync() => host.Connect(Gateway, Wait, stop);

    /// <summary>Connects, works, disconnects.</summary>
    public async Task<int> WithClientAsync(Func<IGuardianClient, Task<int>> work)
    {
        await using IGuardianConnection connection = await ConnectAsync();
        return await work(connection.Client);
    }

    /// <summary>Writes one JSON value on one line.</summary>
    public void WriteJson<T>(T value) => host.Out.WriteLine(GuardianJson.Write(value));

    public void WriteLine(string text) => host.Out.WriteLine(text);

    public void WriteError(string text) => host.Error.WriteLine(text);

    /// <summary>Draws a table; without blanks at the ends of lines where no person looks.</summary>
    public void Draw(IRenderable what)
    {
        if (host.Interactive)
        {
            host.ConsoleOn(host.Out).Write(what);
            return;
        }

        using StringWriter text = new();
        host.ConsoleOn(text).Write(what);
        foreach (string line in text.ToString().Split('\n'))
        {
            string trimmed = line.TrimEnd();
            if (trimmed.Length > 0) host.Out.WriteLine(trimmed);
        }
    }

    /// <summary>Reads a session's name.</summary>
    public string SessionOf(Option<string> option)
    {
        string session = Get(option)!;
        return SymbolName.SessionError(session) is { } error ? throw new UsageException(error) : session;
    }

    /// <summary>Makes a guardian's key of what the user wrote as symbol and session.</summary>
    public string KeyOf(string symbol, Option<string> session)
    {
        string name = SessionOf(session);
        bool named = symbol.Contains('@', StringComparison.Ordinal);
        string key = named || name == SymbolName.Live ? symbol : $"{symbol}@{name}";
        if (!SymbolName.TryParse(key, out SymbolName parsed, out string error)) throw new UsageException(error);
        if (named && Has(session) && parsed.Session != name)
        {
            throw new UsageException(
                $"Condition failed: '{symbol}' names the session {parsed.Session} and --session {name}; name one.");
        }

        return parsed.Key;
    }

    /// <summary>Reads who acts.</summary>
    public string ActorOf(Option<string?> option)
    {
        string? actor = Get(option) ?? host.Environment("USER") ?? host.Environment("USERNAME")
            ?? Environment.UserName;
        if (string.IsNullOrWhiteSpace(actor))
            throw new UsageException("Condition failed: nobody is named; say who acts with --actor.");
        return actor.Length <= 64 ? actor : throw new UsageException(
            $"Condition failed: --actor has {actor.Length} characters; it takes 1 to 64.");
    }

    /// <summary>Reads why.</summary>
    public string ReasonOf(Option<string> option)
    {
        string reason = Get(option)!;
        return reason.Trim().Length is > 0 and <= 512 ? reason : throw new UsageException(
            $"Condition failed: --reason has {reason.Trim().Length} characters; it takes 1 to 512.");
    }

    /// <summary>Reads which data folder is meant: as written, else as the silo's environment says.</summary>
    public string FolderOf(Option<string?> option)
    {
        string folder = Get(option) ?? host.Environment("GUARDIAN__DATAFOLDER") ?? "guardian-data";
        return folder.Trim().Length > 0 ? folder : throw new UsageException(
            $"Condition failed: {option.Name} is '{folder}'; it takes a folder.");
    }

    /// <summary>Reads where the silo listens for HTTP.</summary>
    public Uri UrlOf(Option<string?> option)
    {
        string address = Get(option) ?? host.Environment("GUARDIAN_URL") ?? "http://127.0.0.1:8080";
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? url) && url.Scheme is ("http" or "https")
            ? url
            : throw new UsageException($"Condition failed: --url is '{address}'; it takes http://host:port.");
    }

    /// <summary>Reads a time; none where the option is not given.</summary>
    public Timestamp TimeOf(Option<string?> option)
    {
        if (Get(option) is not { } text) return Timestamp.None;
        return Timestamp.TryParse(text, out Timestamp at) ? at : throw new UsageException(
            $"Condition failed: {option.Name} is '{text}'; it takes RFC 3339 such as 2026-01-31T12:00:00.5Z.");
    }

    /// <summary>Tells how an action of a person ended.</summary>
    public int Report(ActionResult result)
    {
        if (Json) WriteJson(result);
        else if (result.Done) WriteLine(
            $"{result.Code}{(result.Id is null ? string.Empty : $" {result.Id}")} (durable: {result.Durable})");
        else WriteError(result.Message ?? result.Code);
        if (result.Done) return ExitCode.Done;
        return result.Code == "invalid" ? ExitCode.WrongUse : ExitCode.No;
    }

    /// <summary>Makes a table with these columns.</summary>
    public static Table TableOf(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)));
        return table;
    }
}
