using System.CommandLine;
using System.CommandLine.Invocation;
using Guardian.Cli.Commands;
using Guardian.Client;
using Guardian.Client.Producing;
using Guardian.Storage;

namespace Guardian.Cli;

/// <summary>All commands, and how their ends become exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Makes the root with every command.</summary>
    public static RootCommand Make(CliHost host)
    {
        RootCommand root = new(
            "Watches live trading: what the guardians say, and what you tell them.\n\n"
            + "Exit codes: 0 done; 1 the answer is no (denied, differs, unhealthy); 2 wrong use; 3 no silo can be "
            + "reached.\n"
            + "Example:\n  guardian status --output json");
        root.Add(GlobalOptions.Gateway);
        root.Add(GlobalOptions.Output);
        root.Add(GlobalOptions.Wait);
        foreach (Func<CliHost, Command> make in All)
        {
            Command command = make(host);
            foreach (Argument argument in command.Arguments) RefuseOptions(argument);
            root.Add(command);
        }

        return root;
    }

    /// <summary>Runs one command line to its exit code.</summary>
    public static async Task<int> RunAsync(string[] args, CliHost host, CancellationToken cancellationToken)
    {
        ParseResult parse = Make(host).Parse(args);
        if (parse.Action is ParseErrorAction || (parse.Action is null && parse.Errors.Count > 0))
        {
            foreach (System.CommandLine.Parsing.ParseError error in parse.Errors)
                await host.Error.WriteLineAsync($"Condition failed: {error.Message}");
            await host.Error.WriteLineAsync($"See '{HelpOf(parse)}'.");
            return ExitCode.WrongUse;
        }

        // The overview tells each command in a line; its own help tells all, with examples.
        if (parse.CommandResult.Command is RootCommand root)
        {
            foreach (Command command in root.Subcommands) command.Description = command.Description?.Split('\n')[0];
        }

        InvocationConfiguration configuration = new()
        {
            Output = host.Out,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
        };
        return await parse.InvokeAsync(configuration, cancellationToken);
    }

    /// <summary>Gives a command its work, and every end of it an exit code.</summary>
    public static Command Does(this Command command, CliHost host, Func<Invocation, Task<int>> work)
    {
        command.SetAction(async (ParseResult parse, CancellationToken cancellationToken) =>
        {
            Invocation invocation = new(parse, host, cancellationToken);
            try
            {
                return await work(invocation);
            }
            catch (UsageException e)
            {
                return await EndAsync(host, e.Message, ExitCode.WrongUse);
            }
            catch (DataFolderException e)
            {
                return await EndAsync(host, e.Message, ExitCode.WrongUse);
            }
            catch (StorageUnavailableException e)
            {
                return await EndAsync(host, e.Message, ExitCode.No);
            }
            catch (GuardianUnreachableException e)
            {
                return await EndAsync(host, e.Message, ExitCode.Unreachable);
            }
            catch (ProducerRefusedException e)
            {
                return await EndAsync(host, e.Message, ExitCode.No);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return await EndAsync(host, "Interrupted.", ExitCode.Interrupted);
            }
        });
        return command;
    }

    private static readonly Func<CliHost, Command>[] All =
    [
        StatusCommand.Make, WatchCommand.Make, CheckCommand.Make, ObserveCommand.Make, ReplayCommand.Make,
        HistoryCommand.Make, HoldCommand.Make, ReleaseCommand.Make, ResetCommand.Make, LimitsCommand.Make,
        RebaselineCommand.Make, AlertsCommand.Make, DurabilityCommand.Make, AuditCommand.Make, VerifyCommand.Make,
        BackupCommand.Make, RestoreCommand.Make, DoctorCommand.Make,
    ];

    /// <summary>Keeps a mistyped option from being taken for a symbol or file.</summary>
    private static void RefuseOptions(Argument argument)
    {
        if (argument.Validators.Count > 0) return;
        argument.Validators.Add(result =>
        {
            foreach (System.CommandLine.Parsing.Token token in result.Tokens)
            {
                if (token.Value.StartsWith('-') && token.Value.Length > 1)
                    result.AddError($"'{token.Value}' is no option of this command.");
            }
        });
    }

    private static string HelpOf(ParseResult parse) =>
        parse.CommandResult.Command is RootCommand
            ? "guardian --help"
            : $"guardian {parse.CommandResult.Command.Name} --help";

    private static async Task<int> EndAsync(CliHost host, string message, int code)
    {
        await host.Error.WriteLineAsync(message);
        return code;
    }
}
