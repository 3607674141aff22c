using System.Globalization;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>Silos of the build before beside those of this one: replaced one by one under load, and back.</summary>
/// <remarks><c>./test.sh upgrade</c> builds the commit before and names its silo.</remarks>
[Collection(FaultSuite.Faults)]
public sealed class UpgradeTests : ClusterTest
{
    private const string Variable = "GUARDIAN_TEST_PREVIOUS_SILO";

    private static readonly HashSet<string> Held = new(StringComparer.Ordinal) { "UPA" };

    [Fact]
    public async Task Silos_ReplacedOneByOneAndBack_NoCheckFailsAndNothingIsLost()
    {
        string? previous = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(previous is null, $"{Variable} is not set; ./test.sh upgrade sets it");
        SiloProcess[] silos = await StartClusterAsync(2, [previous!]);
        LosslessLoad load = new(silos[0], "UP", symbols: 8);
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        await silos[0].Http.PostAsync(
            "holds",
            new { id = "hold-up", scope = "symbol", key = "UPA", actor = "ana", reason = "to be kept" },
            Stop);
        (int answered, int failed) = (0, 0);
        foreach (string program in new[] { BuildOutput.Silo, previous! })
        {
            for (int i = 0; i < silos.Length; i++)
            {
                (SiloProcess old, SiloProcess left) = (silos[i], silos[1 - i]);
                load.Front = left;
                Takeover takeover = new(load, Held);
                await takeover.WatchAsync(() => old.StopAsync(Stop), Stop);
                Assert.True(takeover.Wrong.Count == 0, string.Join('\n', takeover.Wrong.Take(3)));
                (answered, failed) = (answered + takeover.Answered, failed + takeover.Failed.Count);
                old.Program = [program];
                await old.StartAsync(Stop);
                for (int round = 0; round < 6; round++) await load.TryRoundAsync(Stop);
            }

            load.Front = silos[0];
            await load.DrainedAsync(Soon, Stop);
            await load.VerifyAsync(Stop);
            Say(string.Create(
                CultureInfo.InvariantCulture,
                $"both silos replaced by {(program == previous ? "the build before" : "this build")}: {answered} "
                + $"checks answered so far, {failed} failed; {load.Durable} observations durable, the hold is there"));
        }

        Assert.Equal(0, failed);
        HttpAnswer denied = await silos[1].Http.PostAsync(
            "check", new { symbol = "UPA", orderId = "o-1", side = "Buy", quantity = 1 }, Stop);
        Assert.False((bool)denied.Body!["allowed"]!, $"{denied}");
    }
}
