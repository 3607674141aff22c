using Guardian.Detection.Errors;

namespace Guardian.Detection.Tests.Errors;

public sealed class ErrorOptionsTests
{
    [Fact]
    public void Constructor_WithoutSettings_HasTheDocumentedDefaults()
    {
        ErrorOptions options = new();
        Assert.Empty(options.Validate());
        Assert.Equal((TimeSpan.FromSeconds(30), 20, 5), (options.Window, options.MinOutcomes, options.InRow));
        Assert.Equal((0.1, 0.5, TimeSpan.FromHours(1)), (options.Warning, options.Breach, options.RowMemory));
        Assert.Equal((3, TimeSpan.FromSeconds(2)), (options.ConfirmEvaluations, options.ConfirmFor));
    }

    public static TheoryData<Action<ErrorOptions>, string> Wrong => new()
    {
        { o => o.Mode = (GuardrailMode)9, "Errors:Mode = 9: must be Enforce, Shadow or Off" },
        { o => o.Window = TimeSpan.Zero, "Errors:Window = 00:00:00: must be whole seconds in [00:00:01, 01:00:00]" },
        {
            o => o.Window = TimeSpan.FromSeconds(1.5),
            "Errors:Window = 00:00:01.5000000: must be whole seconds in [00:00:01, 01:00:00]"
        },
        {
            o => (o.Window, o.RowMemory) = (TimeSpan.FromSeconds(3601), TimeSpan.FromDays(1)),
            "Errors:Window = 01:00:01: must be whole seconds in [00:00:01, 01:00:00]"
        },
        { o => o.MinOutcomes = 0, "Errors:MinOutcomes = 0: must be in [1, 1000000] outcomes" },
        { o => o.MinOutcomes = 1_000_001, "Errors:MinOutcomes = 1000001: must be in [1, 1000000] outcomes" },
        { o => o.Breach = 1.1, "Errors:Breach = 1.1: must be in (0, 1]" },
        { o => o.Warning = 0, "Errors:Warning = 0: must be above 0 and below Errors:Breach (0.5)" },
        { o => o.Warning = 0.5, "Errors:Warning = 0.5: must be above 0 and below Errors:Breach (0.5)" },
        { o => o.InRow = 0, "Errors:InRow = 0: must be in [1, 1000] outcomes" },
        { o => o.InRow = 1001, "Errors:InRow = 1001: must be in [1, 1000] outcomes" },
        {
            o => o.RowMemory = TimeSpan.FromSeconds(29),
            "Errors:RowMemory = 00:00:29: must be in [Errors:Window (00:00:30), 1.00:00:00]"
        },
        {
            o => o.RowMemory = TimeSpan.FromDays(2),
            "Errors:RowMemory = 2.00:00:00: must be in [Errors:Window (00:00:30), 1.00:00:00]"
        },
        { o => o.ConfirmEvaluations = 0, "Errors:ConfirmEvaluations = 0: must be in [1, 1000] evaluations" },
        { o => o.ConfirmEvaluations = 1001, "Errors:ConfirmEvaluations = 1001: must be in [1, 1000] evaluations" },
        { o => o.ConfirmFor = TimeSpan.FromHours(2), "Errors:ConfirmFor = 02:00:00: must be in [00:00:00, 01:00:00]" },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Wrong))]
    public void Validate_OneSettingOutOfItsRange_SaysPathValueAndRule(Action<ErrorOptions> spoil, string expected)
    {
        ErrorOptions options = new();
        spoil(options);
        Assert.Equal(expected, Assert.Single(options.Validate()).ToString());
        ArgumentException refused = Assert.Throws<ArgumentException>(() => ErrorPolicy.From(options));
        Assert.Equal($"Condition failed: {expected} (Parameter 'options')", refused.Message);
    }

    [Fact]
    public void Validate_SettingsOnTheirBounds_AreTaken()
    {
        Assert.Empty(new ErrorOptions
        {
            Window = TimeSpan.FromSeconds(1), MinOutcomes = 1, Breach = 1, Warning = 0.99, InRow = 1,
            RowMemory = TimeSpan.FromSeconds(1), ConfirmEvaluations = 1, ConfirmFor = TimeSpan.Zero,
        }.Validate());
        Assert.Empty(new ErrorOptions
        {
            Window = TimeSpan.FromHours(1), MinOutcomes = 1_000_000, InRow = 1000,
            RowMemory = TimeSpan.FromDays(1), ConfirmEvaluations = 1000, ConfirmFor = TimeSpan.FromHours(1),
        }.Validate());
    }
}
