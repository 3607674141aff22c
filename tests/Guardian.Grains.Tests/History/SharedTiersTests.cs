using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Storage.Postgres;
using Guardian.Storage.Redis;
using Guardian.Testing.Servers;

namespace Guardian.Grains.Tests.History;

/// <summary>A silo on real servers, which are taken away from it.</summary>
public sealed class SharedTiersTests : IAsyncLifetime
{
    private const string Symbol = "BTCUSDT";

    private PostgresServer _postgres = null!;
    private RedisServer _redis = null!;
    private long _sent;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? string.Empty);
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        _postgres = await PostgresServer.StartAsync(Cancellation);
        _redis = await RedisServer.StartAsync(Cancellation);
        await _postgres.MakeDatabaseAsync("guardian", Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Servers_BothLostForAWhile_OneP0NothingLostNothingDoubled()
    {
        await using Silo silo = await StartAsync();
        await FeedAsync(silo, 20);
        await StoredAsync();
        await _postgres.StopImmediateAsync(Cancellation);
        await _redis.Kill9Async();
        Alert lost = await FiringAsync(silo, "TiersLost");
        Assert.Equal(Severity.P0, lost.Severity);
        long episode = (await silo.Guardian(Symbol).GetVerdict()).Epoch.Number;
        await FeedAsync(silo, 30);
        await Silo.ReachedAsync("the writers have tried in vain", async () =>
            (await silo.Grains.GetGrain<IHistoryGrain>(0).GetDurability()).Tiers
                .Count(tier => !tier.Healthy && tier.Tier is "L1" or "L2" && tier.LagEvents > 0) == 2);
        await _redis.StartAgainAsync(Cancellation);
        await _postgres.StartAgainAsync(Cancellation);
        await FeedAsync(silo, 10);
        await StoredAsync();
        await Silo.ReachedAsync(
            "no alert is left", async () => (await silo.Alerts().GetAlerts(withResolved: false)).Length == 0);
        AlertStep[] steps = await silo.Alerts().GetHistory(1_000);
        Assert.Equal("TiersLost", Assert.Single(steps, s => s.Step == "firing" && s.Alert.Severity == Severity.P0
            && s.Alert.Name != "PersistenceDegraded").Alert.Name);
        Assert.Equal(episode, (await silo.Guardian(Symbol).GetVerdict()).Epoch.Number);
        // Every event once, without a hole in the sequence.
        Assert.Equal("t", await SqlAsync(
            "select count(*) = max(sequence) and count(distinct sequence) = count(*) from guardian.events"));
    }

    [Fact]
    public async Task Servers_AwayAtTheStart_TradesOnAProvisionalEpochAndClaimsItLater()
    {
        await _postgres.StopImmediateAsync(Cancellation);
        await using Silo silo = await StartAsync();
        await FeedAsync(silo, 5);
        Verdict verdict = await silo.Guardian(Symbol).GetVerdict();
        Assert.True(verdict.Provenance.Provisional);
        await FiringAsync(silo, "RecordsLost");
        await _postgres.StartAgainAsync(Cancellation);
        await Silo.ReachedAsync("the epoch is claimed", async () =>
            !(await silo.Guardian(Symbol).GetVerdict()).Provenance.Provisional);
        Assert.Equal(verdict.Epoch, (await silo.Guardian(Symbol).GetVerdict()).Epoch);
        await StoredAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Forget_RecordInPostgres_NothingOfItComesBack(bool away)
    {
        await using Silo silo = await StartAsync();
        IGuardianGrain guardian = silo.Guardian("BTCUSDT@replay");
        await guardian.Observe(Bench.Unnumbered(Bench.Latencies(10)));
        await Silo.ReachedAsync(
            "the epoch is claimed", async () => !(await guardian.GetVerdict()).Provenance.Provisional);
        await silo.SleepAsync(guardian);
        Assert.Equal("t", await SqlAsync(
            "select length(payload) > 100 from guardian.records where id_ext = 'guardian/BTCUSDT@replay'"));
        Assert.False((await guardian.GetVerdict()).Provenance.RecoveredFrom is "fresh");
        if (away) await _postgres.StopImmediateAsync(Cancellation);
        await guardian.Forget();
        if (away) await _postgres.StartAgainAsync(Cancellation);
        // A life that began while the server was away is in the journal, and nothing of the one before it.
        await Silo.ReachedAsync("it begins anew", async () => (await guardian.GetVerdict()).Provenance is
        { RecoveredFrom: "fresh" or "journal", Provisional: false, Replayed: <= 3 });
    }

    [Fact]
    public async Task StaleSilo_FrozenWhileAnotherTookOver_RefusedInEveryTierAndCounted()
    {
        await using Silo stale = await StartAsync();
        await FeedAsync(stale, 5);
        await StoredAsync();
        Epoch old = (await stale.Guardian(Symbol).GetVerdict()).Epoch;
        // Another process with a folder of its own takes the symbol over; the first one does not know.
        await using Silo fresh = await StartAsync();
        await FeedAsync(fresh, 1);
        Epoch newer = (await fresh.Guardian(Symbol).GetVerdict()).Epoch;
        Assert.True(newer > old, $"{newer} after {old}");
        await Silo.ReachedAsync("the newer verdict is in L1", async () =>
            (await fresh.Service<RedisHotStore>().GetAsync(Symbol))?.Epoch == newer);
        await Silo.ReachedAsync("the newer epoch is in L2", async () => await SqlAsync(
            $"select count(*) from guardian.newest_epochs where epoch_number = {newer.Number}") == "1");
        await FeedAsync(stale, 5);
        await Silo.ReachedAsync(
            "late events are kept", () => Task.FromResult(stale.Service<PostgresHistoryStore>().Late > 0));
        Assert.Equal(newer, (await fresh.Service<RedisHotStore>().GetAsync(Symbol))!.Epoch);
        Assert.Equal(0, fresh.Service<PostgresHistoryStore>().Late);
        Assert.Equal($"{old.Number}", await SqlAsync(
            "select string_agg(distinct epoch_number::text, ',') from guardian.events where late"));
        bool stored = await stale.Service<EpochFence>().StoreAsync(
            stale.Guardian(Symbol).GetGrainId(), old, new GuardianRecord());
        Assert.False(stored);
    }

    private Task<Silo> StartAsync() => Silo.StartAsync(
        redis: new RedisOptions { Host = _redis.Host, Port = _redis.Port },
        postgres: new PostgresOptions { Uri = _postgres.AddressOf("guardian") });

    private async Task FeedAsync(Silo silo, int batches)
    {
        for (int i = 0; i < batches; i++)
        {
            ObserveResult result = await silo.Guardian(Symbol).Observe(Bench.Unnumbered(Bench.Latencies(10)));
            Assert.Equal(10, result.Accepted);
            Decision decision = await silo.Guardian(Symbol).Check(Bench.Order());
            Assert.Equal(TradingState.Active, decision.TradingState);
            _sent += 10;
        }
    }

    private Task StoredAsync() => Silo.ReachedAsync($"{_sent} observations are in L2", async () =>
        await SqlAsync("select to_regclass('guardian.events') is not null") == "t"
        && await SqlAsync("select count(*) from guardian.events where observed = 'latency'") == $"{_sent}");

    private Task<string> SqlAsync(string sql) => _postgres.SqlAsync("guardian", sql, Cancellation);

    private static async Task<Alert> FiringAsync(Silo silo, string name)
    {
        Alert? found = null;
        await Silo.ReachedAsync($"{name} fires", async () =>
        {
            Alert[] alerts = await silo.Alerts().GetAlerts(withResolved: false);
            found = alerts.FirstOrDefault(a => a.Name == name && a.Status == AlertStatus.Firing);
            return found is not null;
        });
        return found!;
    }
}
