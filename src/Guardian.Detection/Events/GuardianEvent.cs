using System.Globalization;

namespace Guardian.Detection.Events;

/// <summary>Everything but an observation that a fold takes or brings forth. Immutable.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
public abstract record GuardianEvent(long At)
{
    /// <summary>
    /// Gets whether the fold itself brings it forth, so that a replay takes it only as a mark of time and compares.
    /// </summary>
    public virtual bool IsDerived => false;
}

/// <summary>A guardrail's level, or the breaker's state, changed.</summary>
/// <param name="At">Session time, Unix nanoseconds: the exact deadline or the observation's.</param>
/// <param name="Guardrail">Which guardrail, or <see cref="GuardrailKind.Breaker"/>.</param>
/// <param name="Subject">Stage, feature, rule; <c>breaker</c> for the breaker.</param>
/// <param name="From">The level or state that was left, by name.</param>
/// <param name="To">The level or state that was entered, by name.</param>
/// <param name="TradingState">The symbol's trading state after it.</param>
/// <param name="Episode">The episode it belongs to; 0 outside one.</param>
/// <param name="Shadow">Whether the guardrail runs in shadow mode.</param>
/// <param name="Reasons">Why, with numbers and limits.</param>
public sealed record Transition(
    long At,
    GuardrailKind Guardrail,
    string Subject,
    string From,
    string To,
    TradingState TradingState,
    long Episode,
    bool Shadow,
    Reason[] Reasons) : GuardianEvent(At)
{
    /// <inheritdoc/>
    public override bool IsDerived => true;
}

/// <summary>A probe order was let through while the breaker is half open.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="PermitId">The order's id, or one made for it.</param>
/// <param name="EpochNumber">Number of the granting guardian's epoch.</param>
/// <param name="EpochGeneration">Generation of the granting guardian's epoch.</param>
public sealed record PermitGranted(long At, string PermitId, long EpochNumber, int EpochGeneration)
    : GuardianEvent(At);

/// <summary>A person holds the symbol.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Id">The hold's id.</param>
/// <param name="State">The state it forces.</param>
/// <param name="Actor">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record HoldPlaced(long At, string Id, TradingState State, string Actor, string Reason)
    : GuardianEvent(At);

/// <summary>A person releases a hold of the symbol.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Id">The hold's id.</param>
/// <param name="Actor">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record HoldReleased(long At, string Id, string Actor, string Reason) : GuardianEvent(At);

/// <summary>A person resets a latched breaker into its ramp.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Episode">The episode that was meant.</param>
/// <param name="Actor">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record BreakerReset(long At, long Episode, string Actor, string Reason) : GuardianEvent(At);

/// <summary>A second person approves the resume that waits.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Episode">The episode that was meant.</param>
/// <param name="Actor">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record ResumeApproved(long At, long Episode, string Actor, string Reason) : GuardianEvent(At);

/// <summary>The rules changed: a fold knows by which rules it was made.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Profile">The committed profile.</param>
/// <param name="Overrides">What differs from it: path and value, by path.</param>
/// <param name="Actor">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record LimitsChanged(
    long At,
    string Profile,
    KeyValuePair<string, string>[] Overrides,
    string Actor,
    string Reason) : GuardianEvent(At);

/// <summary>A guardian came up.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="EngineVersion">Version of the rules in code.</param>
/// <param name="OptionsHash">Hash of the options in force.</param>
/// <param name="RecoveredFrom"><c>fresh</c>, <c>checkpoint</c>, <c>journal</c> …, as <see cref="From"/> writes it.
/// </param>
/// <param name="Replayed">Events replayed after the snapshot.</param>
public sealed record Activated(
    long At,
    int EngineVersion,
    string OptionsHash,
    string RecoveredFrom,
    long Replayed) : GuardianEvent(At)
{
    private const string Through = " through ";

    /// <summary>Gets the last event that it had folded when it came up; null where that is not told.</summary>
    /// <remarks>Kept within a text, which programs of any age read.</remarks>
    public (long Number, int Generation, long Sequence)? Folded
    {
        get
        {
            int at = RecoveredFrom.IndexOf(Through, StringComparison.Ordinal);
            string[] parts = at < 0 ? [] : RecoveredFrom[(at + Through.Length)..].Split('.', '/');
            return parts.Length == 3
                && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && int.TryParse(
                    parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int generation)
                && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
                ? (number, generation, sequence)
                : null;
        }
    }

    /// <summary>Writes from where a guardian was recovered and what was the last event that it had folded then.
    /// </summary>
    /// <param name="source">Such as <c>checkpoint+journal</c>.</param>
    /// <param name="number">The epoch of that event.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="sequence">Its sequence; 0: there was none.</param>
    public static string From(string source, long number, int generation, long sequence) => sequence <= 0
        ? source
        : string.Create(CultureInfo.InvariantCulture, $"{source}{Through}{number}.{generation}/{sequence}");
}

/// <summary>Events are missing here, and it is known which.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Source">The producer that skipped, or <c>journal</c>.</param>
/// <param name="From">First missing sequence of the source.</param>
/// <param name="To">Last missing sequence of the source.</param>
/// <param name="Count">How many are missing.</param>
public sealed record GapRecorded(long At, string Source, long From, long To, long Count) : GuardianEvent(At);

/// <summary>A feature got a new drift reference.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Feature">The feature.</param>
/// <param name="Values">The reference; null: learned anew from the next values.</param>
/// <param name="Actor">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record Rebaselined(long At, string Feature, double[]? Values, string Actor, string Reason)
    : GuardianEvent(At);

/// <summary>A latch that the halt board knows holds again: the guardian came up without the events behind it.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Episode">The episode it latched in, ≥ 1.</param>
/// <param name="Since">When it latched, Unix nanoseconds; tells it from every other latch of the symbol.</param>
/// <param name="Reason">Why it latched, in words.</param>
public sealed record LatchRestored(long At, long Episode, long Since, string Reason) : GuardianEvent(At);

/// <summary>A person vouches for a guardian that came up unverified.</summary>
/// <param name="At">Session time, Unix nanoseconds.</param>
/// <param name="Actor">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record Vouched(long At, string Actor, string Reason) : GuardianEvent(At);
