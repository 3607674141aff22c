using System.Globalization;
using System.Net;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>Two silos, one of them ends under load: the other takes its guardians over as they were.</summary>
[Collection(FaultSuite.Faults)]
public sealed class FailoverTests : ClusterTest
{
    private static readonly HashSet<string> Held = new(StringComparer.Ordinal) { "FAILA", "FAILB", "FAILC" };

    [Theory]
    [InlineData("kill -9", 3)]
    [InlineData("SIGTERM", 1)]
    public async Task Silo_EndsUnderLoad_TheOtherTakesItsGuardiansOver(string how, int sample)
    {
        int times = FaultSuite.IsFull ? 20 : sample;
        SiloProcess[] silos = await StartClusterAsync(2);
        LosslessLoad load = new(silos[0], "FAIL", symbols: 12);
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        foreach (string symbol in Held) await HoldAsync(silos[0], symbol);
        List<double> first = [];
        List<double> last = [];
        int answered = 0;
        int failed = 0;
        for (int i = 0; i < times; i++)
        {
            (SiloProcess victim, SiloProcess left) = (silos[i % 2], silos[(i + 1) % 2]);
            load.Front = left;
            Takeover takeover = new(load, Held);
            await takeover.WatchAsync(
                () => how == "SIGTERM" ? victim.StopAsync(Stop) : victim.Kill9Async(), Stop);
            Assert.True(takeover.Wrong.Count == 0, string.Join('\n', takeover.Wrong.Take(3)));
            Assert.True(
                how != "SIGTERM" || takeover.Failed.Count == 0,
                $"{takeover.Failed.Count} of {takeover.Answered}: {string.Join('\n', takeover.Failed.Take(3))}");
            (answered, failed) = (answered + takeover.Answered, failed + takeover.Failed.Count);
            Assert.NotEmpty(takeover.Seconds);
            first.Add(takeover.Seconds[0]);
            last.Add(takeover.Seconds[^1]);

            await victim.StartAsync(Stop);
            await SpreadAsync(takeover, load);
        }

        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{how} {times} times: first right decision after {Median(first):0.00} s (at most {first.Max():0.00}), of "
            + $"the last symbol after {Median(last):0.00} s (at most {last.Max():0.00}); {answered} checks answered, "
            + $"{failed} failed"));
        Assert.True(last.Max() < 3, $"the last symbol after {last.Max():0.00} s");
        await load.VerifyAsync(Stop);
    }

    [Fact]
    public async Task Silo_KilledAfterMoreEntriesThanL1Keeps_TheOtherGoesOnWithoutAHole()
    {
        const int Rounds = 1_400; // One entry of a symbol each; L1 keeps about 1,000.
        SiloProcess[] silos = await StartClusterAsync(2);
        LosslessLoad load = new(silos[0], "MANY", symbols: 2);
        for (int i = 0; i < Rounds; i++) Assert.Equal(0, await load.TryRoundAsync(Stop));
        Takeover takeover = new(load, new HashSet<string>(StringComparer.Ordinal));
        foreach ((SiloProcess victim, SiloProcess left) in new[] { (silos[1], silos[0]), (silos[0], silos[1]) })
        {
            load.Front = left;
            await takeover.WatchAsync(victim.Kill9Async, Stop);
            await load.DrainedAsync(Soon, Stop);
            await load.VerifyAsync(Stop);
            await victim.StartAsync(Stop);
        }
    }

    [Fact]
    public async Task Silo_KilledWhileRedisIsLost_TheOtherGoesOnWithWhatL2Has()
    {
        SiloProcess[] silos = await StartClusterAsync(2);
        LosslessLoad load = new(silos[0], "LOST", symbols: 6);
        for (int i = 0; i < 20; i++) await load.RoundAsync(Stop);
        await load.DrainedAsync(Soon, Stop);
        await Redis.Kill9Async();
        for (int i = 0; i < 20; i++) await load.TryRoundAsync(Stop);
        await load.DrainedAsync(Soon, Stop);
        long durable = load.Durable;
        Takeover takeover = new(load, new HashSet<string>(StringComparer.Ordinal));
        await takeover.WatchAsync(silos[1].Kill9Async, Stop);
        Assert.NotEmpty(takeover.Seconds);
        await Redis.RestartEmptyAsync(Stop);
        await load.DrainedAsync(Soon, Stop);
        await load.VerifyAsync(Stop);
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{durable} observations durable before, {takeover.Seconds.Length} guardians taken over without Redis, the "
            + $"last after {takeover.Seconds[^1]:0.00} s"));
    }

    // The guardians come back to the silo that was started again: what the next round ends has some.
    private static async Task SpreadAsync(Takeover takeover, LosslessLoad load) => await Phase.ReachAsync(
        "both silos have guardians",
        Soon,
        async () =>
        {
            await load.TryRoundAsync(Stop);
            Dictionary<string, string> epochs = await takeover.EpochsAsync(Stop);
            return epochs.Values.Select(e => e[(e.IndexOf('.', StringComparison.Ordinal) + 1)..])
                .Distinct(StringComparer.Ordinal).Count() > 1;
        },
        Stop);

    private static async Task HoldAsync(SiloProcess silo, string symbol)
    {
        HttpAnswer answer = await silo.Http.PostAsync(
            "holds",
            new { id = $"hold-{symbol}", scope = "symbol", key = symbol, actor = "ana", reason = "to be kept" },
            Stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
