using Guardian.Detection.Clock;
using Guardian.Detection.Options;

namespace Guardian.Detection.Pending;

/// <summary>Settings of the pending-age guardrail as they are written.</summary>
public sealed class PendingOptions
{
    /// <summary>Gets or sets whether an unanswered order may trip.</summary>
    /// <value>Default <see cref="GuardrailMode.Enforce"/>; else <c>Shadow</c> or <c>Off</c>.</value>
    public GuardrailMode Mode { get; set; } = GuardrailMode.Enforce;

    /// <summary>Gets or sets the age that is worth a look; null for none.</summary>
    /// <value>Default 5 s; 1 ms to 1 day, below <see cref="Breach"/>.</value>
    public TimeSpan? Warning { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the age that trips; null for none.</summary>
    /// <value>Default 15 s; 1 ms to 1 day.</value>
    public TimeSpan? Breach { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Checks every bound and reports all that is wrong.</summary>
    /// <param name="path">Where these options stand, colon-separated.</param>
    public IReadOnlyList<OptionError> Validate(string path = "Pending")
    {
        List<OptionError> errors = [];
        TimeSpan least = TimeSpan.FromMilliseconds(1);
        TimeSpan most = TimeSpan.FromDays(1);
        DurationRule.CheckMode(errors, $"{path}:Mode", Mode);
        if (Warning is TimeSpan warning) DurationRule.Check(errors, $"{path}:Warning", warning, least, most);
        if (Breach is TimeSpan breach) DurationRule.Check(errors, $"{path}:Breach", breach, least, most);
        if (Breach <= Warning)
            errors.Add(new OptionError($"{path}:Breach", $"{Breach:c}", $"must be above {path}:Warning ({Warning:c})"));
        return errors;
    }
}

/// <summary>Settings of the pending-age guardrail as it runs by them. Immutable, hence thread-safe.</summary>
public sealed class PendingPolicy
{
    /// <summary>Initializes the policy from valid options.</summary>
    /// <exception cref="ArgumentException">The options do not validate.</exception>
    public PendingPolicy(PendingOptions options)
    {
        DurationRule.ThrowIfAny(options.Validate(), nameof(options));
        Mode = options.Mode;
        Warning = options.Warning is TimeSpan warning ? Nanoseconds.From(warning) : long.MaxValue;
        Breach = options.Breach is TimeSpan breach ? Nanoseconds.From(breach) : long.MaxValue;
    }

    /// <summary>Gets whether an unanswered order may trip.</summary>
    public GuardrailMode Mode { get; }

    /// <summary>Gets the age that is worth a look, nanoseconds; <see cref="long.MaxValue"/> for none.</summary>
    public long Warning { get; }

    /// <summary>Gets the age that trips, nanoseconds; <see cref="long.MaxValue"/> for none.</summary>
    public long Breach { get; }
}
