using System.Globalization;
using System.Text.RegularExpressions;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>The sample trading process beside a real silo: held, left alone by the silo, and back.</summary>
public sealed partial class SampleTraderTests : ClusterTest
{
    [Fact]
    public async Task Trader_HeldThenWithoutASilo_StopsByGateAndGoesOnByItself()
    {
        SiloProcess[] silos = await StartClusterAsync(1);
        await using ChildProcess trader = ChildProcess.Start(
            BuildOutput.Trader, ["--redis", Redis.EndPoint, "--symbols", "TRADA,TRADB", "--orders-per-second", "100"]);
        await SaysAsync(trader, "it trades", () => Sent(trader) > 50);

        await silos[0].Http.PostAsync(
            "holds",
            new { id = "hold-trader", scope = "strategy", key = "sample", actor = "ana", reason = "odd fills" },
            Stop);
        await SaysAsync(trader, "both gates stop", () => Count(trader, "halted ") == 2);
        await SaysAsync(trader, "what it sent before", () => Lines(trader).Length >= LinesAt(trader, "halted ") + 2);
        int held = Sent(trader);
        await SaysAsync(trader, "two more seconds", () => Lines(trader).Length >= LinesAt(trader, "halted ") + 4);
        Assert.Equal(held, Sent(trader));
        await silos[0].Http.PostAsync(
            "holds/hold-trader/release", new { actor = "ben", reason = "it is over" }, Stop);
        await SaysAsync(trader, "both gates let pass", () => Count(trader, "resumed ") == 2);

        await silos[0].Kill9Async();
        await SaysAsync(trader, "the lease ends", () => Count(trader, "halted ") == 4);
        await silos[0].StartAsync(Stop);
        await SaysAsync(trader, "it trades again", () => Count(trader, "resumed ") == 4);
        int before = Sent(trader);
        await SaysAsync(
            trader, "and what waited is gone", () => Sent(trader) > before + 50
                && FewWait().IsMatch(Lines(trader).Last(line => SentLine().IsMatch(line))));
        Assert.False(trader.HasEnded);
        Say(string.Create(CultureInfo.InvariantCulture, $"the trader sent {Sent(trader)} orders"));
    }

    private static string[] Lines(ChildProcess trader) =>
        trader.Written.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static int Count(ChildProcess trader, string start) =>
        Lines(trader).Count(line => line.StartsWith(start, StringComparison.Ordinal));

    private static int LinesAt(ChildProcess trader, string start) =>
        Array.FindLastIndex(Lines(trader), line => line.StartsWith(start, StringComparison.Ordinal));

    private static int Sent(ChildProcess trader) => Lines(trader)
        .Select(line => SentLine().Match(line)).Where(match => match.Success)
        .Select(match => int.Parse(match.Groups["orders"].Value, CultureInfo.InvariantCulture)).LastOrDefault();

    private static async Task SaysAsync(ChildProcess trader, string what, Func<bool> reached) => await Phase.ReachAsync(
        what, Soon, () => Task.FromResult(reached()), Stop, () => trader.Written);

    [GeneratedRegex("^sent (?<orders>[0-9]+),", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex SentLine();

    // What is on its way at the moment; in three seconds without a silo some hundred wait.
    [GeneratedRegex("waiting [0-9]{1,2}, dropped 0$", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex FewWait();
}
