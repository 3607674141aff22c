namespace Guardian.Detection.Drift;

/// <summary>Drift settings of a feature as the guardrail runs them. Immutable, hence thread-safe.</summary>
/// <remarks>Made from validated <see cref="DriftOptions"/>, which document each setting.</remarks>
public sealed record DriftPolicy
{
    private DriftPolicy(DriftOptions options)
    {
        Mode = options.Mode;
        Reference = options.Reference;
        Window = options.Window;
        Bins = options.Bins;
        Step = options.Step;
        Warning = options.Warning;
        Breach = options.Breach;
        Significance = options.Significance;
        ClearRatio = options.ClearRatio;
        ClearEvaluations = options.ClearEvaluations;
        ConfirmEvaluations = options.ConfirmEvaluations;
        ConfirmFor = SessionTime.Nanoseconds(options.ConfirmFor);
        LatchingBreaches = options.LatchingBreaches;
        LatchWindow = SessionTime.Nanoseconds(options.LatchWindow);
        NonFiniteShare = options.NonFiniteShare;
        EarlyWarnings = options.EarlyWarnings;
        AdwinDelta = options.AdwinDelta;
        PageHinkleyDelta = options.PageHinkleyDelta;
        PageHinkleyThreshold = options.PageHinkleyThreshold;
    }

    /// <summary>Gets the settings as they are by default.</summary>
    public static DriftPolicy Default { get; } = From(new DriftOptions());

    /// <summary>Gets what a breach may do.</summary>
    public GuardrailMode Mode { get; }

    /// <summary>Gets how many finite values a reference is learned from.</summary>
    public int Reference { get; }

    /// <summary>Gets the length of the current window in values.</summary>
    public int Window { get; }

    /// <summary>Gets the number of quantile bins wanted.</summary>
    public int Bins { get; }

    /// <summary>Gets after how many values a full window is judged again.</summary>
    public int Step { get; }

    /// <summary>Gets the PSI at which it warns.</summary>
    public double Warning { get; }

    /// <summary>Gets the PSI below which there is never a breach.</summary>
    public double Breach { get; }

    /// <summary>Gets the probability that chance alone stays below the noise line.</summary>
    public double Significance { get; }

    /// <summary>Gets the share of the limit below which a breach begins to clear.</summary>
    public double ClearRatio { get; }

    /// <summary>Gets how many evaluations in a row clear a breach.</summary>
    public int ClearEvaluations { get; }

    /// <summary>Gets how many evaluations in a row confirm a breach.</summary>
    public int ConfirmEvaluations { get; }

    /// <summary>Gets for how long a breach must hold before it is confirmed, in nanoseconds.</summary>
    public long ConfirmFor { get; }

    /// <summary>Gets which confirmed breach within the latch window latches.</summary>
    public int LatchingBreaches { get; }

    /// <summary>Gets the window in which confirmed breaches are counted, in nanoseconds.</summary>
    public long LatchWindow { get; }

    /// <summary>Gets the share of NaN and infinities above which it warns.</summary>
    public double NonFiniteShare { get; }

    /// <summary>Gets whether ADWIN and Page-Hinkley watch too.</summary>
    public bool EarlyWarnings { get; }

    /// <summary>Gets ADWIN's confidence.</summary>
    public double AdwinDelta { get; }

    /// <summary>Gets the change per value that Page-Hinkley lets pass, in standard deviations.</summary>
    public double PageHinkleyDelta { get; }

    /// <summary>Gets the sum at which Page-Hinkley warns, in standard deviations.</summary>
    public double PageHinkleyThreshold { get; }

    /// <summary>Makes a policy from options.</summary>
    /// <exception cref="ArgumentException">The options are not valid; the message says all that is wrong.</exception>
    public static DriftPolicy From(DriftOptions options)
    {
        IReadOnlyList<Options.OptionError> errors = options.Validate();
        return errors.Count == 0
            ? new DriftPolicy(options)
            : throw new ArgumentException("Condition failed: " + string.Join("; ", errors), nameof(options));
    }
}
