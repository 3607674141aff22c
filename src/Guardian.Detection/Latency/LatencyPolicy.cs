namespace Guardian.Detection.Latency;

/// <summary>How one stage's latency is judged: the running form of <see cref="LatencyOptions"/>.</summary>
/// <remarks>Microseconds and nanoseconds are integers. Immutable, hence thread-safe; share one among symbols.</remarks>
public sealed class LatencyPolicy
{
    private const long NanosecondsPerTick = 100;

    private LatencyPolicy(LatencyOptions options, string stage)
    {
        Stage = stage;
        Mode = options.Mode;
        UsesCountWindow = options.CountStages.Contains(stage, StringComparer.Ordinal);
        FedByOrders = options.OrderStages.Contains(stage, StringComparer.Ordinal);
        Limit = Microseconds(options.Limit);
        WarningLimit = Microseconds(options.WarningLimit);
        ClearBelow = Microseconds(options.ClearBelow);
        ClearFor = Nanoseconds(options.ClearFor);
        FastMinimum = options.FastMinimum;
        Significance = BinomialSignificance.ForAlpha(options.FastAlpha);
        MinimumForWarning = UsesCountWindow ? options.CountMinimum : options.SlowMinimumForWarning;
        MinimumForBreach = UsesCountWindow ? options.CountMinimum : options.SlowMinimumForBreach;
        WarningSpikes = options.WarningSpikes;
        CountWindow = options.CountWindow;
        CountMaximumAge = Nanoseconds(options.CountMaximumAge);
        ConfirmEvaluations = options.ConfirmEvaluations;
        ConfirmFor = Nanoseconds(options.ConfirmFor);
        HealthyMinimum = options.HealthyMinimum;
    }

    /// <summary>Gets the stage.</summary>
    public string Stage { get; }

    /// <summary>Gets whether a breach may stop orders.</summary>
    public GuardrailMode Mode { get; }

    /// <summary>Gets a value indicating whether a count window is used instead of the slow one.</summary>
    public bool UsesCountWindow { get; }

    /// <summary>Gets a value indicating whether the samples come from orders.</summary>
    public bool FedByOrders { get; }

    /// <summary>Gets the limit of the P99 in microseconds.</summary>
    public long Limit { get; }

    /// <summary>Gets the P99 of a warning in microseconds.</summary>
    public long WarningLimit { get; }

    /// <summary>Gets the line in microseconds below which the fast window's P99 clears a breach.</summary>
    public long ClearBelow { get; }

    /// <summary>Gets how long it must stay below, in nanoseconds.</summary>
    public long ClearFor { get; }

    /// <summary>Gets the samples the fast window needs for a breach.</summary>
    public int FastMinimum { get; }

    /// <summary>Gets what is significant in the fast window.</summary>
    public BinomialSignificance Significance { get; }

    /// <summary>Gets the samples the slow or count window needs for a warning.</summary>
    public int MinimumForWarning { get; }

    /// <summary>Gets the samples the slow or count window needs for a breach.</summary>
    public int MinimumForBreach { get; }

    /// <summary>Gets how many samples at or above the limit in 10 s are still no warning.</summary>
    public int WarningSpikes { get; }

    /// <summary>Gets the samples a count window holds.</summary>
    public int CountWindow { get; }

    /// <summary>Gets the oldest age of a sample in a count window, in nanoseconds.</summary>
    public long CountMaximumAge { get; }

    /// <summary>Gets the evaluations a breach must hold before it is confirmed.</summary>
    public int ConfirmEvaluations { get; }

    /// <summary>Gets how long a breach must hold before it is confirmed, in nanoseconds.</summary>
    public long ConfirmFor { get; }

    /// <summary>Gets the samples below which a stage is unknown, not healthy.</summary>
    public int HealthyMinimum { get; }

    /// <summary>Makes the policy of one stage.</summary>
    /// <param name="options">Valid options; they may change afterwards without effect.</param>
    /// <param name="stage">The stage's name, not blank.</param>
    /// <exception cref="ArgumentException">The options are not valid, or the name is blank.</exception>
    public static LatencyPolicy For(LatencyOptions options, string stage)
    {
        if (string.IsNullOrWhiteSpace(stage))
            throw new ArgumentException("Condition failed: stage must have a name.", nameof(stage));
        string errors = string.Join("; ", options.Validate());
        return errors.Length == 0
            ? new LatencyPolicy(options, stage)
            : throw new ArgumentException($"Condition failed: {errors}.", nameof(options));
    }

    private static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private static long Nanoseconds(TimeSpan span) => span.Ticks * NanosecondsPerTick;
}
