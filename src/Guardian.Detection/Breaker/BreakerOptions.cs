using Guardian.Detection.Clock;
using Guardian.Detection.Options;

namespace Guardian.Detection.Breaker;

/// <summary>Settings of the circuit breaker as they are written.</summary>
public sealed class BreakerOptions
{
    private const int MostSteps = 16;

    /// <summary>Gets or sets what trading may do after a trip.</summary>
    /// <value><see cref="TradingState.Halted"/> (default) or <see cref="TradingState.Reducing"/>.</value>
    public TradingState OnTrip { get; set; } = TradingState.Halted;

    /// <summary>
    /// Gets or sets the first break; it doubles with each episode in the window and with each return.
    /// </summary>
    /// <value>Default 5 s; 100 ms to <see cref="LongestBreak"/>.</value>
    public TimeSpan FirstBreak { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets where the doubling ends.</summary>
    /// <value>Default 5 min; 100 ms to 1 day.</value>
    public TimeSpan LongestBreak { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets the window in which soft episodes are counted.</summary>
    /// <value>Default 1 h; 1 min to 7 days.</value>
    public TimeSpan EpisodeWindow { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets which soft episode within the window latches.</summary>
    /// <value>Default 4; 2 to 100.</value>
    public int LatchingEpisode { get; set; } = 4;

    /// <summary>Gets or sets which return from the ramp within an episode latches.</summary>
    /// <value>Default 10; 1 to 100.</value>
    public int LatchingReturn { get; set; } = 10;

    /// <summary>Gets or sets the fractions of size of the ramp's steps.</summary>
    /// <value>Default 0.1, 0.25, 0.5, 1; 1 to 16 steps, each above 0 and above the one before, the last one 1.</value>
    public double[] Ramp { get; set; } = [0.10, 0.25, 0.50, 1.00];

    /// <summary>Gets or sets how many good probes a step needs; also how many may be out at once.</summary>
    /// <value>Default 5; 1 to 100.</value>
    public int ProbesPerStep { get; set; } = 5;

    /// <summary>Gets or sets how long the ramp must go without a breach, when nobody orders, to be done.</summary>
    /// <value>Default 30 s; 100 ms to 1 day.</value>
    public TimeSpan QuietAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how long a probe's permit lasts.</summary>
    /// <value>Default 5 s; 100 ms to 10 min.</value>
    public TimeSpan PermitLease { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets a value indicating whether resuming takes a second person.</summary>
    /// <value>Default false; true or false.</value>
    public bool TwoPersonReset { get; set; }

    /// <summary>Gets or sets how long a request to resume waits for the second person.</summary>
    /// <value>Default 15 min; 1 s to 1 day.</value>
    public TimeSpan ApprovalWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Checks every bound and reports all that is wrong.</summary>
    /// <param name="path">Where these options stand, colon-separated.</param>
    public IReadOnlyList<OptionError> Validate(string path = "Breaker")
    {
        List<OptionError> errors = [];
        TimeSpan day = TimeSpan.FromDays(1);
        TimeSpan least = TimeSpan.FromMilliseconds(100);
        if (OnTrip is not (TradingState.Halted or TradingState.Reducing))
            errors.Add(new OptionError($"{path}:OnTrip", $"{OnTrip}", "must be Halted or Reducing"));
        DurationRule.Check(errors, $"{path}:FirstBreak", FirstBreak, least, day);
        DurationRule.Check(errors, $"{path}:LongestBreak", LongestBreak, least, day);
        if (FirstBreak > LongestBreak)
        {
            errors.Add(new OptionError(
                $"{path}:FirstBreak", $"{FirstBreak:c}", $"must not be above {path}:LongestBreak ({LongestBreak:c})"));
        }

        DurationRule.Check(errors, $"{path}:EpisodeWindow", EpisodeWindow, TimeSpan.FromMinutes(1), 7 * day);
        DurationRule.Check(errors, $"{path}:LatchingEpisode", LatchingEpisode, 2, 100);
        DurationRule.Check(errors, $"{path}:LatchingReturn", LatchingReturn, 1, 100);
        CheckRamp(errors, $"{path}:Ramp");
        DurationRule.Check(errors, $"{path}:ProbesPerStep", ProbesPerStep, 1, 100);
        DurationRule.Check(errors, $"{path}:QuietAfter", QuietAfter, least, day);
        DurationRule.Check(errors, $"{path}:PermitLease", PermitLease, least, TimeSpan.FromMinutes(10));
        DurationRule.Check(errors, $"{path}:ApprovalWindow", ApprovalWindow, TimeSpan.FromSeconds(1), day);
        return errors;
    }

    private void CheckRamp(List<OptionError> errors, string path)
    {
        bool rising = Ramp.Length is >= 1 and <= MostSteps && Ramp[0] > 0 && Ramp[^1] == 1;
        for (int i = 1; rising && i < Ramp.Length; i++) rising = Ramp[i] > Ramp[i - 1];
        if (!rising)
        {
            errors.Add(new OptionError(
                path, string.Join(", ", Ramp), $"must be 1 to {MostSteps} steps that rise from above 0 to 1"));
        }
    }
}

/// <summary>
/// Settings of the circuit breaker as it runs by them. Immutable, hence thread-safe; durations in ns.
/// </summary>
public sealed class BreakerPolicy
{
    /// <summary>From here on a break is the longest one, whatever the first was.</summary>
    internal const int MostDoublings = 128;

    private readonly double[] _ramp;

    /// <summary>Initializes the policy from valid options.</summary>
    /// <exception cref="ArgumentException">The options do not validate.</exception>
    public BreakerPolicy(BreakerOptions options)
    {
        DurationRule.ThrowIfAny(options.Validate(), nameof(options));
        OnTrip = options.OnTrip;
        FirstBreak = Nanoseconds.From(options.FirstBreak);
        LongestBreak = Nanoseconds.From(options.LongestBreak);
        EpisodeWindow = Nanoseconds.From(options.EpisodeWindow);
        LatchingEpisode = options.LatchingEpisode;
        LatchingReturn = options.LatchingReturn;
        _ramp = [.. options.Ramp];
        ProbesPerStep = options.ProbesPerStep;
        QuietAfter = Nanoseconds.From(options.QuietAfter);
        PermitLease = Nanoseconds.From(options.PermitLease);
        TwoPersonReset = options.TwoPersonReset;
        ApprovalWindow = Nanoseconds.From(options.ApprovalWindow);
    }

    /// <summary>Gets what trading may do after a trip.</summary>
    public TradingState OnTrip { get; }

    /// <summary>Gets the first break.</summary>
    public long FirstBreak { get; }

    /// <summary>Gets where the doubling ends.</summary>
    public long LongestBreak { get; }

    /// <summary>Gets the window in which soft episodes are counted.</summary>
    public long EpisodeWindow { get; }

    /// <summary>Gets which soft episode within the window latches.</summary>
    public int LatchingEpisode { get; }

    /// <summary>Gets which return within an episode latches.</summary>
    public int LatchingReturn { get; }

    /// <summary>Gets the fractions of size of the ramp's steps.</summary>
    public ReadOnlySpan<double> Ramp => _ramp;

    /// <summary>Gets how many good probes a step needs.</summary>
    public int ProbesPerStep { get; }

    /// <summary>Gets how long the ramp must be quiet to be done.</summary>
    public long QuietAfter { get; }

    /// <summary>Gets how long a permit lasts.</summary>
    public long PermitLease { get; }

    /// <summary>Gets a value indicating whether resuming takes a second person.</summary>
    public bool TwoPersonReset { get; }

    /// <summary>Gets how long a request waits for the second person.</summary>
    public long ApprovalWindow { get; }

    /// <summary>Gives the break after so many doublings.</summary>
    /// <param name="doublings">Soft episodes before this one in the window, plus returns; ≥ 0.</param>
    public long BreakAfter(int doublings) =>
        doublings >= 62 || FirstBreak > LongestBreak >> doublings ? LongestBreak : FirstBreak << doublings;
}
