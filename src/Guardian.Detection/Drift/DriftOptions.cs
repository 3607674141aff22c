using Guardian.Detection.Options;

namespace Guardian.Detection.Drift;

/// <summary>Drift settings of a feature as they are written. Not thread-safe: validated once, at start.</summary>
public sealed class DriftOptions
{
    /// <summary>The most bins.</summary>
    public const int MaxBins = 50;

    /// <summary>The longest window.</summary>
    public const int MaxWindow = 10_000;

    /// <summary>The most evaluations that a confirmation or a clear may wait for.</summary>
    public const int MaxEvaluations = 1000;

    /// <summary>The most breaches that a latch may wait for.</summary>
    public const int MaxLatchingBreaches = 100;

    /// <summary>Gets or sets what a breach may do.</summary>
    /// <value>Default <see cref="GuardrailMode.Enforce"/>; else <c>Shadow</c> or <c>Off</c>.</value>
    public GuardrailMode Mode { get; set; } = GuardrailMode.Enforce;

    /// <summary>Gets or sets how many finite values a reference is learned from.</summary>
    /// <value>Values; default 1000; from <see cref="Bins"/> to 100,000.</value>
    public int Reference { get; set; } = 1000;

    /// <summary>Gets or sets which confirmed breach of a feature within the latch window latches.</summary>
    /// <value>Breaches; default 5; 1 to 100.</value>
    public int LatchingBreaches { get; set; } = 5;

    /// <summary>Gets or sets the window in which confirmed breaches of a feature are counted.</summary>
    /// <value>Duration; default 24 h; 1 min to 7 days.</value>
    public TimeSpan LatchWindow { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets the length of the current window.</summary>
    /// <value>Values; default 500; 10 to 10,000.</value>
    public int Window { get; set; } = 500;

    /// <summary>Gets or sets the number of quantile bins.</summary>
    /// <value>Bins; default 10; 2 to 50.</value>
    public int Bins { get; set; } = 10;

    /// <summary>Gets or sets after how many values a full window is judged again.</summary>
    /// <value>Values; default 50; 1 to <see cref="Window"/>.</value>
    public int Step { get; set; } = 50;

    /// <summary>Gets or sets the PSI at which it warns.</summary>
    /// <value>PSI; default 0.10; above 0, below <see cref="Breach"/>.</value>
    public double Warning { get; set; } = 0.10;

    /// <summary>Gets or sets the PSI below which there is never a breach; noise and block lines may raise it.</summary>
    /// <value>PSI; default 0.25; up to 10.</value>
    public double Breach { get; set; } = 0.25;

    /// <summary>Gets or sets the probability that chance alone stays below the noise line.</summary>
    /// <value>Probability; default 0.999; 0.9 to 0.999999.</value>
    public double Significance { get; set; } = 0.999;

    /// <summary>Gets or sets the share of the limit below which a breach begins to clear.</summary>
    /// <value>Ratio; default 0.8; above 0, up to 1.</value>
    public double ClearRatio { get; set; } = 0.8;

    /// <summary>Gets or sets how many evaluations in a row must be below it; early warnings stand as long.</summary>
    /// <value>Evaluations; default 3; 1 to 1000.</value>
    public int ClearEvaluations { get; set; } = 3;

    /// <summary>Gets or sets how many evaluations in a row at or over the limit confirm a breach.</summary>
    /// <value>Evaluations; default 3; 1 to 1000.</value>
    public int ConfirmEvaluations { get; set; } = 3;

    /// <summary>Gets or sets for how long a breach must hold at least before it is confirmed.</summary>
    /// <value>Duration; default 2 s; 0 to 1 h.</value>
    public TimeSpan ConfirmFor { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets the share of NaN and infinities in the window above which it warns.</summary>
    /// <value>Ratio; default 0.01; 0 to 1.</value>
    public double NonFiniteShare { get; set; } = 0.01;

    /// <summary>Gets or sets whether ADWIN and Page-Hinkley watch too; they only ever warn.</summary>
    /// <value>Default true; true or false.</value>
    public bool EarlyWarnings { get; set; } = true;

    /// <summary>Gets or sets ADWIN's confidence δ.</summary>
    /// <value>Probability; default 0.002; above 0, below 1.</value>
    public double AdwinDelta { get; set; } = 0.002;

    /// <summary>Gets or sets the change per value that Page-Hinkley lets pass (δ).</summary>
    /// <value>Standard deviations of the reference; default 0.25; 0 to 100.</value>
    public double PageHinkleyDelta { get; set; } = 0.25;

    /// <summary>Gets or sets the sum at which Page-Hinkley warns (λ).</summary>
    /// <value>Standard deviations of the reference; default 30; above 0, up to 1,000,000.</value>
    public double PageHinkleyThreshold { get; set; } = 30;

    /// <summary>Makes the profile <c>bars</c> of minute returns: five days learned, one day judged.</summary>
    public static DriftOptions Bars() => new() { Reference = 7200, Window = 1440 };

    /// <summary>Checks all settings and says everything that is wrong with them.</summary>
    /// <param name="path">Where the settings were written, for the messages.</param>
    public IReadOnlyList<OptionError> Validate(string path = "Drift")
    {
        List<OptionError> errors = [];
        Rule(Enum.IsDefined(Mode), nameof(Mode), Mode, "must be Enforce, Shadow or Off");
        Rule(Bins is >= 2 and <= MaxBins, nameof(Bins), Bins, $"must be in [2, {MaxBins}]");
        Rule(Window is >= 10 and <= MaxWindow, nameof(Window), Window, $"must be in [10, {MaxWindow}] values");
        Rule(
            Reference >= Bins && Reference <= FrozenReference.MaxValues,
            nameof(Reference),
            Reference,
            $"must be in [{path}:Bins ({Bins}), {FrozenReference.MaxValues}] values");
        Rule(Step >= 1 && Step <= Window, nameof(Step), Step, $"must be in [1, {path}:Window ({Window})] values");
        Rule(Breach is > 0 and <= 10, nameof(Breach), Breach, "must be in (0, 10]");
        Rule(
            Warning > 0 && Warning < Breach,
            nameof(Warning),
            Warning,
            $"must be above 0 and below {path}:Breach ({Breach})");
        Rule(
            Significance is >= 0.9 and <= 0.999999, nameof(Significance), Significance, "must be in [0.9, 0.999999]");
        Rule(ClearRatio is > 0 and <= 1, nameof(ClearRatio), ClearRatio, "must be in (0, 1]");
        Evaluations(ClearEvaluations, nameof(ClearEvaluations));
        Evaluations(ConfirmEvaluations, nameof(ConfirmEvaluations));
        Rule(
            ConfirmFor >= TimeSpan.Zero && ConfirmFor <= TimeSpan.FromHours(1),
            nameof(ConfirmFor),
            ConfirmFor,
            "must be in [00:00:00, 01:00:00]");
        ValidateLatch(errors, path);
        Rule(NonFiniteShare is >= 0 and <= 1, nameof(NonFiniteShare), NonFiniteShare, "must be in [0, 1]");
        Rule(AdwinDelta is > 0 and < 1, nameof(AdwinDelta), AdwinDelta, "must be in (0, 1)");
        Rule(PageHinkleyDelta is >= 0 and <= 100, nameof(PageHinkleyDelta), PageHinkleyDelta, "must be in [0, 100]");
        Rule(
            PageHinkleyThreshold is > 0 and <= 1e6,
            nameof(PageHinkleyThreshold),
            PageHinkleyThreshold,
            "must be in (0, 1000000]");
        return errors;

        void Evaluations(int value, string name) =>
            Rule(value is >= 1 and <= MaxEvaluations, name, value, $"must be in [1, {MaxEvaluations}] evaluations");

        void Rule(bool holds, string name, object value, string rule)
        {
            if (!holds) errors.Add(new OptionError($"{path}:{name}", $"{value}", rule));
        }
    }

    private void ValidateLatch(List<OptionError> errors, string path)
    {
        if (LatchingBreaches is < 1 or > MaxLatchingBreaches)
        {
            errors.Add(new OptionError(
                $"{path}:LatchingBreaches", $"{LatchingBreaches}", $"must be in [1, {MaxLatchingBreaches}] breaches"));
        }

        if (LatchWindow < TimeSpan.FromMinutes(1) || LatchWindow > TimeSpan.FromDays(7))
        {
            errors.Add(new OptionError(
                $"{path}:LatchWindow", $"{LatchWindow}", "must be in [00:01:00, 7.00:00:00]"));
        }
    }
}
