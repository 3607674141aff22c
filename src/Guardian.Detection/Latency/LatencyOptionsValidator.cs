using Guardian.Detection.Options;

namespace Guardian.Detection.Latency;

/// <summary>The rules of <see cref="LatencyOptions"/>, each with its bounds in words.</summary>
internal static class LatencyOptionsValidator
{
    private const int Million = 1_000_000;
    private const int MostStages = 64;
    private const int LongestStage = 64;
    private static readonly TimeSpan LargestLimit = TimeSpan.FromSeconds(60);

    public static IEnumerable<OptionError> Validate(LatencyOptions options)
    {
        OptionError?[] found =
        [
            Mode(options.Mode),
            Limit(nameof(options.Limit), options.Limit),
            Limit(nameof(options.WarningLimit), options.WarningLimit) ?? NotAboveLimit(options),
            Limit(nameof(options.ClearBelow), options.ClearBelow) ?? BelowLimit(options),
            Span(nameof(options.ClearFor), options.ClearFor, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            Whole(nameof(options.FastMinimum), options.FastMinimum, 1, Million),
            Alpha(options.FastAlpha),
            Whole(nameof(options.SlowMinimumForWarning), options.SlowMinimumForWarning, 1, Million),
            Whole(nameof(options.SlowMinimumForBreach), options.SlowMinimumForBreach, 1, Million),
            Whole(nameof(options.WarningSpikes), options.WarningSpikes, 0, Million),
            Whole(nameof(options.CountWindow), options.CountWindow, 20, 1000),
            Span(
                nameof(options.CountMaximumAge),
                options.CountMaximumAge,
                TimeSpan.FromMinutes(1),
                TimeSpan.FromDays(7)),
            Whole(nameof(options.CountMinimum), options.CountMinimum, 1, 1000)
                ?? FitsWindow(nameof(options.CountMinimum), options.CountMinimum, options.CountWindow),
            Whole(nameof(options.ConfirmEvaluations), options.ConfirmEvaluations, 1, 1000),
            Span(nameof(options.ConfirmFor), options.ConfirmFor, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            Whole(nameof(options.HealthyMinimum), options.HealthyMinimum, 1, 1000)
                ?? FitsWindow(nameof(options.HealthyMinimum), options.HealthyMinimum, options.CountWindow),
            Stages(nameof(options.CountStages), options.CountStages),
            Stages(nameof(options.OrderStages), options.OrderStages),
        ];
        return found.OfType<OptionError>();
    }

    private static OptionError Error(string name, object? value, string rule) =>
        new($"Latency:{name}", value?.ToString() ?? "null", rule);

    private static OptionError? Mode(GuardrailMode mode) => Enum.IsDefined(mode)
        ? null
        : Error(nameof(LatencyOptions.Mode), mode, "must be Enforce, Shadow or Off");

    private static OptionError? Limit(string name, TimeSpan value)
    {
        if (value < TimeSpan.FromMicroseconds(1) || value > LargestLimit)
            return Error(name, value, "must be from 1 us to 60 s");
        return value.Ticks % TimeSpan.TicksPerMicrosecond == 0
            ? null
            : Error(name, value, "must be a whole number of microseconds");
    }

    private static OptionError? NotAboveLimit(LatencyOptions options) => options.WarningLimit <= options.Limit
        ? null
        : Error(
            nameof(options.WarningLimit), options.WarningLimit, $"must not be above Latency:Limit ({options.Limit})");

    private static OptionError? BelowLimit(LatencyOptions options) => options.ClearBelow < options.Limit
        ? null
        : Error(nameof(options.ClearBelow), options.ClearBelow, $"must be below Latency:Limit ({options.Limit})");

    private static OptionError? FitsWindow(string name, int value, int window) => value <= window
        ? null
        : Error(name, value, $"must not be above Latency:CountWindow ({window})");

    private static OptionError? Span(string name, TimeSpan value, TimeSpan least, TimeSpan most) =>
        value >= least && value <= most ? null : Error(name, value, $"must be from {least} to {most}");

    private static OptionError? Whole(string name, int value, int least, int most) =>
        value >= least && value <= most ? null : Error(name, value, $"must be from {least} to {most}");

    private static OptionError? Alpha(double value) =>
        value is >= BinomialSignificance.SmallestAlpha and <= BinomialSignificance.LargestAlpha
            ? null
            : Error(nameof(LatencyOptions.FastAlpha), value, "must be from 1E-09 to 0.01");

    private static OptionError? Stages(string name, string[]? stages)
    {
        if (stages is null) return Error(name, null, "must be a list, which may be empty");
        if (stages.Length > MostStages) return Error(name, stages.Length, $"must have at most {MostStages} names");
        foreach (string stage in stages)
        {
            if (string.IsNullOrWhiteSpace(stage) || stage.Length > LongestStage)
                return Error(name, stage, $"must have names of 1 to {LongestStage} characters, not blank");
        }

        return stages.Distinct(StringComparer.Ordinal).Count() == stages.Length
            ? null
            : Error(name, string.Join(',', stages), "must not have a name twice");
    }
}
