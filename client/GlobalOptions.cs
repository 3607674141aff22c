using System.CommandLine;
using Guardian.Client;

namespace Guardian.Cli;

/// <summary>The options of every command.</summary>
internal static class GlobalOptions
{
    /// <summary>Gets where the silo is.</summary>
    public static Option<string> Gateway { get; } = MakeGateway();

    /// <summary>Gets for whom the output is.</summary>
    public static Option<string> Output { get; } = MakeOutput();

    /// <summary>Gets how long to wait for a silo.</summary>
    public static Option<double> Wait { get; } = MakeWait();

    /// <summary>Makes the option that names a session.</summary>
    public static Option<string> Session(string byDefault) => new("--session", "-s")
    {
        Description = "The session: live, or the name of another world such as a replay's.",
        HelpName = "name",
        DefaultValueFactory = _ => byDefault,
    };

    /// <summary>Makes the option that says why.</summary>
    public static Option<string> Reason() => new("--reason", "-r")
    {
        Description = "Why, in words; it is recorded.", HelpName = "text", Required = true,
    };

    /// <summary>Makes the option that says who.</summary>
    public static Option<string?> Actor() => new("--actor")
    {
        Description = "Who acts; by default the user logged in ($USER).", HelpName = "name",
    };

    /// <summary>Makes the option that names a data folder on this machine.</summary>
    public static Option<string?> Data(string description) => new("--data", "--data-folder")
    {
        Description = description, HelpName = "folder",
    };

    /// <summary>Makes the option that says where the silo listens for HTTP.</summary>
    public static Option<string?> Url() => new("--url")
    {
        Description = "The silo's HTTP address; by default GUARDIAN_URL, or http://127.0.0.1:8080.",
        HelpName = "url",
    };

    private static Option<string> MakeGateway()
    {
        Option<string> option = new("--gateway", "-g")
        {
            Description = "The gateway of a silo.",
            HelpName = "host:port",
            Recursive = true,
            DefaultValueFactory = _ => "127.0.0.1:30000",
        };
        option.Validators.Add(result =>
        {
            string? value = result.GetValueOrDefault<string>();
            if (!GuardianClientOptions.TryParseGateway(value, out _, out _))
                result.AddError($"--gateway is '{value}'; it takes host:port, port 1 to 65535.");
        });
        return option;
    }

    private static Option<string> MakeOutput()
    {
        Option<string> option = new("--output", "-o")
        {
            Description = "table for people, json for programs.",
            Recursive = true,
            DefaultValueFactory = _ => "table",
        };
        option.AcceptOnlyFromAmong("table", "json");
        return option;
    }

    private static Option<double> MakeWait()
    {
        Option<double> option = new("--wait")
        {
            Description = "Seconds to wait for a silo that is not there yet.",
            HelpName = "seconds",
            Recursive = true,
            DefaultValueFactory = _ => 0,
        };
        option.Validators.Add(result =>
        {
            double value = result.GetValueOrDefault<double>();
            if (!(value is >= 0 and <= 3_600)) result.AddError($"--wait is {value}; it takes 0 to 3600 seconds.");
        });
        return option;
    }
}
