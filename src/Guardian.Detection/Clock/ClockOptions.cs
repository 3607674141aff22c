using Guardian.Detection.Options;

namespace Guardian.Detection.Clock;

/// <summary>Settings of the clock guardrail as they are written.</summary>
public sealed class ClockOptions
{
    /// <summary>
    /// Gets or sets whether clocks are watched; a clock never trips, so Shadow only marks its readings.
    /// </summary>
    /// <value>Default <see cref="GuardrailMode.Enforce"/>; else <c>Shadow</c> or <c>Off</c>.</value>
    public GuardrailMode Mode { get; set; } = GuardrailMode.Enforce;

    /// <summary>Gets or sets how far a source's clock may be ahead before its readings are corrected.</summary>
    /// <value>Default 50 ms; 0 to 10 s.</value>
    public TimeSpan ClockTolerance { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets or sets the wander of the offset within a minute above which a warning is given.</summary>
    /// <value>Default 20 ms; 1 ms to 10 s.</value>
    public TimeSpan WanderLimit { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets or sets how many samples ten seconds need before their smallest tells of the offset.</summary>
    /// <value>Default 20; 2 to 100,000.</value>
    public int WanderSamples { get; set; } = 20;

    /// <summary>Checks every bound and reports all that is wrong.</summary>
    /// <param name="path">Where these options stand, colon-separated.</param>
    public IReadOnlyList<OptionError> Validate(string path = "Clock")
    {
        List<OptionError> errors = [];
        TimeSpan most = TimeSpan.FromSeconds(10);
        DurationRule.CheckMode(errors, $"{path}:Mode", Mode);
        DurationRule.Check(errors, $"{path}:ClockTolerance", ClockTolerance, TimeSpan.Zero, most);
        DurationRule.Check(errors, $"{path}:WanderLimit", WanderLimit, TimeSpan.FromMilliseconds(1), most);
        DurationRule.Check(errors, $"{path}:WanderSamples", WanderSamples, 2, 100_000);
        return errors;
    }
}

/// <summary>Settings of the clock guardrail as it runs by them. Immutable, hence thread-safe.</summary>
public sealed class ClockPolicy
{
    /// <summary>Initializes the policy from valid options.</summary>
    /// <exception cref="ArgumentException">The options do not validate.</exception>
    public ClockPolicy(ClockOptions options)
    {
        DurationRule.ThrowIfAny(options.Validate(), nameof(options));
        Mode = options.Mode;
        Tolerance = Nanoseconds.From(options.ClockTolerance);
        WanderLimit = Nanoseconds.From(options.WanderLimit);
        WanderSamples = options.WanderSamples;
    }

    /// <summary>Gets whether clocks are watched.</summary>
    public GuardrailMode Mode { get; }

    /// <summary>Gets how far a source's clock may be ahead, nanoseconds.</summary>
    public long Tolerance { get; }

    /// <summary>Gets the wander above which a warning is given, nanoseconds.</summary>
    public long WanderLimit { get; }

    /// <summary>Gets how many samples ten seconds need to tell of the offset.</summary>
    public int WanderSamples { get; }
}
