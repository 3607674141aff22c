using System.Runtime.InteropServices;
using Guardian.Detection.Clock;
using Guardian.Detection.Options;

namespace Guardian.Detection.Staleness;

/// <summary>How long one stage may be silent. Zero for both limits: its silence is not judged.</summary>
public sealed class StageSilence
{
    /// <summary>Gets or sets the silence that is worth a look.</summary>
    /// <value>10 ms to 1 day, below <see cref="Breach"/>; no default.</value>
    public TimeSpan Warning { get; set; }

    /// <summary>Gets or sets the silence that trips.</summary>
    /// <value>Above <see cref="Warning"/>, up to 1 day; no default.</value>
    public TimeSpan Breach { get; set; }
}

/// <summary>A calendar as it is written.</summary>
public sealed class CalendarOptions
{
    /// <summary>
    /// Gets the weekly sessions in UTC, such as <c>Sun 22:00 - Fri 22:00</c>; at least one, at most 50.
    /// </summary>
    public List<string> Sessions { get; } = [];

    /// <summary>
    /// Gets the holidays: <c>2026-12-25</c> or <c>2026-12-24T17:00 - 2026-12-26T22:00</c>, UTC; at most 5000.
    /// </summary>
    public List<string> Holidays { get; } = [];
}

/// <summary>Settings of the staleness guardrail as they are written.</summary>
public sealed class StalenessOptions
{
    private const int MostSessions = 50;
    private const int MostHolidays = 5000;
    private const int MostStages = 100;

    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Most = TimeSpan.FromDays(1);

    /// <summary>Gets or sets whether silence may trip.</summary>
    /// <value>Default <see cref="GuardrailMode.Enforce"/>; else <c>Shadow</c> or <c>Off</c>.</value>
    public GuardrailMode Mode { get; set; } = GuardrailMode.Enforce;

    /// <summary>Gets the limits by stage; a stage that is not named is not judged.</summary>
    /// <value>Default: <c>market-data</c> with 10 s and 30 s; at most 100 stages.</value>
    public Dictionary<string, StageSilence> Stages { get; } = new(StringComparer.Ordinal)
    {
        ["market-data"] = new() { Warning = TimeSpan.FromSeconds(10), Breach = TimeSpan.FromSeconds(30) },
    };

    /// <summary>
    /// Gets or sets how long a stage must go without a gap over its Warning limit to be healthy again.
    /// </summary>
    /// <value>Default 2 s; 10 ms to 1 day.</value>
    public TimeSpan ClearAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Gets or sets the name of the trading calendar: <c>always</c>, <c>fx</c> or one of the own ones.
    /// </summary>
    /// <value>Default <c>always</c>; <c>fx</c> or a name in <see cref="Calendars"/>.</value>
    public string Calendar { get; set; } = "always";

    /// <summary>Gets the own calendars by name; an own one goes before a built-in one of the same name.</summary>
    public Dictionary<string, CalendarOptions> Calendars { get; } = new(StringComparer.Ordinal);

    /// <summary>Checks every bound and reports all that is wrong.</summary>
    /// <param name="path">Where these options stand, colon-separated.</param>
    public IReadOnlyList<OptionError> Validate(string path = "Staleness")
    {
        List<OptionError> errors = [];
        DurationRule.CheckMode(errors, $"{path}:Mode", Mode);
        DurationRule.Check(errors, $"{path}:Stages:Count", Stages.Count, 0, MostStages);
        foreach ((string stage, StageSilence silence) in Stages)
            CheckStage(errors, $"{path}:Stages:{stage}", silence);
        DurationRule.Check(errors, $"{path}:ClearAfter", ClearAfter, Least, Most);
        if (!Calendars.ContainsKey(Calendar) && BuiltIn(Calendar) is null)
        {
            errors.Add(new OptionError(
                $"{path}:Calendar", Calendar, $"must be always, fx or a name in {path}:Calendars"));
        }

        foreach ((string name, CalendarOptions calendar) in Calendars)
            CheckCalendar(errors, $"{path}:Calendars:{name}", calendar);
        return errors;
    }

    /// <summary>Makes the calendar that <see cref="Calendar"/> names; the options must have been validated.</summary>
    internal TradingCalendar MakeCalendar()
    {
        if (!Calendars.TryGetValue(Calendar, out CalendarOptions? written)) return BuiltIn(Calendar)!;
        return TradingCalendar.Create(
            Calendar,
            written.Sessions.Select(s => WeeklySession.TryParse(s, out WeeklySession session) ? session : default),
            written.Holidays.Select(h => ClosedStretch.TryParse(h, out ClosedStretch closed) ? closed : default));
    }

    private static TradingCalendar? BuiltIn(string name) => name switch
    {
        "always" => TradingCalendar.Always,
        "fx" => TradingCalendar.ForeignExchange,
        _ => null,
    };

    private static void CheckStage(List<OptionError> errors, string path, StageSilence silence)
    {
        if (silence.Warning == TimeSpan.Zero && silence.Breach == TimeSpan.Zero) return;
        DurationRule.Check(errors, $"{path}:Warning", silence.Warning, Least, Most);
        DurationRule.Check(errors, $"{path}:Breach", silence.Breach, Least, Most);
        if (silence.Breach <= silence.Warning)
        {
            errors.Add(new OptionError(
                $"{path}:Breach", $"{silence.Breach:c}", $"must be above {path}:Warning ({silence.Warning:c})"));
        }
    }

    private static void CheckCalendar(List<OptionError> errors, string path, CalendarOptions calendar)
    {
        DurationRule.Check(errors, $"{path}:Sessions:Count", calendar.Sessions.Count, 1, MostSessions);
        DurationRule.Check(errors, $"{path}:Holidays:Count", calendar.Holidays.Count, 0, MostHolidays);
        foreach (string session in calendar.Sessions.Where(s => !WeeklySession.TryParse(s, out _)))
            errors.Add(new OptionError($"{path}:Sessions", session, "must read like 'Sun 22:00 - Fri 22:00' (UTC)"));
        foreach (string holiday in calendar.Holidays.Where(h => !ClosedStretch.TryParse(h, out _)))
        {
            errors.Add(new OptionError(
                $"{path}:Holidays",
                holiday,
                "must read like '2026-12-25' or '2026-12-24T17:00 - 2026-12-26T22:00' (UTC)"));
        }
    }
}

/// <summary>Limits of one stage in nanoseconds of open time.</summary>
/// <param name="Warning">Silence that is worth a look, &gt; 0.</param>
/// <param name="Breach">Silence that trips, above <paramref name="Warning"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SilenceLimits(long Warning, long Breach);

/// <summary>Settings of the staleness guardrail as it runs by them. Immutable, hence thread-safe.</summary>
public sealed class StalenessPolicy
{
    private readonly Dictionary<string, SilenceLimits> _stages;

    /// <summary>Initializes the policy from valid options.</summary>
    /// <exception cref="ArgumentException">The options do not validate.</exception>
    public StalenessPolicy(StalenessOptions options)
    {
        DurationRule.ThrowIfAny(options.Validate(), nameof(options));
        Mode = options.Mode;
        ClearAfter = Nanoseconds.From(options.ClearAfter);
        Calendar = options.MakeCalendar();
        _stages = options.Stages
            .Where(stage => stage.Value.Breach > TimeSpan.Zero)
            .ToDictionary(
                stage => stage.Key,
                stage => new SilenceLimits(
                    Nanoseconds.From(stage.Value.Warning), Nanoseconds.From(stage.Value.Breach)),
                StringComparer.Ordinal);
    }

    /// <summary>Gets whether silence may trip.</summary>
    public GuardrailMode Mode { get; }

    /// <summary>Gets how long a stage must go without a gap to be healthy again, nanoseconds.</summary>
    public long ClearAfter { get; }

    /// <summary>Gets the calendar that says when silence counts.</summary>
    public TradingCalendar Calendar { get; }

    /// <summary>Finds the limits of a stage.</summary>
    /// <returns>False where its silence is not judged: make no guardrail for it.</returns>
    public bool TryGetLimits(string stage, out SilenceLimits limits)
    {
        limits = default;
        return Mode != GuardrailMode.Off && _stages.TryGetValue(stage, out limits);
    }
}
