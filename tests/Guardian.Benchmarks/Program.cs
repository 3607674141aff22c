using Guardian.Benchmarks;
using Guardian.Benchmarks.Calling;
using Guardian.Benchmarks.Detecting;
using Guardian.Benchmarks.Gating;
using Guardian.Benchmarks.Journaling;
using Guardian.Benchmarks.Measuring;
using Guardian.Benchmarks.Postgres;
using Guardian.Benchmarks.Redis;
using Guardian.Benchmarks.Restarting;
using Guardian.Benchmarks.Scoring;

if (args is [BareHost.Command, ..]) return BareHost.Run(args[1..]);
if (CommandLine.Parse(args) is not { } line)
{
    await Console.Error.WriteLineAsync(CommandLine.Usage);
    return 2;
}

switch (line.Suite)
{
    case "detect": return DetectSuite.Run(line, Console.Out);
    case "journal": return await JournalSuite.RunAsync(line, Console.Out);
    case "redis": return await RedisSuite.RunAsync(line, Console.Out);
    case "check": return await CheckSuite.RunAsync(line, Console.Out);
    case "observe": return await ObserveSuite.RunAsync(line, Console.Out);
    case "growth": return await GrowthSuite.RunAsync(line, Console.Out);
    case "failover": return await FailoverSuite.RunAsync(line, Console.Out);
    case "gate": return await GateSuite.RunAsync(line, Console.Out);
    case "history": return await PostgresSuite.HistoryAsync(line, Console.Out);
    case "query": return await PostgresSuite.QueryAsync(line, Console.Out);
    case "restart": return await RestartSuite.RunAsync(line, Console.Out);
    case "memory": return await MemorySuite.RunAsync(line, Console.Out);
    case "score": return ScoreSuite.Run(line, Console.Out);
    case "selftest": return SelfTest.Run(Console.Out);
    case { } suite when BenchmarkPage.Suites.Contains(suite, StringComparer.Ordinal):
        await Console.Error.WriteLineAsync($"Suite {suite}: not yet.");
        return 2;
    default:
        await Console.Error.WriteLineAsync($"Condition failed: there is no suite '{line.Suite}'.\n{CommandLine.Usage}");
        return 2;
}
