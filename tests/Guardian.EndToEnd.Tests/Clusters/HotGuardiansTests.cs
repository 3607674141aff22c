using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>Guardians with much to do whose hashes put all of them on one silo.</summary>
public sealed class HotGuardiansTests : ClusterTest
{
    private const int Hot = 4;
    private const int BatchSize = 400;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentQueue<string> _failed = new();
    private int _checks;

    [Fact]
    public async Task HotGuardians_AllOfOneSilo_AreSharedAndNoCheckFails()
    {
        SiloProcess[] silos = await StartClusterAsync(2);
        string[] hot = await OfOneSiloAsync(silos[0]);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task[] work = [.. hot.Select(symbol => WorkAsync(silos[0], symbol, over.Token))];
        await Phase.ReachAsync(
            "each silo has two of the four",
            2 * Soon,
            async () => (await HomesAsync(silos[0], hot)).CountBy(one => one.Value, StringComparer.Ordinal)
                .Select(one => one.Value).SequenceEqual([Hot / 2, Hot / 2]),
            Stop);
        await over.CancelAsync();
        await Task.WhenAll(work);
        Assert.True(_failed.IsEmpty, $"{_failed.Count} of {_checks}: {string.Join('\n', _failed.Take(3))}");
        Assert.True(_checks > 100, $"only {_checks} checks");
        int guests = 0;
        foreach (SiloProcess silo in silos) guests += await GuestsAsync(silo);
        Assert.Equal(Hot / 2, guests);
        Say($"two of {Hot} hot guardians moved; {_checks} checks meanwhile, {_failed.Count} failed");
        if (FaultSuite.IsFull) await GoHomeAsync(silos[0], hot);
    }

    // With nothing left to do they are where their hashes say again.
    private static async Task GoHomeAsync(SiloProcess front, string[] hot) => await Phase.ReachAsync(
        "all are at home again",
        2 * Soon,
        async () => (await HomesAsync(front, hot)).Values.Distinct(StringComparer.Ordinal).Count() == 1,
        Stop);

    private async Task WorkAsync(SiloProcess front, string symbol, CancellationToken over)
    {
        using PeriodicTimer timer = new(Pause, TimeProvider.System);
        while (!over.IsCancellationRequested)
        {
            HttpAnswer check = await front.Http.PostAsync(
                "check", new { symbol, orderId = "probe", side = "Buy", quantity = 1 }, Stop);
            Interlocked.Increment(ref _checks);
            if (check.Status != HttpStatusCode.OK || !(bool)check.Body!["allowed"]!)
                _failed.Enqueue($"{symbol}: {check}");
            HttpAnswer told = await front.Http.PostAsync(
                "observations",
                new
                {
                    symbol,
                    producer = "hot",
                    items = Enumerable.Repeat(new { kind = "latency", subject = "market-data", value = 5 }, BatchSize),
                },
                Stop);
            if (told.Status != HttpStatusCode.OK) _failed.Enqueue($"{symbol}: {told}");
            await timer.WaitForNextTickAsync(Stop);
        }
    }

    private static async Task<string[]> OfOneSiloAsync(SiloProcess front)
    {
        string[] symbols = [.. Enumerable.Range(0, 16).Select(i => $"HOT{i:00}")];
        foreach (string symbol in symbols)
            await front.Http.PostAsync("check", new { symbol, side = "Buy", quantity = 1 }, Stop);
        Dictionary<string, string> homes = await HomesAsync(front, symbols);
        return
        [
            .. homes.GroupBy(one => one.Value, one => one.Key, StringComparer.Ordinal)
                .First(g => g.Count() >= Hot).Take(Hot),
        ];
    }

    // A silo is told by the generation of its epochs.
    private static async Task<Dictionary<string, string>> HomesAsync(SiloProcess front, string[] symbols)
    {
        Dictionary<string, string> homes = new(StringComparer.Ordinal);
        foreach (string symbol in symbols)
        {
            string epoch = await Phase.ReachAsync(
                $"{symbol} tells its epoch",
                Soon,
                async () => (string)(await front.Http.GetAsync($"symbols/{symbol}", Stop))["epoch"]!,
                told => told.Length > 0,
                Stop);
            homes[symbol] = epoch[(epoch.IndexOf('.', StringComparison.Ordinal) + 1)..];
        }

        return homes;
    }

    private static async Task<int> GuestsAsync(SiloProcess silo)
    {
        string line = (await silo.Http.PageAsync("metrics", Stop)).Text.Split('\n')
            .Single(l => l.StartsWith("guardian_guests", StringComparison.Ordinal));
        return (int)double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
