using Guardian.Detection.Breaker;
using Guardian.Detection.Clock;
using Guardian.Detection.Drift;
using Guardian.Detection.Errors;
using Guardian.Detection.Latency;
using Guardian.Detection.Pending;
using Guardian.Detection.Staleness;

namespace Guardian.Detection.Options;

/// <summary>By which limits a guardian judges, as written. Settable by path (<see cref="OptionPaths"/>).</summary>
public sealed class GuardianOptions
{
    /// <summary>Gets the latency settings.</summary>
    public LatencyOptions Latency { get; } = new();

    /// <summary>Gets the staleness settings.</summary>
    public StalenessOptions Staleness { get; } = new();

    /// <summary>Gets the clock settings.</summary>
    public ClockOptions Clock { get; } = new();

    /// <summary>Gets the pending-age settings.</summary>
    public PendingOptions Pending { get; } = new();

    /// <summary>Gets the drift settings.</summary>
    public DriftOptions Drift { get; } = new();

    /// <summary>Gets the error settings.</summary>
    public ErrorOptions Errors { get; } = new();

    /// <summary>Gets the breaker settings.</summary>
    public BreakerOptions Breaker { get; } = new();

    /// <summary>Makes the options of a profile with what differs from it.</summary>
    /// <param name="profile">One of <see cref="Profiles.Names"/>.</param>
    /// <param name="overrides">Paths and values.</param>
    /// <param name="errors">Everything that is wrong; empty when the options can be used.</param>
    public static GuardianOptions Make(
        string profile,
        IEnumerable<KeyValuePair<string, string>> overrides,
        out IReadOnlyList<OptionError> errors)
    {
        var found = new List<OptionError>();
        var options = new GuardianOptions();
        if (!Profiles.TryApply(profile, options))
        {
            string rule = $"is not a profile; known are {string.Join(", ", Profiles.Names)}";
            found.Add(new OptionError("Profile", profile, rule));
        }

        foreach ((string path, string value) in overrides)
        {
            if (OptionPaths.Set(options, path, value) is { } error) found.Add(error);
        }

        found.AddRange(options.Validate());
        errors = found;
        return options;
    }

    /// <summary>Checks every setting.</summary>
    /// <returns>Everything that is wrong, with path, value and rule.</returns>
    public IEnumerable<OptionError> Validate() =>
    [
        .. Latency.Validate(),
        .. Staleness.Validate(),
        .. Clock.Validate(),
        .. Pending.Validate(),
        .. Drift.Validate(),
        .. Errors.Validate(),
        .. Breaker.Validate(),
    ];
}
