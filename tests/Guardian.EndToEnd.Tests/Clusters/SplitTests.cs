using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>
/// Two silos in networks of their own, and what becomes of their guardians when these are cut from one another, from
/// Redis, from PostgreSQL, one way only, or from all of it.
/// </summary>
[Collection(FaultSuite.Faults)]
public sealed class SplitTests : ClusterTest
{
    private const int ByRedis = 2;
    private const int ByPostgres = 3;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private TestNetwork? _network;
    private RedisServer? _redis;
    private PostgresServer? _postgres;

    private TestNetwork Network => _network ?? throw new InvalidOperationException("Make the network first.");

    /// <summary>Gets from what the first silo is cut off.</summary>
    public static TheoryData<string> Cuts => FaultSuite.IsFull
        ? ["the other silo", "the other silo, one way", "Redis", "PostgreSQL", "everything"]
        : ["the other silo"];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Silo_CutOffUnderLoad_OneEpochWinsAndNoHaltIsLost(string from)
    {
        FaultSuite.Require(TestNetwork.Missing is null, TestNetwork.Missing ?? string.Empty);
        SiloProcess[] silos = await StartAsync();
        LosslessLoad load = new(silos[1], "CUT", symbols: 12); // All on one silo: once in 2,000 times.
        for (int i = 0; i < 4; i++) await load.RoundAsync(Stop);
        Takeover takeover = new(load, new HashSet<string>(StringComparer.Ordinal));
        Dictionary<string, string> before = await takeover.EpochsAsync(Stop);
        // The generation of an epoch is that of its silo, and the one that is cut off was started first.
        string own = before.MinBy(one => Generation(one.Value)).Key;
        Assert.Equal(2, before.Values.Select(Generation).Distinct().Count());
        long started = TimeProvider.System.GetTimestamp();
        await CutAsync(from, heal: false);
        // What the one that is cut off still says and takes, while its guardians may live on the other as well.
        int answered = 0;
        int taken = 0;
        Task<(string Durable, double Seconds)> holding = HoldAsync(silos[0], "cut-off");
        TimeSpan during = FaultSuite.IsFull ? 20 * Second : 8 * Second;
        while (TimeProvider.System.GetElapsedTime(started) < during)
        {
            await load.TryRoundAsync(Stop);
            if (await AsksAsync(silos[0], own)) answered++;
            taken += await TakesAsync(silos[0], own, taken);
        }

        await CutAsync(from, heal: true);
        foreach (SiloProcess silo in silos) await AgainAsync(silo);
        (string held, double seconds) = await holding;
        Assert.True(seconds < 5, $"whoever holds on the one that is cut off waited {seconds} s");
        await load.DrainedAsync(2 * Soon, Stop);
        Dictionary<string, string> after = await AgreeAsync(silos, load);
        foreach (SiloProcess silo in silos) await KnowsAsync(silo, "cut-off");
        int moved = after.Count(one => one.Value != before[one.Key]);
        long late = long.Parse(
            await _postgres!.SqlAsync(
                PostgresFault.Database, "select count(*) from guardian.events where late", Stop),
            CultureInfo.InvariantCulture);
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"cut from {from}: {moved} of {after.Count} guardians moved, {answered} checks answered and {taken} "
            + $"observations taken by the one that was cut off, {late} late, the hold was '{held}' after "
            + $"{seconds:0.0} s"));
        Say(await _postgres!.SqlAsync(
            PostgresFault.Database,
            "select symbol || ' ' || epoch_number || '.' || epoch_generation || ' ' || late || ' ' || count(*) || ' ' "
            + "|| min(sequence) || ' to ' || max(sequence) from guardian.events group by symbol, epoch_number, "
            + "epoch_generation, late order by symbol, epoch_number, epoch_generation, late",
            Stop));
        await load.VerifyAsync(Stop);
    }

    private async Task<SiloProcess[]> StartAsync()
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        FaultSuite.Require(PostgresServer.Missing is null, PostgresServer.Missing ?? string.Empty);
        _network = await TestNetwork.MakeAsync(2, Stop);
        _redis = await RedisServer.StartAtAsync(_network.Own(ByRedis), Stop);
        _postgres = await PostgresServer.StartAtAsync(_network.Own(ByPostgres), Stop);
        await _postgres.MakeDatabaseAsync(PostgresFault.Database, Stop);
        List<SiloProcess> silos = [];
        foreach (TestHost host in _network.Hosts)
        {
            SiloProcess silo = NewSilo(host, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["REDIS_HOST"] = _redis.Host,
                ["REDIS_PORT"] = _redis.Port.ToString(CultureInfo.InvariantCulture),
                ["TIMESCALEDB_URI"] = _postgres.AddressOf(PostgresFault.Database),
                ["GUARDIAN__CLUSTER__ADVERTISEDADDRESS"] = host.Address,
            });
            await silo.StartAsync(Stop);
            silos.Add(silo);
        }

        return [.. silos];
    }

    private async Task CutAsync(string from, bool heal)
    {
        TestHost one = Network.Hosts[0];
        TestHost other = Network.Hosts[1];
        (TestHost Host, string Address)[] ways = from switch
        {
            "the other silo" => [(one, other.Address), (other, one.Address)],
            "the other silo, one way" => [(one, other.Address)],
            "Redis" => [(one, Network.Own(ByRedis))],
            "PostgreSQL" => [(one, Network.Own(ByPostgres))],
            _ =>
            [
                (one, other.Address), (other, one.Address), (one, Network.Own(ByRedis)),
                (one, Network.Own(ByPostgres)),
            ],
        };
        foreach ((TestHost host, string address) in ways)
            await (heal ? host.HealAsync(address, Stop) : host.CutAsync(address, Stop));
    }

    // One that found itself dead in the table has stopped, and whatever runs it starts it again.
    private static async Task AgainAsync(SiloProcess silo)
    {
        await Phase.ReachAsync(
            "the one that was cut off has stopped or is ready",
            2 * Soon,
            async () => silo.HasEnded || await IsReadyAsync(silo),
            Stop);
        await BackAsync(silo);
    }

    private static async Task BackAsync(SiloProcess silo)
    {
        if (!silo.HasEnded) return;
        await silo.EndAsync(Stop);
        await silo.StartAsync(Stop);
    }

    private static async Task<bool> IsReadyAsync(SiloProcess silo)
    {
        try
        {
            return await silo.Http.IsReadyAsync(Stop);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // Both say the same epoch of every guardian, twice with a look at the tiers between.
    private static async Task<Dictionary<string, string>> AgreeAsync(SiloProcess[] silos, LosslessLoad load)
    {
        Dictionary<string, string> agreed = [];
        await Phase.ReachAsync(
            "both silos agree and every tier is healthy",
            2 * Soon,
            async () =>
            {
                try
                {
                    foreach (SiloProcess silo in silos) await BackAsync(silo);
                    await load.TryRoundAsync(Stop);
                    agreed = Epochs(await SymbolsAsync(silos[1]));
                    Dictionary<string, string> other = Epochs(await SymbolsAsync(silos[0]));
                    if (!load.Symbols.All(s => agreed.TryGetValue(s, out string? e) && other.GetValueOrDefault(s) == e))
                        return false;
                    foreach (SiloProcess silo in silos)
                    {
                        JsonArray tiers = (await silo.Http.GetAsync("durability", Stop))["tiers"]!.AsArray();
                        if (!tiers.All(tier => (bool)tier!["healthy"]!)) return false;
                    }

                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            Stop,
            () => string.Join(' ', agreed.Select(a => $"{a.Key}={a.Value}")));
        return agreed.Where(a => load.Symbols.Contains(a.Key, StringComparer.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
    }

    private static async Task<JsonNode[]> SymbolsAsync(SiloProcess silo) =>
        [.. await silo.Http.ItemsAsync("symbols", Stop)];

    private static Dictionary<string, string> Epochs(IEnumerable<JsonNode> symbols) => symbols.ToDictionary(
        s => (string)s["symbol"]!, s => (string)s["epoch"]!, StringComparer.Ordinal);

    private static int Generation(string epoch) => int.Parse(
        epoch.AsSpan(epoch.IndexOf('.', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    // By the silo that is asked, whatever it can reach.
    private static async Task<(string Durable, double Seconds)> HoldAsync(SiloProcess silo, string id)
    {
        long start = TimeProvider.System.GetTimestamp();
        HttpAnswer answer = await silo.Http.PostAsync(
            "holds", new { id, scope = "strategy", key = "cut", actor = "ana", reason = "cut off" }, Stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        return ((string)answer.Body!["durable"]!, TimeProvider.System.GetElapsedTime(start).TotalSeconds);
    }

    private static async Task KnowsAsync(SiloProcess silo, string id) => await Phase.ReachAsync(
        $"{id} is known",
        Soon,
        async () => (await silo.Http.ItemsAsync("holds", Stop)).Any(h => (string?)h["id"] == id),
        Stop);

    private static async Task<bool> AsksAsync(SiloProcess silo, string symbol)
    {
        try
        {
            HttpAnswer answer = await silo.Http.PostAsync(
                "check", new { symbol, orderId = "cut", side = "Buy", quantity = 1 }, Stop);
            return answer.Status == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<int> TakesAsync(SiloProcess silo, string symbol, int taken)
    {
        try
        {
            HttpAnswer answer = await silo.Http.PostAsync(
                "observations",
                new { symbol, items = new[] { new { kind = "price", subject = "cut", value = taken + 1.0 } } },
                Stop);
            return answer.Status == HttpStatusCode.OK ? 1 : 0;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }
}
