using Guardian.Detection.Staleness;

namespace Guardian.Detection.Options;

/// <summary>The committed sets of settings for a kind of use. Changing one needs a decision record.</summary>
public static class Profiles
{
    /// <summary>Trading: the defaults of every guardrail.</summary>
    public const string Default = "default";

    /// <summary>Market feeds with a stage per kind of message.</summary>
    public const string Feed = "feed";

    /// <summary>Logs of order round trips.</summary>
    public const string Orders = "orders";

    /// <summary>Minute bars, judged for drift of their returns.</summary>
    public const string Bars = "bars";

    /// <summary>Gets the names, in the order of the documentation.</summary>
    public static IReadOnlyList<string> Names { get; } = [Default, Feed, Orders, Bars];

    /// <summary>Puts a profile's settings on default options.</summary>
    /// <returns>False when there is no such profile.</returns>
    public static bool TryApply(string profile, GuardianOptions options)
    {
        switch (profile)
        {
            case Default: return true;
            case Feed: ApplyFeed(options); return true;
            case Orders: ApplyOrders(options); return true;
            case Bars: ApplyBars(options); return true;
            default: return false;
        }
    }

    private static void ApplyFeed(GuardianOptions options)
    {
        options.Staleness.Stages.Clear();
        options.Staleness.Stages["bookTicker"] = Silence(2, 3);
        options.Staleness.Stages["depth"] = Silence(2, 3);
        options.Staleness.Stages["markPrice"] = Silence(5, 10);
    }

    private static void ApplyOrders(GuardianOptions options)
    {
        options.Staleness.Stages.Clear();
        options.Pending.Breach = null;
    }

    private static void ApplyBars(GuardianOptions options)
    {
        options.Staleness.Stages.Clear();
        options.Drift.Reference = 7_200;
        options.Drift.Window = 1_440;
    }

    private static StageSilence Silence(int warning, int breach) => new()
    {
        Warning = TimeSpan.FromSeconds(warning), Breach = TimeSpan.FromSeconds(breach),
    };
}
