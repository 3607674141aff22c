using Guardian.Detection.Drift;

namespace Guardian.Detection.Tests.Drift;

public sealed class DriftOptionsTests
{
    [Fact]
    public void Constructor_WithoutSettings_HasTheDocumentedDefaults()
    {
        DriftOptions options = new();
        Assert.Empty(options.Validate());
        Assert.Equal((1000, 500, 10, 50), (options.Reference, options.Window, options.Bins, options.Step));
        Assert.Equal((0.10, 0.25), (options.Warning, options.Breach));
        Assert.Equal((0.999, 0.8), (options.Significance, options.ClearRatio));
        Assert.Equal((3, 3, 0.01), (options.ClearEvaluations, options.ConfirmEvaluations, options.NonFiniteShare));
        Assert.Equal(TimeSpan.FromSeconds(2), options.ConfirmFor);
        Assert.Equal((5, TimeSpan.FromHours(24)), (options.LatchingBreaches, options.LatchWindow));
        Assert.Equal((0.002, 0.25, 30), (options.AdwinDelta, options.PageHinkleyDelta, options.PageHinkleyThreshold));
        Assert.True(options.EarlyWarnings);
        Assert.Equal(GuardrailMode.Enforce, options.Mode);
    }

    [Fact]
    public void Bars_AsCommitted_LearnsFiveDaysAndJudgesOne()
    {
        DriftOptions bars = DriftOptions.Bars();
        Assert.Empty(bars.Validate());
        Assert.Equal((7200, 1440, 50), (bars.Reference, bars.Window, bars.Step));
    }

    public static TheoryData<Action<DriftOptions>, string> Wrong => new()
    {
        { o => o.Mode = (GuardrailMode)9, "Drift:Mode = 9: must be Enforce, Shadow or Off" },
        { o => o.Bins = 1, "Drift:Bins = 1: must be in [2, 50]" },
        { o => o.Bins = 51, "Drift:Bins = 51: must be in [2, 50]" },
        { o => (o.Window, o.Step) = (9, 1), "Drift:Window = 9: must be in [10, 10000] values" },
        { o => o.Window = 10_001, "Drift:Window = 10001: must be in [10, 10000] values" },
        { o => o.Reference = 9, "Drift:Reference = 9: must be in [Drift:Bins (10), 100000] values" },
        { o => o.Reference = 100_001, "Drift:Reference = 100001: must be in [Drift:Bins (10), 100000] values" },
        { o => o.Step = 0, "Drift:Step = 0: must be in [1, Drift:Window (500)] values" },
        { o => o.Step = 501, "Drift:Step = 501: must be in [1, Drift:Window (500)] values" },
        { o => (o.Breach, o.Warning) = (10.1, 0.1), "Drift:Breach = 10.1: must be in (0, 10]" },
        { o => o.Warning = 0, "Drift:Warning = 0: must be above 0 and below Drift:Breach (0.25)" },
        { o => o.Warning = 0.25, "Drift:Warning = 0.25: must be above 0 and below Drift:Breach (0.25)" },
        { o => o.Warning = double.NaN, "Drift:Warning = NaN: must be above 0 and below Drift:Breach (0.25)" },
        { o => o.Significance = 0.89, "Drift:Significance = 0.89: must be in [0.9, 0.999999]" },
        { o => o.Significance = 1, "Drift:Significance = 1: must be in [0.9, 0.999999]" },
        { o => o.ClearRatio = 0, "Drift:ClearRatio = 0: must be in (0, 1]" },
        { o => o.ClearRatio = 1.1, "Drift:ClearRatio = 1.1: must be in (0, 1]" },
        { o => o.ClearEvaluations = 0, "Drift:ClearEvaluations = 0: must be in [1, 1000] evaluations" },
        { o => o.ClearEvaluations = 1001, "Drift:ClearEvaluations = 1001: must be in [1, 1000] evaluations" },
        { o => o.ConfirmEvaluations = 0, "Drift:ConfirmEvaluations = 0: must be in [1, 1000] evaluations" },
        { o => o.ConfirmEvaluations = 1001, "Drift:ConfirmEvaluations = 1001: must be in [1, 1000] evaluations" },
        {
            o => o.ConfirmFor = TimeSpan.FromTicks(-1),
            "Drift:ConfirmFor = -00:00:00.0000001: must be in [00:00:00, 01:00:00]"
        },
        { o => o.ConfirmFor = TimeSpan.FromHours(2), "Drift:ConfirmFor = 02:00:00: must be in [00:00:00, 01:00:00]" },
        { o => o.LatchingBreaches = 0, "Drift:LatchingBreaches = 0: must be in [1, 100] breaches" },
        { o => o.LatchingBreaches = 101, "Drift:LatchingBreaches = 101: must be in [1, 100] breaches" },
        {
            o => o.LatchWindow = TimeSpan.FromSeconds(59),
            "Drift:LatchWindow = 00:00:59: must be in [00:01:00, 7.00:00:00]"
        },
        {
            o => o.LatchWindow = TimeSpan.FromDays(8),
            "Drift:LatchWindow = 8.00:00:00: must be in [00:01:00, 7.00:00:00]"
        },
        { o => o.NonFiniteShare = -0.1, "Drift:NonFiniteShare = -0.1: must be in [0, 1]" },
        { o => o.NonFiniteShare = 1.1, "Drift:NonFiniteShare = 1.1: must be in [0, 1]" },
        { o => o.AdwinDelta = 0, "Drift:AdwinDelta = 0: must be in (0, 1)" },
        { o => o.AdwinDelta = 1, "Drift:AdwinDelta = 1: must be in (0, 1)" },
        { o => o.PageHinkleyDelta = -1, "Drift:PageHinkleyDelta = -1: must be in [0, 100]" },
        { o => o.PageHinkleyDelta = 101, "Drift:PageHinkleyDelta = 101: must be in [0, 100]" },
        { o => o.PageHinkleyThreshold = 0, "Drift:PageHinkleyThreshold = 0: must be in (0, 1000000]" },
        { o => o.PageHinkleyThreshold = 1.1e6, "Drift:PageHinkleyThreshold = 1100000: must be in (0, 1000000]" },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Wrong))]
    public void Validate_OneSettingOutOfItsRange_SaysPathValueAndRule(Action<DriftOptions> spoil, string expected)
    {
        DriftOptions options = new();
        spoil(options);
        Assert.Equal(expected, Assert.Single(options.Validate()).ToString());
    }

    [Fact]
    public void Validate_SettingsOnTheirBounds_AreTaken()
    {
        Assert.Empty(new DriftOptions
        {
            Bins = 2, Window = 10, Step = 1, Reference = 2, Breach = 10, Warning = 9.9, Significance = 0.9,
            ClearRatio = 1, ClearEvaluations = 1, ConfirmEvaluations = 1, ConfirmFor = TimeSpan.Zero,
            NonFiniteShare = 0, PageHinkleyDelta = 0, PageHinkleyThreshold = 1e6,
        }.Validate());
        Assert.Empty(new DriftOptions
        {
            Bins = 50, Window = 10_000, Step = 10_000, Reference = 100_000, Significance = 0.999999,
            ClearEvaluations = 1000, ConfirmEvaluations = 1000, ConfirmFor = TimeSpan.FromHours(1),
            NonFiniteShare = 1, PageHinkleyDelta = 100,
        }.Validate());
    }

    [Fact]
    public void From_SeveralWrongSettings_NamesThemAll()
    {
        ArgumentException refused =
            Assert.Throws<ArgumentException>(() => DriftPolicy.From(new DriftOptions { Bins = 1, ClearRatio = 0 }));
        Assert.Equal(
            "Condition failed: Drift:Bins = 1: must be in [2, 50]; Drift:ClearRatio = 0: must be in (0, 1] "
            + "(Parameter 'options')",
            refused.Message);
    }
}
