using Guardian.Detection.Options;

namespace Guardian.Detection.Latency;

/// <summary>How latency is judged, as it is written in configuration under <c>Latency</c>.</summary>
/// <remarks>
/// The running form, one for each stage, is <see cref="LatencyPolicy"/>. Not thread-safe while being set.
/// </remarks>
public sealed class LatencyOptions
{
    /// <summary>Gets or sets whether a breach may stop orders.</summary>
    /// <value>Default <see cref="GuardrailMode.Enforce"/>; else <c>Shadow</c> or <c>Off</c>.</value>
    public GuardrailMode Mode { get; set; } = GuardrailMode.Enforce;

    /// <summary>Gets or sets the limit of the P99: at it or above is a breach.</summary>
    /// <value>Default 100 ms; 1 µs to 60 s, whole microseconds.</value>
    public TimeSpan Limit { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets the P99 at or above which there is a warning.</summary>
    /// <value>Default 50 ms; 1 µs to <see cref="Limit"/>, whole microseconds.</value>
    public TimeSpan WarningLimit { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets or sets the line the fast window's P99 must stay below for a breach to clear.</summary>
    /// <value>Default 80 ms; from 1 µs, below <see cref="Limit"/>, whole microseconds.</value>
    public TimeSpan ClearBelow { get; set; } = TimeSpan.FromMilliseconds(80);

    /// <summary>Gets or sets how long the fast window must stay below <see cref="ClearBelow"/>, with data.</summary>
    /// <value>Default 10 s; 1 s to 1 h.</value>
    public TimeSpan ClearFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets the samples the fast window needs for a breach.</summary>
    /// <value>Default 20; 1 to 1,000,000.</value>
    public int FastMinimum { get; set; } = 20;

    /// <summary>Gets or sets the probability below which a burst in the fast window is no longer chance.</summary>
    /// <value>Default 0.00001; 1e-9 to 0.01.</value>
    public double FastAlpha { get; set; } = 1e-5;

    /// <summary>Gets or sets the samples the slow window needs for a warning.</summary>
    /// <value>Default 100; 1 to 1,000,000.</value>
    public int SlowMinimumForWarning { get; set; } = 100;

    /// <summary>Gets or sets the samples the slow window needs for a breach.</summary>
    /// <value>Default 1000; 1 to 1,000,000.</value>
    public int SlowMinimumForBreach { get; set; } = 1000;

    /// <summary>Gets or sets how many samples at or above <see cref="Limit"/> in 10 s are still no warning.</summary>
    /// <value>Default 3; 0 to 1,000,000.</value>
    public int WarningSpikes { get; set; } = 3;

    /// <summary>Gets or sets the samples a count window holds.</summary>
    /// <value>Default 500; 20 to 1000.</value>
    public int CountWindow { get; set; } = 500;

    /// <summary>Gets or sets the oldest age of a sample in a count window.</summary>
    /// <value>Default 24 h; 1 min to 7 days.</value>
    public TimeSpan CountMaximumAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets the samples a count window needs for a warning or a breach.</summary>
    /// <value>Default 100; 1 to <see cref="CountWindow"/>.</value>
    public int CountMinimum { get; set; } = 100;

    /// <summary>
    /// Gets or sets the evaluations a breach of the slow or count window must hold before it may trip.
    /// </summary>
    /// <value>Default 3; 1 to 1000.</value>
    public int ConfirmEvaluations { get; set; } = 3;

    /// <summary>Gets or sets how long a breach of the slow or count window must hold before it may trip.</summary>
    /// <value>Default 2 s; 0 to 1 min.</value>
    public TimeSpan ConfirmFor { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets the samples below which a stage is unknown, not healthy.</summary>
    /// <value>Default 20; 1 to <see cref="CountWindow"/>.</value>
    public int HealthyMinimum { get; set; } = 20;

    /// <summary>Gets or sets the stages of rare events, judged on a count window instead of the slow one.</summary>
    /// <value>Default <c>order-ack</c>; at most 64 different names of 1 to 64 characters.</value>
    public string[] CountStages { get; set; } = ["order-ack"];

    /// <summary>Gets or sets the stages whose samples come from orders, so that a halted symbol has none.</summary>
    /// <value>
    /// Default <c>decision</c>, <c>order-ack</c>, <c>fill</c>, <c>order-cancel</c>; at most 64 names of 1 to 64
    /// characters.
    /// </value>
    public string[] OrderStages { get; set; } = ["decision", "order-ack", "fill", "order-cancel"];

    /// <summary>Finds everything that is wrong, in the order of the properties.</summary>
    public IEnumerable<OptionError> Validate() => LatencyOptionsValidator.Validate(this);
}
