using Guardian.Detection.Drift;
using Guardian.Detection.Options;

namespace Guardian.Detection.Errors;

/// <summary>Error settings as they are written. Not thread-safe: bound and validated once, at start.</summary>
public sealed class ErrorOptions
{
    /// <summary>The longest window in seconds.</summary>
    public const int MaxWindowSeconds = 3600;

    /// <summary>Gets or sets what a breach may do.</summary>
    /// <value>Default <see cref="GuardrailMode.Enforce"/>; else <c>Shadow</c> or <c>Off</c>.</value>
    public GuardrailMode Mode { get; set; } = GuardrailMode.Enforce;

    /// <summary>Gets or sets the length of the window.</summary>
    /// <value>Whole seconds; default 30 s; 1 s to 1 h.</value>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how many outcomes the window must hold before its ratio is judged.</summary>
    /// <value>Outcomes; default 20; 1 to 1,000,000.</value>
    public int MinOutcomes { get; set; } = 20;

    /// <summary>Gets or sets the ratio of errors and time-outs at which it warns.</summary>
    /// <value>Ratio; default 0.1; above 0, below <see cref="Breach"/>.</value>
    public double Warning { get; set; } = 0.1;

    /// <summary>Gets or sets the ratio of errors and time-outs that is a breach.</summary>
    /// <value>Ratio; default 0.5; up to 1.</value>
    public double Breach { get; set; } = 0.5;

    /// <summary>Gets or sets how many errors and time-outs in a row are a breach at once.</summary>
    /// <value>Outcomes; default 5; 1 to 1000.</value>
    public int InRow { get; set; } = 5;

    /// <summary>Gets or sets how long a row waits for its next failure before it is forgotten.</summary>
    /// <value>Duration; default 1 h; from <see cref="Window"/> to 24 h.</value>
    public TimeSpan RowMemory { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets how many evaluations in a row at or over the ratio confirm a breach.</summary>
    /// <value>Evaluations; default 3; 1 to 1000.</value>
    public int ConfirmEvaluations { get; set; } = 3;

    /// <summary>Gets or sets for how long the ratio must hold at least before its breach is confirmed.</summary>
    /// <value>Duration; default 2 s; 0 to 1 h.</value>
    public TimeSpan ConfirmFor { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Checks all settings and says everything that is wrong with them.</summary>
    /// <param name="path">Where the settings were written, for the messages.</param>
    public IReadOnlyList<OptionError> Validate(string path = "Errors")
    {
        List<OptionError> errors = [];
        Rule(Enum.IsDefined(Mode), nameof(Mode), Mode, "must be Enforce, Shadow or Off");
        Rule(
            Window >= TimeSpan.FromSeconds(1) && Window <= TimeSpan.FromSeconds(MaxWindowSeconds)
                && Window.Ticks % TimeSpan.TicksPerSecond == 0,
            nameof(Window),
            Window,
            "must be whole seconds in [00:00:01, 01:00:00]");
        Rule(
            MinOutcomes is >= 1 and <= 1_000_000, nameof(MinOutcomes), MinOutcomes, "must be in [1, 1000000] outcomes");
        Rule(Breach is > 0 and <= 1, nameof(Breach), Breach, "must be in (0, 1]");
        Rule(
            Warning > 0 && Warning < Breach,
            nameof(Warning),
            Warning,
            $"must be above 0 and below {path}:Breach ({Breach})");
        Rule(InRow is >= 1 and <= 1000, nameof(InRow), InRow, "must be in [1, 1000] outcomes");
        Rule(
            RowMemory >= Window && RowMemory <= TimeSpan.FromDays(1),
            nameof(RowMemory),
            RowMemory,
            $"must be in [{path}:Window ({Window}), 1.00:00:00]");
        Rule(
            ConfirmEvaluations is >= 1 and <= DriftOptions.MaxEvaluations,
            nameof(ConfirmEvaluations),
            ConfirmEvaluations,
            $"must be in [1, {DriftOptions.MaxEvaluations}] evaluations");
        Rule(
            ConfirmFor >= TimeSpan.Zero && ConfirmFor <= TimeSpan.FromHours(1),
            nameof(ConfirmFor),
            ConfirmFor,
            "must be in [00:00:00, 01:00:00]");
        return errors;

        void Rule(bool holds, string name, object value, string rule)
        {
            if (!holds) errors.Add(new OptionError($"{path}:{name}", $"{value}", rule));
        }
    }
}
