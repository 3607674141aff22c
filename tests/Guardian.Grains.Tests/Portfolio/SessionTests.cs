using Guardian.Contracts;

namespace Guardian.Grains.Tests.Portfolio;

/// <summary>Sessions are opened, emptied and opened again.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private const string Key = "BTCUSDT@replay";

    private Silo _silo = null!;

    public async ValueTask InitializeAsync() => _silo = await Silo.StartAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    private static Observation[] Trip(int second) =>
        [.. Bench.Failures(5).Select(o => o with { At = Timestamp.From(Bench.Start.AddSeconds(second)) })];

    private Task<HistoryPage> HistoryAsync() => _silo.Grains.GetGrain<IHistoryGrain>(0).Query(
        new HistoryQuery { Symbol = Key, To = Timestamp.From(Bench.Start.AddHours(1)), Limit = 100 });

    [Fact]
    public async Task Open_Again_IsEmptyEverywhere()
    {
        Assert.Equal("opened", (await _silo.Portfolio("replay").Open(new SessionRequest())).Code);
        IGuardianGrain guardian = _silo.Guardian(Key);
        await guardian.Observe(Bench.Batch(1, Trip(1)));
        await _silo.Portfolio("replay").Hold(new HoldRequest
        {
            Id = "p", Scope = Scope.Portfolio, Actor = "ann", Reason = "news",
        });
        await Silo.ReachedAsync("history", async () => (await HistoryAsync()).Items.Length > 0);
        await Silo.ReachedAsync("view", async () => (await _silo.Portfolio("replay").GetSummary()).Symbols == 1);
        Verdict before = await guardian.GetVerdict();
        Assert.Equal(BreakerState.Open, before.Breaker);

        Assert.Equal("opened", (await _silo.Portfolio("replay").Open(new SessionRequest())).Code);
        Assert.Empty(await _silo.Portfolio("replay").GetRoster());
        Assert.Empty(await _silo.Portfolio("replay").GetHolds());
        Assert.Empty(await _silo.Alerts("replay").GetAlerts(withResolved: true));
        Assert.Equal(0, (await _silo.Portfolio("replay").GetSummary()).Symbols);
        await Silo.ReachedAsync("the history is empty", async () => (await HistoryAsync()).Items.Length == 0);

        ObserveResult first = await guardian.Observe(Bench.Batch(1, Trip(1)[..1]));
        Assert.Equal((ObserveCode.Accepted, 1L), (first.Code, first.AcceptedThrough));
        Verdict after = await guardian.GetVerdict();
        // Its epoch goes on: what is left of the life before is told from the new one.
        Assert.Equal((2L, "fresh", BreakerState.Closed, 0L), (
            after.Epoch.Number, after.Provenance.RecoveredFrom, after.Breaker, after.Episode));
        Assert.True((await guardian.Check(Bench.Order())).Allowed);
    }

    [Fact]
    public async Task Open_Append_KeepsWhatIsThere()
    {
        await _silo.Portfolio("replay").Open(new SessionRequest());
        await _silo.Guardian(Key).Observe(Bench.Batch(1, Trip(1)));
        await _silo.Portfolio("replay").Open(new SessionRequest { Append = true });
        Assert.Equal(BreakerState.Open, (await _silo.Guardian(Key).GetVerdict()).Breaker);
    }

    [Fact]
    public async Task Forget_CallsRightBehindIt_MeetABlankGuardian()
    {
        await _silo.Portfolio("replay").Open(new SessionRequest());
        IGuardianGrain guardian = _silo.Guardian(Key);
        long last = 0;
        for (int round = 0; round < 10; round++)
        {
            await guardian.Observe(Bench.Batch(1, Trip(round + 1)));
            Task<ActionResult> forgetting = guardian.Forget();
            // Not awaited: these race with the forgetting, before it or after it, but never in between.
            Task<ObserveResult>[] racing =
                [.. Enumerable.Range(0, 5).Select(_ => guardian.Observe(Bench.Batch(6, Trip(round + 1))).AsTask())];
            await Task.WhenAll(racing);
            Assert.Equal("forgotten", (await forgetting).Code);
            ObserveResult result = await guardian.Observe(Bench.Batch(1, Trip(round + 1)[..1]));
            Assert.True(
                result is { Code: ObserveCode.Accepted, AcceptedThrough: 1 }, $"round {round}: {result}");
            Verdict verdict = await guardian.GetVerdict();
            Assert.Equal(BreakerState.Closed, verdict.Breaker);
            Assert.True(verdict.Epoch.Number > last, $"round {round}: epoch {verdict.Epoch} after {last}");
            last = verdict.Epoch.Number;
            await guardian.Forget();
        }
    }

    [Fact]
    public async Task Open_Limits_HoldForItsGuardians()
    {
        ActionResult opened = await _silo.Portfolio("replay").Open(
            new SessionRequest { Limits = new GuardianLimits { Profile = "feed" } });
        Assert.True(opened.Done);
        await _silo.Guardian(Key).Observe(Bench.Batch(1, Trip(1)));
        Assert.Equal("feed", (await _silo.Guardian(Key).GetLimits()).Profile);
        ActionResult refused = await _silo.Portfolio("replay").Open(
            new SessionRequest { Limits = new GuardianLimits { Profile = "nonsense" } });
        Assert.False(refused.Done);
        Assert.StartsWith("Condition failed: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal("feed", (await _silo.Guardian(Key).GetLimits()).Profile); // Nothing half done.
    }
}
