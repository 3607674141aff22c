using Guardian.Benchmarks;
using Guardian.Benchmarks.Detecting;
using Guardian.Benchmarks.Scoring;

string[] notYet =
[
    "check", "observe", "gate", "journal", "history", "redis", "query", "alerts", "failover", "restart", "memory",
    "growth",
];

if (CommandLine.Parse(args) is not { } line)
{
    Console.Error.WriteLine(CommandLine.Usage);
    return 2;
}

switch (line.Suite)
{
    case "detect": return DetectSuite.Run(line, Console.Out);
    case "score": return ScoreSuite.Run(line, Console.Out);
    case "selftest": return SelfTest.Run(Console.Out);
    case { } suite when notYet.Contains(suite, StringComparer.Ordinal):
        Console.Error.WriteLine($"Suite {suite}: not yet.");
        return 2;
    default:
        Console.Error.WriteLine($"Condition failed: there is no suite '{line.Suite}'.\n{CommandLine.Usage}");
        return 2;
}
