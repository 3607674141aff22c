using System.Globalization;

namespace Guardian.Silo.Options;

/// <summary>What the command line of the silo says. Immutable.</summary>
/// <param name="Help">Whether only the help is wanted.</param>
/// <param name="Demo">Whether the seeded market runs.</param>
/// <param name="Seed">The market's seed; null: one is drawn and printed.</param>
/// <param name="Health">Whether a silo that runs here is only asked whether it is ready.</param>
/// <param name="Errors">What is wrong, all of it; empty when nothing is.</param>
internal sealed record SiloArguments(
    bool Help, bool Demo, int? Seed, bool Health, IReadOnlyList<string> Errors)
{
    public const string HelpText = """
        Guardian silo: watches every symbol's trading and answers before each order whether it may go out.

        Usage: Guardian.Silo [--demo [--seed N]] [--help]
               Guardian.Silo health    ask the silo that runs here whether it is ready: exit code 0 or 1
          --demo      run a seeded market of 8 symbols with a latency incident, a frozen feed and a gateway stall
          --seed N    seed of that market, 0 to 2147483647; without it one is drawn and printed
          --help, -h  print this

        Configuration: appsettings.json, section Guardian; environment GUARDIAN__NAME overrides it.
          Guardian:DataFolder      folder of journal and history            default guardian-data
          Guardian:SiloPort        port for silos, loopback                 default 11111
          Guardian:GatewayPort     port for Orleans clients, loopback       default 30000
          Guardian:AutoRegister    put new symbols on the roster            default true
          Guardian:OnUnknownState  Active, Reducing or Halted               default Active
          Guardian:CollectionAge   idle time of a guardian off the roster   default 00:15:00
          Guardian:KillFile        a file that holds the portfolio          default none
          Guardian:Redis:Host …    L1 on Redis, or REDIS_HOST, REDIS_PORT,   default none: in memory
                                   REDIS_USER, REDIS_PASSWORD; each also by …_FILE
          Guardian:Postgres:Uri …  L2 and records on PostgreSQL or            default none: in the folder
                                   TimescaleDB, or TIMESCALEDB_URI, …_FILE
          Guardian:Cluster:AdvertisedAddress, ClusterId   with Redis: where other silos reach this one
                                                          default 127.0.0.1, guardian
          Guardian:MetricsPort     shows the meters to every address        default none: /metrics alone
          ASPNETCORE_URLS          where HTTP listens, loopback only        default http://127.0.0.1:8080

        Exit codes: 0 stopped in order, 1 failed, 2 wrong use or configuration.
        """;

    private const string Remedy = "run with --help to see what there is.";

    /// <summary>Reads the arguments and says everything that is wrong with them.</summary>
    public static SiloArguments Parse(IReadOnlyList<string> args)
    {
        bool help = false, demo = false, health = false;
        int? seed = null;
        List<string> errors = [];
        for (int i = 0; i < args.Count; i++)
        {
            switch (args[i])
            {
                case "--help" or "-h": help = true; break;
                case "--demo": demo = true; break;
                case "health" when args.Count == 1: health = true; break;
                case "--seed" when i + 1 < args.Count: seed = ReadSeed(args[++i], errors); break;
                case "--seed": errors.Add($"Condition failed: --seed has no value; {SeedRule}."); break;
                case string text when text.StartsWith("--seed=", StringComparison.Ordinal):
                    seed = ReadSeed(text["--seed=".Length..], errors);
                    break;
                default: errors.Add($"Condition failed: argument '{args[i]}' is not known; {Remedy}"); break;
            }
        }

        if (seed is not null && !demo && !help)
            errors.Add("Condition failed: --seed is given without --demo; the seed is that of the demo's market.");
        return new SiloArguments(help, demo, seed, health, errors);
    }

    private const string SeedRule = "it takes a whole number from 0 to 2147483647";

    private static int? ReadSeed(string text, List<string> errors)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seed)) return seed;
        errors.Add($"Condition failed: --seed is '{text}'; {SeedRule}.");
        return null;
    }
}
