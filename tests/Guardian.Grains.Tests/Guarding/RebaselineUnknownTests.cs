using Guardian.Contracts;

namespace Guardian.Grains.Tests.Guarding;

public sealed class RebaselineUnknownTests : IAsyncLifetime
{
    private Silo _silo = null!;

    public async ValueTask InitializeAsync() => _silo = await Silo.StartAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rebaseline_SymbolNotOnTheRoster_IsUnknownAndLeavesNoTrace(bool withValues)
    {
        ActionResult result = await _silo.Guardian("ZZTYPO").Rebaseline(Request("score", withValues ? 100 : null));
        Assert.Equal(
            (false, "unknown-symbol",
                "Condition failed: symbol ZZTYPO is not on the roster; add it to the roster first, or report an "
                    + "observation."),
            (result.Done, result.Code, result.Message));
        Assert.Empty((await _silo.Guardian("ZZTYPO").GetVerdict()).Readings);
        await _silo.Portfolio().Add(new RosterEntry { Symbol = "B" });
        Assert.Equal(["B"], (await _silo.Portfolio().GetRoster()).Select(e => e.Symbol), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Rebaseline_FeatureNeverSeen_IsUnknownUnlessValuesAreSent()
    {
        await _silo.Portfolio().Add(new RosterEntry { Symbol = "A" });
        IGuardianGrain guardian = _silo.Guardian("A");
        Assert.Equal("rebaselined", (await guardian.Rebaseline(Request("score", 100))).Code);
        ActionResult typo = await guardian.Rebaseline(Request("scoer", null));
        Assert.Equal(
            (false, "unknown-feature",
                "Condition failed: feature scoer was never seen, so it can't be learned anew; known are score. Name "
                    + "one that is known, or send values as its reference."),
            (typo.Done, typo.Code, typo.Message));
        Assert.Equal(["score"], (await guardian.GetVerdict()).Readings.Select(r => r.Subject), StringComparer.Ordinal);
        Assert.Equal("rebaselined", (await guardian.Rebaseline(Request("score", null))).Code);
    }

    private static RebaselineRequest Request(string feature, int? values) => new()
    {
        Feature = feature,
        Values = values is { } count ? [.. Enumerable.Range(0, count).Select(i => (double)i)] : null,
        Actor = "ann",
        Reason = "model 7",
    };
}
