using Guardian.Detection.Latency;
using Guardian.Detection.Options;

namespace Guardian.Detection.Tests.Latency;

public class LatencyOptionsTests
{
    private const string Minute = "00:01:00";

    public static TheoryData<string, object, string?> BoundsOfLimits => new()
    {
        { "Mode", (GuardrailMode)3, "Latency:Mode = 3: must be Enforce, Shadow or Off" },
        { "Mode", GuardrailMode.Off, null },
        { "Limit", Ticks(10), "Latency:ClearBelow" },
        { "Limit", Ticks(0), "Latency:Limit = 00:00:00: must be from 1 us to 60 s" },
        { "Limit", Ticks(1_000_005), "Latency:Limit = 00:00:00.1000005: must be a whole number of microseconds" },
        { "Limit", Ticks(600_000_000), null },
        { "Limit", Ticks(600_000_010), "Latency:Limit = 00:01:00.0000010: must be from 1 us to 60 s" },
        { "WarningLimit", Ticks(10), null },
        { "WarningLimit", Ticks(9), "Latency:WarningLimit = 00:00:00.0000009: must be from 1 us to 60 s" },
        { "WarningLimit", Ticks(1_000_000), null },
        {
            "WarningLimit", Ticks(1_000_010),
            "Latency:WarningLimit = 00:00:00.1000010: must not be above Latency:Limit (00:00:00.1000000)"
        },
        { "ClearBelow", Ticks(10), null },
        { "ClearBelow", Ticks(0), "Latency:ClearBelow = 00:00:00: must be from 1 us to 60 s" },
        { "ClearBelow", Ticks(999_990), null },
        {
            "ClearBelow", Ticks(1_000_000),
            "Latency:ClearBelow = 00:00:00.1000000: must be below Latency:Limit (00:00:00.1000000)"
        },
        { "ClearFor", TimeSpan.FromSeconds(1), null },
        {
            "ClearFor", TimeSpan.FromSeconds(0.9),
            "Latency:ClearFor = 00:00:00.9000000: must be from 00:00:01 to 01:00:00"
        },
        { "ClearFor", TimeSpan.FromHours(1), null },
        {
            "ClearFor", TimeSpan.MaxValue,
            "Latency:ClearFor = 10675199.02:48:05.4775807: must be from 00:00:01 to 01:00:00"
        },
    };

    public static TheoryData<string, object, string?> BoundsOfCounts => new()
    {
        { "FastMinimum", 1, null },
        { "FastMinimum", 0, "Latency:FastMinimum = 0: must be from 1 to 1000000" },
        { "FastMinimum", 1_000_000, null },
        { "FastMinimum", 1_000_001, "Latency:FastMinimum = 1000001: must be from 1 to 1000000" },
        { "FastAlpha", 1e-9, null },
        { "FastAlpha", 0.9e-9, "Latency:FastAlpha = 9E-10: must be from 1E-09 to 0.01" },
        { "FastAlpha", 0.01, null },
        { "FastAlpha", 0.011, "Latency:FastAlpha = 0.011: must be from 1E-09 to 0.01" },
        { "FastAlpha", double.NaN, "Latency:FastAlpha = NaN: must be from 1E-09 to 0.01" },
        { "SlowMinimumForWarning", 1, null },
        { "SlowMinimumForWarning", 0, "Latency:SlowMinimumForWarning = 0: must be from 1 to 1000000" },
        { "SlowMinimumForWarning", 1_000_001, "Latency:SlowMinimumForWarning = 1000001: must be from 1 to 1000000" },
        { "SlowMinimumForBreach", 1_000_000, null },
        { "SlowMinimumForBreach", 0, "Latency:SlowMinimumForBreach = 0: must be from 1 to 1000000" },
        { "SlowMinimumForBreach", 1_000_001, "Latency:SlowMinimumForBreach = 1000001: must be from 1 to 1000000" },
        { "WarningSpikes", 0, null },
        { "WarningSpikes", -1, "Latency:WarningSpikes = -1: must be from 0 to 1000000" },
        { "WarningSpikes", 1_000_001, "Latency:WarningSpikes = 1000001: must be from 0 to 1000000" },
        { "CountWindow", 1000, null },
        { "CountWindow", 1001, "Latency:CountWindow = 1001: must be from 20 to 1000" },
        { "CountWindow", 19, "Latency:CountWindow = 19: must be from 20 to 1000" },
        { "CountWindow", 99, "Latency:CountMinimum = 100: must not be above Latency:CountWindow (99)" },
        { "CountMaximumAge", TimeSpan.FromMinutes(1), null },
        {
            "CountMaximumAge", TimeSpan.FromSeconds(59),
            "Latency:CountMaximumAge = 00:00:59: must be from 00:01:00 to 7.00:00:00"
        },
        { "CountMaximumAge", TimeSpan.FromDays(7), null },
        {
            "CountMaximumAge", TimeSpan.FromDays(8),
            "Latency:CountMaximumAge = 8.00:00:00: must be from 00:01:00 to 7.00:00:00"
        },
        { "CountMinimum", 1, null },
        { "CountMinimum", 0, "Latency:CountMinimum = 0: must be from 1 to 1000" },
        { "CountMinimum", 500, null },
        { "CountMinimum", 501, "Latency:CountMinimum = 501: must not be above Latency:CountWindow (500)" },
        { "ConfirmEvaluations", 1, null },
        { "ConfirmEvaluations", 0, "Latency:ConfirmEvaluations = 0: must be from 1 to 1000" },
        { "ConfirmEvaluations", 1001, "Latency:ConfirmEvaluations = 1001: must be from 1 to 1000" },
        { "ConfirmFor", TimeSpan.Zero, null },
        {
            "ConfirmFor", TimeSpan.FromTicks(-1),
            $"Latency:ConfirmFor = -00:00:00.0000001: must be from 00:00:00 to {Minute}"
        },
        { "ConfirmFor", TimeSpan.FromSeconds(61), $"Latency:ConfirmFor = 00:01:01: must be from 00:00:00 to {Minute}" },
        { "HealthyMinimum", 1, null },
        { "HealthyMinimum", 0, "Latency:HealthyMinimum = 0: must be from 1 to 1000" },
        { "HealthyMinimum", 501, "Latency:HealthyMinimum = 501: must not be above Latency:CountWindow (500)" },
        { "CountStages", Array.Empty<string>(), null },
        { "CountStages", new[] { "a", "a" }, "Latency:CountStages = a,a: must not have a name twice" },
        { "CountStages", new[] { " " }, "Latency:CountStages =  : must have names of 1 to 64 characters, not blank" },
        { "OrderStages", new[] { new string('x', 64) }, null },
        {
            "OrderStages", Enumerable.Range(0, 65).Select(i => $"s{i}").ToArray(),
            "Latency:OrderStages = 65: must have at most 64 names"
        },
        { "OrderStages", null!, "Latency:OrderStages = null: must be a list, which may be empty" },
    };

    [Fact]
    public void Validate_Defaults_AreValid() => Assert.Empty(new LatencyOptions().Validate());

    [Theory]
    [MemberData(nameof(BoundsOfLimits))]
    [MemberData(nameof(BoundsOfCounts))]
    public void Validate_OnEachBound_NamesPathValueAndRule(string name, object value, string? message)
    {
        var options = new LatencyOptions();
        typeof(LatencyOptions).GetProperty(name)!.SetValue(options, value);
        OptionError[] errors = [.. options.Validate()];
        if (message is null) Assert.Empty(errors);
        else Assert.Single(errors, error => Matches(error, message));
    }

    [Fact]
    public void Validate_SeveralErrors_ReportsAll()
    {
        var options = new LatencyOptions { FastMinimum = 0, FastAlpha = 1, ConfirmEvaluations = 0 };
        Assert.Equal(
            ["Latency:FastMinimum", "Latency:FastAlpha", "Latency:ConfirmEvaluations"],
            options.Validate().Select(e => e.Path).ToArray());
    }

    [Fact]
    public void For_Defaults_TakesTheUnitsOfTheJudgement()
    {
        LatencyPolicy policy = LatencyPolicy.For(new LatencyOptions(), "order-ack");
        Assert.Equal((100_000, 50_000, 80_000), (policy.Limit, policy.WarningLimit, policy.ClearBelow));
        Assert.Equal((10_000_000_000, 2_000_000_000), (policy.ClearFor, policy.ConfirmFor));
        Assert.Equal(
            (true, true, 100, 100),
            (policy.UsesCountWindow, policy.FedByOrders, policy.MinimumForBreach, policy.MinimumForWarning));
        LatencyPolicy fill = LatencyPolicy.For(new LatencyOptions(), "fill");
        Assert.Equal(
            (false, true, 1000, 100),
            (fill.UsesCountWindow, fill.FedByOrders, fill.MinimumForBreach, fill.MinimumForWarning));
        Assert.False(LatencyPolicy.For(new LatencyOptions(), "market-data").FedByOrders);
    }

    [Fact]
    public void For_InvalidOptions_Throws()
    {
        var options = new LatencyOptions { FastMinimum = 0 };
        var error = Assert.Throws<ArgumentException>(() => LatencyPolicy.For(options, "x"));
        Assert.StartsWith(
            "Condition failed: Latency:FastMinimum = 0: must be from 1 to 1000000.",
            error.Message,
            StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => LatencyPolicy.For(new LatencyOptions(), " "));
        Assert.StartsWith("Condition failed: stage must have a name.", error.Message, StringComparison.Ordinal);
    }

    // Whole messages, but for the one that only names the path of a second error.
    private static bool Matches(OptionError error, string message) =>
        error.ToString() == message || (error.Path == message && error.Value == "00:00:00.0800000");

    private static TimeSpan Ticks(long ticks) => TimeSpan.FromTicks(ticks);
}
